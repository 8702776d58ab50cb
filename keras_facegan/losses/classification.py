"""The losses of classifiers, on logits."""

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


def binary_cross_entropy(labels, logits, weights=1.0):
    """Return the cross-entropies of labels and the sigmoids of logits, their sum over a row, the mean over a batch.

    Args:
        labels: float32 tensor (B, K) in [0, 1].
        logits: float32 tensor (B, K).
        weights: Weights >= 0 of the entries, float32 tensor (B, K) or 1.

    Returns:
        float32 scalar, at least the entropy of the labels that have weight 1.
    """
    # log(1 + exp(l)) - label * l, without the overflow of exp.
    return ops.mean(ops.sum(weights * (ops.softplus(logits) - labels * logits), axis=-1))
