"""Face recognition across ages: does a young photo, made older, come nearer to an old photo of the same person?"""

import typing

import numpy as np
from scipy.stats import binomtest

from keras_facegan.errors import TooFewPicturesError, UserError
from keras_facegan.metrics.verification import auc


class CrossAge(typing.NamedTuple):
    """What ageing does for recognition.

    Attributes:
        people: Number of people, with one pair of photos each.
        nearer: Share of them whose aged photo is nearer to their old photo than their young photo is.
        low: Lower end of the 95 % interval of `nearer`, by Wilson's score.
        high: Upper end.
        auc_young: Area under the curve of verification between young and old photos: the chance that a pair of one
            person is nearer than a pair of two.
        auc_aged: The same between aged and old photos.
    """

    people: int
    nearer: float
    low: float
    high: float
    auc_young: float
    auc_aged: float


def cross_age_recognition(young, aged, old) -> CrossAge:
    """Compare young photos of people, and these photos made older, with old photos of them.

    Args:
        young: Array (n, D) of unit vectors, one person per row.
        aged: Array (n, D), the same photos made older.
        old: Array (n, D), another photo of the same people.

    Raises:
        UserError: Shapes differ.
        TooFewPicturesError: There are fewer than two people.
    """
    young, aged, old = (np.asarray(each, "float64") for each in (young, aged, old))
    if young.ndim != 2 or not young.shape == aged.shape == old.shape:
        raise UserError(f"young {young.shape}, aged {aged.shape} and old {old.shape} must be (n, D) alike.")
    people = len(old)
    if people < 2:
        raise TooFewPicturesError(f"Recognition needs two people or more, got {people}.")
    before, after = (np.clip(2.0 - 2.0 * photos @ old.T, 0.0, 4.0) for photos in (young, aged))
    same = np.eye(people, dtype=bool)
    nearer = int((after[same] < before[same]).sum())
    low, high = binomtest(nearer, people).proportion_ci(0.95, method="wilson")
    areas = (auc(distances[same], distances[~same]) for distances in (before, after))
    return CrossAge(people, nearer / people, float(low), float(high), *areas)
