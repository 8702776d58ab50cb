"""Convolutions whose kernel is divided by its largest singular value."""

import keras
from keras import ops

from keras_facegan.layers.convolution import Conv2D


@keras.saving.register_keras_serializable(package="keras_facegan")
class SpectralConv2D(Conv2D):
    """`keras.layers.Conv2D` with the kernel W / sigma(W), as a matrix (height * width * inputs, filters).

    The trained weight stays W. Its singular vector `u` takes one step of power iteration at each call with
    `training=True`: call the network so in its own step only, and a step of another player leaves it alone. Gradients
    pass through sigma, whose vectors count as constants. Norms are taken in float32 whatever the precision.

    Args:
        *args: As in `keras.layers.Conv2D`.
        **kwargs: As in `keras.layers.Conv2D`.

    Call arguments:
        inputs: Tensor (B, H, W, C).
        training: Whether `u` moves.

    Returns:
        Tensor (B, H', W', filters).

    Reference:
        Miyato et al. 2018, arXiv 1802.05957, algorithm 1.
    """

    def build(self, input_shape):
        super().build(input_shape)
        self.u = self.add_weight(
            shape=(self.filters,), initializer=keras.initializers.RandomNormal(), trainable=False, name="u",
            dtype="float32",
        )  # fmt: skip

    def call(self, inputs, training=False):
        kernel = ops.cast(self.kernel, "float32")
        matrix = ops.reshape(kernel, (-1, self.filters))
        frozen = ops.stop_gradient(matrix)
        v = ops.normalize(ops.matmul(frozen, self.u[:, None]), axis=0)
        u = ops.normalize(ops.matmul(ops.transpose(frozen), v), axis=0)
        if training:
            self.u.assign(u[:, 0])
        sigma = ops.sum(v * ops.matmul(matrix, u))
        outputs = self.convolution_op(inputs, ops.cast(kernel / sigma, self.compute_dtype))
        if self.use_bias:
            outputs = ops.add(outputs, ops.cast(self.bias, self.compute_dtype))
        return outputs if self.activation is None else self.activation(outputs)
