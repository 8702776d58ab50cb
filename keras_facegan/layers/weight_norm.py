"""Dense layers whose weights have a fixed length, so that a network cannot grow out of the noise put into it."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class WeightNormDense(keras.layers.Dense):
    """`keras.layers.Dense` in which the weights of unit k are a direction, scaled to the length `scale[k]`.

    The lengths are not trained. They are 1 until `standardise` sets them. Lengths are taken in float32 whatever the
    precision.

    Args:
        *args: As in `keras.layers.Dense`.
        **kwargs: As in `keras.layers.Dense`.

    Call arguments:
        inputs: Tensor (B, n).

    Returns:
        Tensor (B, units).

    Reference:
        Salimans, Kingma 2016, arXiv 1602.07868.
    """

    def build(self, input_shape):
        super().build(input_shape)
        self.scale = self.add_weight(
            shape=(self.units,), initializer="ones", trainable=False, name="scale", dtype="float32"
        )

    def call(self, inputs):
        kernel = ops.cast(self.kernel, "float32")
        length = ops.sqrt(ops.sum(ops.square(kernel), axis=0) + 1e-12)
        x = ops.matmul(inputs, ops.cast(kernel * (self.scale / length), self.compute_dtype))
        x = x + ops.cast(self.bias, self.compute_dtype) if self.use_bias else x
        return self.activation(x)

    # Dense writes and reads its kernel and its bias only.

    def save_own_variables(self, store):
        keras.layers.Layer.save_own_variables(self, store)

    def load_own_variables(self, store):
        keras.layers.Layer.load_own_variables(self, store)

    def standardise(self, inputs):
        """Set lengths and biases so that every unit has mean 0 and variance 1 before its activation (section 3).

        Args:
            inputs: float32 (n, features), what the layer reads for many examples.
        """
        kernel = np.asarray(self.kernel, "float32")
        x = np.asarray(inputs, "float32") @ (kernel / np.sqrt(np.square(kernel).sum(axis=0) + 1e-12))
        scale = 1.0 / np.sqrt(x.var(axis=0) + 1e-4)
        self.scale.assign(scale)
        self.bias.assign(-x.mean(axis=0) * scale)
