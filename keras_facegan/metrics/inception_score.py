"""The score of Inception's authors for any classifier: sure of each picture, and of all classes over the set."""

import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.metrics.checks import checked_features
from keras_facegan.metrics.order import shuffled


def classifier_score(probabilities, splits=10, seed=0):
    """Return exp(E KL(p(y|x) || p(y))): the Inception Score, where the classifier is Inception.

    Each split takes p(y) from its own pictures. They are dealt to the splits at random: samples made class by class
    would otherwise score 1.

    Args:
        probabilities: Array (n, K), n >= `splits`; rows add up to 1.
        splits: How many parts the score is taken of.
        seed: Fixes which pictures are in which.

    Returns:
        Mean over the splits, in [1, K], and their standard deviation.

    Raises:
        UserError: Rows are no probabilities, or there are fewer than splits.

    Reference:
        Salimans et al. 2016, Improved techniques for training GANs, arXiv 1606.03498, section 4.
    """
    if splits < 1:
        raise UserError(f"splits must be at least 1, got {splits}.")
    probabilities = checked_features(probabilities, "probabilities", splits).astype("float64")
    if probabilities.min() < 0 or np.abs(probabilities.sum(axis=1) - 1).max() > 1e-3:
        raise UserError("probabilities must be at least 0 and add up to 1 in each row; logits need a softmax first.")
    scores = []
    for part in np.array_split(probabilities[shuffled(probabilities, seed)], splits):
        marginal = part.mean(axis=0)
        # Where p(y|x) is 0 its term is 0; where p(y) is, so are all p(y|x).
        ratio = np.divide(part, marginal, out=np.ones_like(part), where=part > 0)
        scores.append(np.exp((part * np.log(ratio)).sum(axis=1).mean()))
    return float(np.mean(scores)), float(np.std(scores))
