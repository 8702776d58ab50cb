"""The loss of classifiers, on logits."""

import keras
from keras import ops


def cross_entropy(labels, logits):
    """Return the cross-entropy of labels and the softmax of logits, the mean over a batch.

    Args:
        labels: float32 tensor (B, K) of rows that sum to 1.
        logits: float32 tensor (B, K).

    Returns:
        float32 scalar, at least the entropy of the labels.
    """
    return ops.mean(keras.losses.categorical_crossentropy(labels, logits, from_logits=True))
