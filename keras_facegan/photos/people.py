"""What a distance between two faces says: same person, different people or neither, for a pair and for a gallery."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.photos.networks import Network
from keras_facegan.photos.search import Found

if TYPE_CHECKING:
    # Keras takes seconds to import.
    from keras_facegan.layers.calibration import Calibration

SAME, DIFFERENT, UNCLEAR = "same person", "different people", "cannot tell"


class Limits(NamedTuple):
    """How distances are answered.

    Attributes:
        same: Below this distance a pair is called the same person.
        different: From this distance on a pair is called different people.
        false_accepts: Share of pairs of different people that are called the same person.
        false_rejects: Share of pairs of the same person that are called different people.
    """

    same: float
    different: float
    false_accepts: float
    false_rejects: float

    def answer(self, distance: float) -> str:
        """Return "same person", "different people" or "cannot tell"."""
        if distance < self.same:
            return SAME
        return DIFFERENT if distance >= self.different else UNCLEAR


def pair_limits(calibration: Calibration, far: float) -> Limits:
    """Return the limits for one pair of faces.

    The false accept rate alone says where "same person" ends. Just beyond, pairs of one person can still be the more
    frequent ones, so that "different people" would be wrong more often than right; a rate that is too generous makes
    "same person" wrong more often than right instead. No answer is given between that limit and the distance at which
    both kinds of pairs are equally frequent, if as many pairs of each kind are asked about.

    Args:
        calibration: Distances of held-out people.
        far: False accept rate: share of pairs of different people that may be called the same person, in (0, 1).

    Raises:
        UserError: Never calibrated, or on too few pairs for so small a rate.
    """
    limit, accepted = calibration.threshold(far)
    even, accepted_at_even, far_at_even = calibration.balance()
    if limit <= even:
        return Limits(limit, even, far, 1.0 - accepted_at_even)
    return Limits(even, limit, far_at_even, 1.0 - accepted)


def rate_per_picture(far: float, pictures: int) -> float:
    """Return the false accept rate of one picture of a gallery that gives the whole gallery a rate.

    A stranger is accepted where any of n pictures accepts them. If each did so by itself with the rate f, that would
    happen at the rate 1 - (1 - f) ** n, so f = 1 - (1 - far) ** (1 / n). Pictures of one person accept the same
    strangers; the rate of the gallery is then below `far`. It holds for people like those of the calibration.

    Args:
        far: Share of strangers that may be given a name of the gallery, in (0, 1).
        pictures: Number n of pictures in the gallery, 1 or more.
    """
    return 1.0 - (1.0 - far) ** (1.0 / pictures)


def gallery_threshold(calibration: Calibration, far: float, pictures: int) -> float:
    """Return the distance to the nearest picture of a gallery below which a face gets its name.

    Args:
        calibration: Distances of held-out people.
        far: Share of strangers that may be given a name of the gallery, in (0, 1).
        pictures: Number of pictures in the gallery, 1 or more.

    Raises:
        UserError: Never calibrated, or the gallery is too large for so small a rate; the message says what would do.
    """
    least, rate = calibration.least_rate(), rate_per_picture(far, pictures)
    if rate < least:
        enough = 1.0 - (1.0 - least) ** pictures
        raise UserError(
            f"A false accept rate of {far:g} for {pictures:,} pictures needs one of {rate:.1e} per picture, and the "
            f"network knows rates from {least:.1e} on: give a rate of {enough:.1g} or more, or fewer pictures."
        )
    return calibration.threshold(rate)[0]


def embed_faces(network: Network, found: Found) -> dict[int, np.ndarray]:
    """Return the unit embeddings (D,) of the faces of a photo by their numbers; faces that are too small are left out.

    Args:
        network: Network that embeds faces.
        found: A photo and its faces.

    Raises:
        DataError: There is no face, or all are too small.
    """
    return network.per_face(found, network.model.embed)
