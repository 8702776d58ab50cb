"""A 3 x 3 convolution that sees where the picture ends."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class EdgeConv2D(keras.layers.Layer):
    """A 3 x 3 convolution without bias over one more channel, which is 1 in the padding and 0 inside.

    The response to that channel is the same for all pictures and is computed once per batch.

    Args:
        filters: Channels of the result.
        initial_scale: Standard deviation of the initial kernel; 0 for zeros.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, H, W, C).

    Returns:
        Tensor (B, H, W, filters).

    Reference:
        Kingma, Dhariwal 2018, arXiv 1807.03039, the public code.
    """

    def __init__(self, filters, initial_scale=0.05, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.filters, self.initial_scale = filters, initial_scale

    def build(self, input_shape):
        _, height, width, channels = input_shape
        initializer = keras.initializers.RandomNormal(0.0, self.initial_scale) if self.initial_scale else "zeros"
        self.kernel = self.add_weight(shape=(3, 3, channels + 1, self.filters), initializer=initializer, name="kernel")
        self.edge = np.pad(np.zeros((1, height, width, 1), "float32"), ((0, 0), (1, 1), (1, 1), (0, 0)), "constant",
                           constant_values=1.0)  # fmt: skip

    def call(self, inputs):
        kernel = ops.cast(self.kernel, self.compute_dtype)
        edge = ops.conv(ops.cast(self.edge, self.compute_dtype), kernel[:, :, -1:], padding="valid")
        return ops.conv(ops.cast(inputs, self.compute_dtype), kernel[:, :, :-1], padding="same") + edge

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self):
        return {**super().get_config(), "filters": self.filters, "initial_scale": self.initial_scale}
