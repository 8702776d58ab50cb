"""The last convolution of a coupling or a prior, which begins as zero."""

import keras
from keras import ops

from keras_facegan.layers.act_norm import SPEED
from keras_facegan.layers.edge_convolution import EdgeConv2D


@keras.saving.register_keras_serializable(package="keras_facegan")
class ZeroConv2D(EdgeConv2D):
    """An `EdgeConv2D` that begins as zero, with a bias, times exp(3 log_scale) per channel.

    A flow whose couplings begin so begins as the identity.

    Args:
        filters: Channels of the result.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, H, W, C).

    Returns:
        float32 tensor (B, H, W, filters).

    Reference:
        Kingma, Dhariwal 2018, arXiv 1807.03039, section 3.3.
    """

    def __init__(self, filters, **kwargs):
        super().__init__(filters, initial_scale=0.0, **{k: v for k, v in kwargs.items() if k != "initial_scale"})

    def build(self, input_shape):
        super().build(input_shape)
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")
        self.log_scale = self.add_weight(shape=(self.filters,), initializer="zeros", name="log_scale")

    def call(self, inputs):
        return (ops.cast(super().call(inputs), "float32") + self.bias) * ops.exp(SPEED * self.log_scale)
