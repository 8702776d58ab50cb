"""A number that is learned: the same for every example."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class Scalar(keras.layers.Layer):
    """Gives out one trained number, whatever comes in.

    Args:
        value: Its initial value.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, ...), which only says how many are asked for.

    Returns:
        float32 tensor (B,).
    """

    def __init__(self, value=0.0, **kwargs):
        super().__init__(dtype="float32", **{key: each for key, each in kwargs.items() if key != "dtype"})
        self.value = value

    def build(self, input_shape):
        self.number = self.add_weight(shape=(), initializer=keras.initializers.Constant(self.value), name="number")

    def call(self, inputs):
        return ops.broadcast_to(self.number, ops.shape(inputs)[:1])

    def compute_output_shape(self, input_shape):
        return input_shape[:1]

    def get_config(self):
        return {**super().get_config(), "value": self.value}
