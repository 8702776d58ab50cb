"""Normalisation of every channel of every picture by itself."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class InstanceNormalization(keras.layers.Layer):
    """(x - mean) / sqrt(variance + epsilon) over height and width, without a learned scale, statistics in float32.

    Args:
        epsilon: Added to the biased variance.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, H, W, C).

    Returns:
        Tensor of the shape of `inputs`, in the layer's compute dtype.

    Reference:
        Ulyanov et al. 2016, arXiv 1607.08022.
    """

    def __init__(self, epsilon=1e-5, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def call(self, inputs):
        x = ops.cast(inputs, "float32")
        mean = ops.mean(x, axis=(1, 2), keepdims=True)
        x = x - mean
        variance = ops.mean(ops.square(x), axis=(1, 2), keepdims=True)
        return ops.cast(x * ops.rsqrt(variance + self.epsilon), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}
