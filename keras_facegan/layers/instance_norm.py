"""Normalisation of every channel of every picture by itself."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class InstanceNormalization(keras.layers.Layer):
    """(x - mean) / sqrt(variance + epsilon) over height and width, statistics in float32.

    `keras.layers.GroupNormalization(groups=-1, center=False, scale=False)` gives the same values, also in bfloat16.
    With it a 3 x 3 convolution, normalised and differentiated on a CPU, takes 1 to 9 % longer.

    Args:
        epsilon: Added to the biased variance.
        affine: Whether a scale and a shift per channel are learned.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, H, W, C).

    Returns:
        Tensor of the shape of `inputs`, in the layer's compute dtype.

    Reference:
        Ulyanov et al. 2016, arXiv 1607.08022.
    """

    def __init__(self, epsilon=1e-5, affine=False, **kwargs):
        super().__init__(**kwargs)
        self.epsilon, self.affine = epsilon, affine

    def build(self, input_shape):
        if self.affine:
            self.gamma = self.add_weight(shape=input_shape[-1:], initializer="ones", name="gamma")
            self.beta = self.add_weight(shape=input_shape[-1:], initializer="zeros", name="beta")

    def call(self, inputs):
        x = ops.cast(inputs, "float32")
        mean = ops.mean(x, axis=(1, 2), keepdims=True)
        x = x - mean
        variance = ops.mean(ops.square(x), axis=(1, 2), keepdims=True)
        x = x * ops.rsqrt(variance + self.epsilon)
        if self.affine:
            x = x * ops.cast(self.gamma, "float32") + ops.cast(self.beta, "float32")
        return ops.cast(x, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon, "affine": self.affine}
