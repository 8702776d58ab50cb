"""The mean of a distribution over whole numbers, given by its logits."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class Expectation(keras.layers.Layer):
    """sum_k k softmax(logits)_k in float32: the expected age of DEX, Rothe et al. 2015, equation 1.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, K) of logits of the numbers 0 .. K - 1.

    Returns:
        float32 tensor (B,) in [0, K - 1].
    """

    def __init__(self, **kwargs):
        super().__init__(dtype="float32", **{key: value for key, value in kwargs.items() if key != "dtype"})

    def call(self, inputs):
        numbers = ops.arange(inputs.shape[-1], dtype="float32")
        return ops.sum(ops.softmax(inputs, axis=-1) * numbers, axis=-1)

    def compute_output_shape(self, input_shape):
        return input_shape[:-1]
