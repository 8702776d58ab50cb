"""Answers for attributes that had one value in all training pictures, which nothing can be learnt of."""

import keras
import numpy as np
from keras import ops

# A logit that leaves no doubt in float32.
CERTAIN = 20.0


@keras.saving.register_keras_serializable(package="keras_facegan")
class ConstantAttributes(keras.layers.Layer):
    """Replaces the logits of constant attributes by a certain "yes" or "no"; no gradient flows through these.

    Their cross-entropy is thus zero and has no weight. Until `learn` was called all logits pass unchanged.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, K) of logits.

    Returns:
        float32 tensor (B, K).
    """

    def __init__(self, **kwargs):
        super().__init__(dtype="float32", **{key: value for key, value in kwargs.items() if key != "dtype"})

    def build(self, input_shape):
        self.answers = self.add_weight(shape=input_shape[-1:], initializer="zeros", trainable=False, name="answers")

    def learn(self, values: np.ndarray):
        """Take from the labels (N, K) of the training pictures, 0 or 1, which attributes are constant, and as what."""
        constant = values.min(axis=0) == values.max(axis=0)
        self.answers.assign(np.where(constant, np.where(values[0] > 0.5, CERTAIN, -CERTAIN), 0.0))

    def call(self, inputs):
        return ops.where(ops.equal(self.answers, 0.0), inputs, self.answers)

    def compute_output_shape(self, input_shape):
        return input_shape
