"""A border that mirrors the picture."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class ReflectionPadding2D(keras.layers.Layer):
    """Continues maps beyond their edges by their mirror image, the edge itself not repeated.

    Args:
        border: Pixels on each side, fewer than the height and the width.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, H, W, C).

    Returns:
        Tensor (B, H + 2 border, W + 2 border, C).
    """

    def __init__(self, border: int, **kwargs):
        super().__init__(**kwargs)
        self.border = border

    def call(self, inputs):
        sides = (self.border, self.border)
        return ops.pad(inputs, ((0, 0), sides, sides, (0, 0)), mode="reflect")

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        height, width = (None if side is None else side + 2 * self.border for side in (height, width))
        return batch, height, width, channels

    def get_config(self):
        return {**super().get_config(), "border": self.border}
