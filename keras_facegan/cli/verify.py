"""Say whether two photos show the same person.

usage: facegan verify a.jpg b.jpg [--far 0.01]

The face should fill the photo: its centre square is what the network sees.
"""

from absl import flags

from keras_facegan.abilities import Verifies, require
from keras_facegan.cli import _photos, _sources
from keras_facegan.cli._flags import Flags
from keras_facegan.errors import UserError

WEIGHTS = "facenet/celeba_96"


def _flags():
    values = Flags(__doc__)
    values.set_gnu_getopt()
    flags.DEFINE_string("weights", WEIGHTS, "Identity network of the zoo.", flag_values=values)
    flags.DEFINE_string("run", None, _sources.RUN_HELP, flag_values=values)
    flags.DEFINE_float("far", 1e-2, "Share of different people that may be called the same.", flag_values=values)
    return values


def main(argv):
    """Embed both photos and compare their distance with the threshold of a false accept rate."""
    given = _flags()
    photos = given.parse(argv)
    if len(photos) != 2:
        raise UserError(f"verify compares two photos, got {len(photos)}.")
    from keras_facegan.seam import backend

    backend.start()
    from keras_facegan.loading import load_model

    model = load_model(given.run or given.weights)
    require(model, Verifies)
    first, second = _photos.read_photos(photos, model.image_shape)
    verdict = model.verify(first[None], second[None], far=given.far)
    same, rate = bool(verdict.same[0]), 100 * float(verdict.error_rate[0])
    print(
        f"distance {verdict.distance[0]:.3f}, threshold {verdict.threshold:.3f} at a false accept rate of {given.far:g}"
    )
    if same:
        print(f"the same person; so it says of {rate:.2g} % of pairs of different people")
    else:
        print(f"different people; so it says of {rate:.2g} % of pairs of the same person")
    return 0
