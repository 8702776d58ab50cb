"""Pictures of any square size brought to the one that a network was trained at, inside the graph."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class ResizeTo(keras.layers.Layer):
    """Bilinear resizing to a square, antialiased where it shrinks; gradients flow to the picture.

    A picture that already has the size passes unchanged and costs nothing.

    Args:
        side: Height and width of the result, >= 1.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, H, W, C).

    Returns:
        Tensor (B, side, side, C) of the dtype of `inputs`.
    """

    def __init__(self, side, **kwargs):
        super().__init__(**kwargs)
        self.side = side

    def call(self, inputs):
        size = (self.side, self.side)
        if tuple(inputs.shape[1:3]) == size:
            return inputs
        resized = ops.image.resize(ops.cast(inputs, "float32"), size, interpolation="bilinear", antialias=True)
        return ops.cast(resized, inputs.dtype)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.side, self.side, input_shape[-1])

    def get_config(self):
        return {**super().get_config(), "side": self.side}
