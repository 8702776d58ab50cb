"""From the scores of K classes and of "generated" to the logit of "real"."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class RealLogit(keras.layers.Layer):
    """The log of p(one of the K classes) / p(generated) of a softmax over K + 1 scores, in float32.

    Args:
        **kwargs: As in `keras.layers.Layer`.

    Call arguments:
        scores: List of the class scores (B, K) and, where it is not fixed to 0, the score of "generated" (B, 1).

    Returns:
        float32 tensor (B, 1), whose sigmoid is the probability of "real".
    """

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})

    def call(self, scores):
        real = ops.logsumexp(scores[0], axis=-1, keepdims=True)
        return real if len(scores) == 1 else real - scores[1]

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], 1)
