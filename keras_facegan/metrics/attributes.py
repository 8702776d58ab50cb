"""How well attributes of faces are recognised, next to what guessing the commoner answer would give."""

import numpy as np
from sklearn import metrics

from keras_facegan.errors import UserError
from keras_facegan.metrics.checks import checked_features


def hamming_loss(probabilities, truth):
    """Return the share of labels that are told wrongly.

    Args:
        probabilities: Array (n, k) in [0, 1]; an attribute is told where it is above 0.5.
        truth: Array (n, k) of 0 and 1, or of -1 and 1.

    Raises:
        UserError: Shapes differ, or values are no probabilities and no labels.
    """
    told, truth = _checked(probabilities, truth)
    return float(metrics.hamming_loss(truth, told))


def macro_f1(probabilities, truth):
    """Return the F1 score of each attribute, 2 TP / (2 TP + FP + FN), averaged over the attributes.

    Args:
        probabilities: Array (n, k) in [0, 1]; an attribute is told where it is above 0.5.
        truth: Array (n, k) of 0 and 1, or of -1 and 1.

    Returns:
        Float in [0, 1]; an attribute that is neither there nor told counts as 0.

    Raises:
        UserError: Shapes differ, or values are no probabilities and no labels.
    """
    told, truth = _checked(probabilities, truth)
    # By attribute: of a single column scikit-learn's own macro average would be one over "yes" and "no".
    pairs = zip(truth.T, told.T, strict=True)
    return float(np.mean([metrics.f1_score(*pair, zero_division=0) for pair in pairs]))


def majority_hamming_loss(truth, training):
    """Return the Hamming loss of telling of every picture what most training pictures have.

    Args:
        truth: Array (n, k) of 0 and 1, or of -1 and 1.
        training: Array (m, k), the labels that the commoner answers are taken from; a tie is a no.

    Raises:
        UserError: Shapes do not fit, or values are no labels.
    """
    commoner = _labels(training, "training").mean(axis=0)
    truth = np.asarray(truth)
    return hamming_loss(np.broadcast_to(commoner, (len(truth), len(commoner))), truth)


def _checked(probabilities, truth):
    probabilities, truth = checked_features(probabilities, "probabilities", 1), _labels(truth, "truth")
    if probabilities.shape != truth.shape:
        raise UserError(f"probabilities {probabilities.shape} and truth {truth.shape} must have one shape (n, k).")
    if probabilities.min() < 0 or probabilities.max() > 1:
        raise UserError("probabilities must be in [0, 1]; logits need a sigmoid first.")
    return probabilities > 0.5, truth


def _labels(truth, name):
    truth = checked_features(truth, name, 1)
    values = set(np.unique(truth).tolist())
    if not (values <= {0, 1} or values <= {-1, 1}):
        raise UserError(f"{name} must hold 0 and 1, or -1 and 1, got {sorted(values)[:5]}.")
    return truth > 0
