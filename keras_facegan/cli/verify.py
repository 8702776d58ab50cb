"""Say whether two photos show the same person.

usage: facegan verify a.jpg b.jpg [--far 0.01] [--face 2]

All faces are found and turned upright, and each face of the first photo is compared with each of the second. Faces are
numbered from left to right. The answer is "same person", "different people" or "cannot tell".
"""

import numpy as np
from absl import flags

from keras_facegan.abilities import Verifies
from keras_facegan.cli import _photos
from keras_facegan.errors import UserError
from keras_facegan.photos.networks import load_network
from keras_facegan.photos.people import embed_faces, pair_limits
from keras_facegan.photos.search import search_photos

WEIGHTS = "facenet/celeba_64"
FAR_HELP = "False accept rate: share of pairs of different people that may be called the same person."


def _flags():
    values = _photos.network_flags(__doc__, WEIGHTS, "Identity network of the zoo.")
    flags.DEFINE_float("far", 1e-2, FAR_HELP, flag_values=values)
    help = "Number of the face on both photos, 1 at the left; say it twice for two numbers."
    flags.DEFINE_multi_integer("face", None, help, lower_bound=1, flag_values=values)
    return values


def main(argv):
    """Compare the faces of two photos and print an answer for each pair."""
    given = _flags()
    photos = given.parse(argv)
    if len(photos) != 2:
        raise UserError(f"verify compares two photos, got {len(photos)}.")
    wanted = given.face or [None]
    if len(wanted) > 2:
        raise UserError(f"--face is said once for both photos or twice, got {len(wanted)} numbers.")
    _photos.check_rate(given.far)
    name, step = _photos.network_source(given)
    pair = [next(search_photos(photo, face)) for photo, face in zip(photos, (wanted[0], wanted[-1]), strict=True)]
    for found in pair:
        found.check()
    network = load_network(name, Verifies, step)
    limits = pair_limits(network.model.calibration, given.far)
    first, second = (embed_faces(network, found) for found in pair)
    for number, embedding in first.items():
        for other, another in second.items():
            distance = float(np.square(embedding - another).sum())
            faces = f"{_face(pair[0], number)} and {_face(pair[1], other)}"
            print(f"{faces}: {limits.answer(distance)} (distance {distance:.3f})")
    print(f"Below {limits.same:.3f}: same person. Wrong for {_percent(limits.false_accepts)} of different people.")
    print(
        f"From {limits.different:.3f} on: different people. Wrong for {_percent(limits.false_rejects)} of one person."
    )
    if limits.same < limits.different:
        print("In between it cannot tell: the answer would be wrong more often than right.")
    return 0


def _face(found, number):
    return found.name if len(found.faces) == 1 else f"{found.name}, face {number}"


def _percent(share):
    return f"{100 * share:.2g} % of pairs"
