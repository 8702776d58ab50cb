"""Invertible 1 x 1 convolution: a learned mixture of the channels, where other flows permute them."""

import keras
import numpy as np
from keras import ops
from scipy.linalg import lu

from keras_facegan.layers.invertible import Invertible, per_example, places


@keras.saving.register_keras_serializable(package="keras_facegan")
class InvertibleConv2D(Invertible):
    """y = x W at every place, W a square matrix that begins as a random rotation.

    With `factored` the trained weights are the factors of W = P L (U + diag(s)): P a fixed permutation, L lower
    triangular with ones on its diagonal, U strictly upper triangular, s with fixed signs. Its determinant is the
    product of s and costs nothing. Inverses are taken in float64.

    Args:
        factored: Train the factors of W rather than W itself.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: float32 tensor (B, H, W, C).
        inverse: Whether to go back.

    Returns:
        Forward `(y, log_det)`; back x alone.

    Reference:
        Kingma, Dhariwal 2018, arXiv 1807.03039, section 3.2.
    """

    def __init__(self, factored=False, **kwargs):
        super().__init__(**kwargs)
        self.factored = factored

    def build(self, input_shape):
        size = input_shape[-1]
        if not self.factored:
            self.kernel = self._weight("kernel", (size, size), "orthogonal")
            return
        rotation = ops.convert_to_numpy(keras.initializers.Orthogonal()((size, size)))
        permutation, lower, upper = lu(rotation)
        diagonal = np.diag(upper)
        self.permutation = self._weight("permutation", (size, size), permutation, trainable=False)
        self.signs = self._weight("signs", (size,), np.sign(diagonal), trainable=False)
        self.lower = self._weight("lower", (size, size), np.tril(lower, -1))
        self.upper = self._weight("upper", (size, size), np.triu(upper, 1))
        self.log_diagonal = self._weight("log_diagonal", (size,), np.log(np.abs(diagonal)))

    def _weight(self, name, shape, value, trainable=True):
        initializer = value if isinstance(value, str) else lambda shape, dtype: ops.cast(value, dtype)
        return self.add_weight(name=name, shape=shape, initializer=initializer, trainable=trainable)

    def matrix(self):
        """Return W, float32 (C, C)."""
        if not self.factored:
            return ops.convert_to_tensor(self.kernel)
        lower = ops.tril(self.lower, -1) + ops.eye(self.lower.shape[0])
        upper = ops.triu(self.upper, 1) + ops.diag(self.signs * ops.exp(self.log_diagonal))
        return ops.matmul(self.permutation, ops.matmul(lower, upper))

    def forward(self, x):
        log_det = ops.sum(self.log_diagonal) if self.factored else ops.slogdet(self.matrix())[1]
        return ops.matmul(x, self.matrix()), per_example(x, places(x) * log_det)

    def invert(self, y):
        inverse = ops.inv(ops.cast(self.matrix(), "float64"))
        return ops.matmul(y, ops.cast(inverse, "float32"))

    def get_config(self):
        return {**super().get_config(), "factored": self.factored}
