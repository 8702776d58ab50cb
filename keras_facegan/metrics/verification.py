"""How well distances tell pairs of pictures of one person from pairs of two (FaceNet, arXiv 1503.03832, section 4)."""

import numpy as np
from sklearn import metrics

from keras_facegan.errors import TooFewPicturesError, UserError

_ROWS = 512


def pair_distances(embeddings, identity, most=None, seed=0):
    """Return the squared L2 distances of all pairs of pictures.

    Args:
        embeddings: Array (n, D) of unit vectors.
        identity: int array (n,).
        most: Draw so many of the impostor pairs where there are more; None takes all.
        seed: Fixes what is drawn.

    Returns:
        float32 arrays: distances in [0, 4] of pairs of the same person, and of pairs of different people.

    Raises:
        UserError: Lengths differ, a value is not finite, or there are no pairs of one of the two kinds.
    """
    embeddings, identity = np.asarray(embeddings, dtype="float32"), np.asarray(identity)
    if embeddings.ndim != 2 or identity.shape != embeddings.shape[:1]:
        raise UserError(f"embeddings {embeddings.shape} and identity {identity.shape} must be (n, D) and (n,).")
    if not np.isfinite(embeddings).all():
        raise UserError("embeddings are not finite.")
    genuine, impostor = [], []
    for start in range(0, len(embeddings), _ROWS):
        rows = slice(start, start + _ROWS)
        distances = np.clip(2.0 - 2.0 * embeddings[rows] @ embeddings[start:].T, 0.0, 4.0)
        later = np.triu(np.ones(distances.shape, dtype=bool), k=1)
        same = identity[rows, None] == identity[None, start:]
        genuine.append(distances[later & same])
        impostor.append(distances[later & ~same])
    genuine, impostor = np.concatenate(genuine or [[]]), np.concatenate(impostor or [[]])
    if not len(genuine) or not len(impostor):
        raise TooFewPicturesError(
            f"identity gives {len(genuine):,} pairs of one person and {len(impostor):,} of two: give two people or "
            "more with two pictures or more."
        )
    if most is not None and len(impostor) > most:
        impostor = np.random.default_rng(seed).choice(impostor, most, replace=False)
    return genuine, impostor


def threshold_at_far(impostor, far):
    """Return the largest threshold below which at most the share `far` of impostor pairs lies.

    Args:
        impostor: Array (n,) of distances, n >= 10 / far.
        far: False accept rate in (0, 1); between order statistics the threshold is interpolated linearly.

    Raises:
        UserError: Too few pairs for so small a rate.
    """
    if not 0 < far < 1:
        raise UserError(f"far must be between 0 and 1, got {far}.")
    if len(impostor) < 10 / far:
        raise TooFewPicturesError(
            f"A false accept rate of {far:g} needs {int(np.ceil(10 / far)):,} pairs, got {len(impostor):,}."
        )
    return float(np.quantile(impostor, far))


def tar_at_far(genuine, impostor, far):
    """Return the true accept rate, the share of genuine pairs below `threshold_at_far(impostor, far)`.

    Args:
        genuine: Array (n,) of distances of pairs of the same person.
        impostor: Array (m,) of distances of pairs of different people.
        far: False accept rate in (0, 1).
    """
    return float(np.mean(np.asarray(genuine) < threshold_at_far(impostor, far)))


def roc_curve(genuine, impostor):
    """Return the false and the true accept rates, two arrays that rise from 0 to 1 as the threshold does.

    Args:
        genuine: Array (n,) of distances of pairs of the same person.
        impostor: Array (m,) of distances of pairs of different people.
    """
    labels, scores = _labelled(genuine, impostor)
    far, tar, _ = metrics.roc_curve(labels, scores)
    return far, tar


def auc(genuine, impostor):
    """Return the share of (genuine, impostor) couples of pairs in which the genuine one is nearer; ties count half.

    Args:
        genuine: Array (n,) of distances of pairs of the same person.
        impostor: Array (m,) of distances of pairs of different people.
    """
    return float(metrics.roc_auc_score(*_labelled(genuine, impostor)))


def equal_error_rate(genuine, impostor):
    """Return the rate at which as many impostor pairs are accepted as genuine ones are rejected.

    Args:
        genuine: Array (n,) of distances of pairs of the same person.
        impostor: Array (m,) of distances of pairs of different people.
    """
    far, tar = roc_curve(genuine, impostor)
    return float(np.interp(0.0, far + tar - 1.0, far))


def ten_fold_accuracy(embeddings, identity, folds=10, seed=0):
    """Return mean and standard deviation of the accuracy on each fold, at the threshold that is best on the others.

    People are dealt to the folds; the pairs are those within a fold, as many of two people as of one.

    Args:
        embeddings: Array (n, D) of unit vectors.
        identity: int array (n,), two people or more for each fold.
        folds: Number of folds, >= 2.
        seed: Fixes the folds and which impostor pairs are taken.

    Raises:
        UserError: A fold has no pairs of one of the two kinds.
    """
    identity = np.asarray(identity)
    people = np.random.default_rng(seed).permutation(np.unique(identity))
    pairs = []
    for fold in range(folds):
        chosen = np.isin(identity, people[fold::folds])
        genuine, impostor = pair_distances(np.asarray(embeddings)[chosen], identity[chosen])
        count = min(len(genuine), len(impostor))
        rng = np.random.default_rng([seed, fold])
        pairs.append([rng.choice(each, count, replace=False) for each in (genuine, impostor)])
    accuracies = []
    for fold, (genuine, impostor) in enumerate(pairs):
        others = [pair for other, pair in enumerate(pairs) if other != fold]
        threshold = _best_threshold(*(np.concatenate(each) for each in zip(*others, strict=True)))
        accuracies.append(((genuine < threshold).mean() + (impostor >= threshold).mean()) / 2)
    return float(np.mean(accuracies)), float(np.std(accuracies))


def _best_threshold(genuine, impostor):
    """Return the threshold with the most right verdicts on as many pairs of either kind."""
    labels, scores = _labelled(genuine, impostor)
    far, tar, thresholds = metrics.roc_curve(labels, scores, drop_intermediate=False)
    best = np.argmax(tar - far)
    # A pair is accepted at distance <= -score; half-way to the next it is accepted below the threshold.
    following = -thresholds[min(best + 1, len(thresholds) - 1)]
    return (max(-thresholds[best], 0.0) + following) / 2


def _labelled(genuine, impostor):
    """Return labels (1 for genuine) and scores that are higher for nearer pairs."""
    for name, values in (("genuine", genuine), ("impostor", impostor)):
        if not len(values) or not np.isfinite(values).all():
            raise UserError(f"{name} must hold distances, all of them finite.")
    labels = np.concatenate([np.ones(len(genuine)), np.zeros(len(impostor))])
    return labels, -np.concatenate([genuine, impostor])
