"""Units that answer with the largest of several linear pieces."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class Maxout(keras.layers.Layer):
    """The maximum over groups of neighbouring features: (B, units * pieces) -> (B, units).

    Args:
        pieces: Features a group.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, units * pieces).

    Returns:
        Tensor (B, units).

    Reference:
        Goodfellow et al. 2013, arXiv 1302.4389.
    """

    def __init__(self, pieces=2, **kwargs):
        super().__init__(**kwargs)
        self.pieces = pieces

    def call(self, inputs):
        return ops.max(ops.reshape(inputs, (-1, inputs.shape[-1] // self.pieces, self.pieces)), axis=-1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1] // self.pieces)

    def get_config(self):
        return {**super().get_config(), "pieces": self.pieces}
