"""Change attributes of the faces on photos: glasses on, smile off, another colour of hair.

usage: facegan transform photo.jpg --with Eyeglasses,Smiling --without Bald --out changed.png
       facegan transform photo.jpg --with Eyeglasses,Smiling,Male --grid --out grid.png
       facegan transform photos/ --with Smiling --out smiling/

Every face is found and changed in its place; the photo keeps its size, and beyond the faces it stays as it is. Faces
are numbered from left to right. The attributes are those of CelebA that the model knows: `facegan list --conditions
NAME` lists them. --grid shows what the network makes of the faces, a row per face and one attribute per column.
"""

import numpy as np
from absl import flags

from keras_facegan.attributes import check_changes, wanted_attributes
from keras_facegan.cli import _conditions, _photos, _sources
from keras_facegan.cli._flags import Flags
from keras_facegan.cli._results import Results
from keras_facegan.cli._strips import captioned_strip
from keras_facegan.data.files import printable
from keras_facegan.data.images import to_uint8
from keras_facegan.data.progress import progress
from keras_facegan.errors import UserError
from keras_facegan.photos.files import Photo
from keras_facegan.photos.transforming import TRANSFORMER, transform_photos


def _flags():
    values = Flags(__doc__)
    values.set_gnu_getopt()
    own = {"flag_values": values}
    for name in ("with", "without"):
        flags.DEFINE_string(name, None, _conditions.FLAGS[name], **own)
    usage = "Number of the only face to change, 1 at the left; else all."
    flags.DEFINE_integer("face", None, usage, lower_bound=1, **own)
    flags.DEFINE_boolean("grid", False, "Show what the network makes of each face, one attribute per column.", **own)
    flags.DEFINE_string("out", None, "Picture to write, or folder for several photos.", **own)
    usage = "Quality of a JPEG or WebP, 1 to 100. Without it, a JPEG keeps its own."
    flags.DEFINE_integer("quality", None, usage, lower_bound=1, upper_bound=100, **own)
    flags.DEFINE_string("weights", TRANSFORMER, "Model of the zoo that changes attributes.", **own)
    _sources.define_flags(values)
    return values


def main(argv):
    """Check the flags, change the faces, save."""
    given = _flags()
    places = given.parse(argv)
    photos = _photos.find_named_photos(places)
    wanted = wanted_attributes(given["with"].value, given["without"].value)
    if not wanted:
        raise UserError("Say what to change: --with NAMES, --without NAMES or both, such as --with Eyeglasses,Smiling.")
    # The columns of a grid are pictures of their own, and may exclude each other.
    changes = [{name: number} for name, number in wanted.items()] if given.grid else [wanted]
    for each in changes:
        check_changes(each)
    _photos.check_files([path for path, _ in photos])
    name, step = _photos.network_source(given)
    results = Results(given, photos, places, "changed", suffix=".png" if given.grid else None)
    pending = results.pending()
    if not pending:
        return 0
    photos = transform_photos([path for path, _ in pending], changes, face=given.face, model=name, step=step)
    captions = ["as it is", *(f"{'+' if number else '-'} {name}" for name, number in wanted.items())]
    failures = _photos.Failures(len(pending))
    with progress("Changing", len(pending)) as advance:
        for changed, (_, out) in zip(photos, pending, strict=True):
            with failures.collecting():
                results.prepare(out)
                _save(given, changed, captions, out)
                print(*_told(changed), f"{changed.name}: saved as {printable(out)}", sep="\n")
            advance(1)
    failures.finish()
    return 0


def _save(given, changed, captions, out):
    """Write the photo, or the grid of its faces."""
    if changed.error is not None:
        raise changed.error
    try:
        if given.grid:
            rows = [np.stack([face.seen.image, *face.images]) for face in changed.faces if face.images is not None]
            Photo(captioned_strip(to_uint8(np.stack(rows)), captions)).save(out, quality=given.quality)
        else:
            changed.save(out, given.quality)
    except OSError as error:
        raise UserError(f"{printable(out)} cannot be written: {error.strerror or error}.") from None


def _told(changed):
    """Return a line about each face that stays as it is, and one about bits that were lost."""
    lines = [
        f"{changed.name}: face {face.seen.number} stays as it is, {face.seen.why}"
        for face in changed.faces
        if face.seen.why
    ]
    if changed.photo.reduced:
        lines.append(f"{changed.name}: of 16 bits per channel, eight are kept; only grey photos keep all")
    return lines
