"""Squeezing: places become channels, so that what lies side by side can be mixed."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class Squeeze(keras.layers.Layer):
    """Blocks of 2 x 2 places become four times as many channels. It only moves values: its log-determinant is 0.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: float32 tensor (B, H, W, C), H and W even; back (B, H / 2, W / 2, 4 C).
        inverse: Whether to go back.

    Returns:
        float32 tensor (B, H / 2, W / 2, 4 C); back (B, H, W, C).

    Reference:
        Dinh, Sohl-Dickstein, Bengio 2017, Density estimation using Real NVP, arXiv 1605.08803, section 3.6.
    """

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs | {"dtype": "float32"})

    def call(self, inputs, inverse=False):
        _, height, width, channels = inputs.shape
        if inverse:
            x = ops.reshape(inputs, (-1, height, width, channels // 4, 2, 2))
            return ops.reshape(ops.transpose(x, (0, 1, 4, 2, 5, 3)), (-1, 2 * height, 2 * width, channels // 4))
        x = ops.reshape(inputs, (-1, height // 2, 2, width // 2, 2, channels))
        return ops.reshape(ops.transpose(x, (0, 1, 3, 5, 2, 4)), (-1, height // 2, width // 2, 4 * channels))
