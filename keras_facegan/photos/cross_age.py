"""Face recognition across ages on photos of people taken over years: see `keras_facegan.metrics.cross_age`."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from keras_facegan.errors import DataError, TooFewPicturesError, UserError
from keras_facegan.metrics.cross_age import CrossAge, cross_age_recognition
from keras_facegan.photos.ageing import age_found
from keras_facegan.photos.networks import Network
from keras_facegan.photos.search import Found, Source, search_photos

# A network of embeddings that no ageing model is trained with.
JUDGE = "facenet/judge_64"
# Children do not age as adults do.
YOUNGEST = 18


class Pair(NamedTuple):
    """Two photos of one person, with one face each.

    Attributes:
        young: The earlier photo.
        old: The later photo.
        young_age: Age in years on the earlier photo.
        old_age: Age in years on the later photo.
    """

    young: Found
    old: Found
    young_age: float
    old_age: float


def widest_pairs(ages, people, years: float = 10.0, most: int | None = None, seed: int = 0) -> np.ndarray:
    """Choose for every person the youngest photo from 18 years on and the oldest one.

    Args:
        ages: Array (n,) of the ages in years on photos.
        people: Array (n,) of the numbers of the people on them.
        years: Least number of years between the two photos.
        most: People at most, drawn from all where there are more; None takes all.
        seed: Fixes who is drawn.

    Returns:
        int64 array (pairs, 2) of the places of the young and the old photos.

    Raises:
        TooFewPicturesError: Fewer than two people have such photos.
    """
    ages, people = np.asarray(ages), np.asarray(people)
    pairs, everybody = [], np.unique(people)
    for person in everybody:
        photos = np.flatnonzero((people == person) & (ages >= YOUNGEST))
        photos = photos[np.argsort(ages[photos], kind="stable")]
        if len(photos) and ages[photos[-1]] - ages[photos[0]] >= years:
            pairs.append((photos[0], photos[-1]))
    if len(pairs) < 2:
        alone = int((np.unique(people, return_counts=True)[1] == 1).sum())
        raise TooFewPicturesError(
            f"Recognition across ages needs two people or more with a photo from {YOUNGEST} years on and one at "
            f"least {years:g} years later; {len(pairs)} of {len(everybody):,} people have both, and {alone:,} have one "
            "photo only. Give photos of more people, or fewer years between them."
        )
    pairs = np.array(pairs)
    if most is not None and len(pairs) > most:
        pairs = pairs[np.sort(np.random.default_rng(seed).choice(len(pairs), most, replace=False))]
    return pairs


def find_pair(young: Source, old: Source, young_age: float, old_age: float) -> Pair:
    """Look for the face on two photos of one person.

    Args:
        young: Path of a file, or uint8 array (H, W, 1 or 3).
        old: The same of the later photo.
        young_age: Age in years on the earlier photo.
        old_age: Age in years on the later photo.

    Raises:
        DataError: A photo cannot be read, or does not show one face.
    """
    photos = list(search_photos([young, old]))
    for found in photos:
        found.check()
        if len(found.faces) > 1:
            raise DataError(f"{found.name} has {len(found.faces)} faces, expected one.")
    return Pair(*photos, float(young_age), float(old_age))


def older(network: Network) -> Callable[[Pair], np.ndarray | None]:
    """Return a function that gives the young photo of a `Pair` at the age of the old one, or None.

    It is None where both ages are in one group of the model, so that it would change nothing.

    Args:
        network: Network that ages faces.

    Raises:
        UserError: It makes faces younger.
    """
    model = network.model
    if not (model.older or model.both_ways):
        raise UserError(f"{network.name} makes faces younger; recognition across ages takes one that makes them older.")

    def age(pair):
        young, old = model.groups.of([pair.young_age, pair.old_age])
        if young == old:
            return None
        return age_found(pair.young, network, None, pair.old_age, pair.young_age).pictures[0]

    return age


def cross_age(
    pairs: Sequence[Pair],
    age: Callable[[Pair], np.ndarray | None],
    judge: Network,
    advance: Callable[[int], None] = lambda count: None,
) -> CrossAge:
    """Say whether young photos that were made older are recognised better as the people on old photos.

    Args:
        pairs: Photos of people, one pair per person.
        age: Callable, `Pair` -> pixels of its young photo at the age of the old one, or None to leave the pair out,
            such as `older(network)`. A pair whose faces are too small for a network is left out as well.
        judge: Network of embeddings that the ageing was not trained with.
        advance: Called with the number of pairs just finished.

    Raises:
        TooFewPicturesError: Fewer than two pairs are left.
    """
    rows = []
    for pair in pairs:
        try:
            pixels = age(pair)
            if pixels is not None:
                aged = pair.young._replace(photo=dataclasses.replace(pair.young.photo, pixels=pixels))
                rows.append([judge.look(found)[0].image for found in (pair.young, aged, pair.old)])
        except DataError:
            # The face is too small for one of the networks.
            pass
        advance(1)
    if len(rows) < 2:
        raise TooFewPicturesError(
            f"Recognition across ages needs two people or more; of {len(pairs)} the faces of {len(rows)} are large "
            "enough and are changed from the one age to the other. Give photos of more people, or more years between "
            "them."
        )
    return cross_age_recognition(*(judge.model.embed(np.stack(images)) for images in zip(*rows, strict=True)))
