"""Make the faces on photos older or younger.

usage: facegan age photo.jpg --to 60 --out aged.jpg
       facegan age family.jpg --to 60 --face 2
       facegan age photo.jpg --all --out strip.png
       facegan age photos/ --to 70 --out aged/
       facegan age photo.jpg --gif --out morph.gif

--to arrives at the years that are asked for: a model whose steps can be taken in part (pfa_gan) stops between the mean
ages of two groups, others arrive at the group of these years. A face of that group already stays as it is.

Every face is found and aged in its place; the photo keeps its size, and beyond the faces it stays as it is. Faces are
numbered from left to right. The age of a face is estimated unless --from says it. Strips (--all) and animations (--gif)
show close-ups of the faces as well.
"""

from absl import flags

from keras_facegan.cli import _photos, _sources
from keras_facegan.cli._animations import save_animation
from keras_facegan.cli._flags import Flags
from keras_facegan.cli._results import Results
from keras_facegan.data.files import printable
from keras_facegan.data.progress import progress
from keras_facegan.errors import UserError
from keras_facegan.photos.ageing import OLDER, OLDEST, YOUNGER, age_photos
from keras_facegan.photos.files import KINDS, Photo


def _flags():
    values = Flags(__doc__)
    values.set_gnu_getopt()
    own = {"flag_values": values}
    years = {"lower_bound": 0.0, "upper_bound": float(OLDEST), **own}
    flags.DEFINE_float("to", None, "Age in years to arrive at.", **years)
    flags.DEFINE_float("from", None, "Age in years of the face as it is; estimated unless said.", **years)
    usage = "Number of the only face to age, 1 at the left; else all."
    flags.DEFINE_integer("face", None, usage, lower_bound=1, **own)
    flags.DEFINE_boolean("all", False, "Show the photo in all later groups, side by side.", **own)
    flags.DEFINE_boolean("gif", False, "Show all groups as an animation that starts again for ever.", **own)
    flags.DEFINE_boolean("younger", False, "Make faces younger instead of older.", **own)
    flags.DEFINE_boolean("square", False, "Save what the network saw and made, a row per face, not the photo.", **own)
    flags.DEFINE_string("out", None, "Picture to write, or folder for several photos.", **own)
    usage = "Quality of a JPEG or WebP, 1 to 100. Without it, a JPEG keeps its own."
    flags.DEFINE_integer("quality", None, usage, lower_bound=1, upper_bound=100, **own)
    flags.DEFINE_string("weights", None, "Ageing model of the zoo.", **own)
    _sources.define_flags(values)
    return values


def main(argv):
    """Check the flags, age the faces, save."""
    given = _flags()
    places = given.parse(argv)
    photos = _photos.find_named_photos(places)
    if (given.to is not None) + given.all + given.gif != 1:
        raise UserError("Say how, by one of --to AGE for one picture, --all for a strip of all groups, and --gif.")
    (name, step), results = _network(given), _results(given, photos, places)
    pending = results.pending()
    if not pending:
        return 0
    options = {"from_": given["from"].value, "face": given.face, "model": name, "step": step}
    photos = age_photos([path for path, _ in pending], given.to, **options)
    failures = _photos.Failures(len(pending))
    with progress("Ageing", len(pending)) as advance:
        for aged, (_, out) in zip(photos, pending, strict=True):
            with failures.collecting():
                results.prepare(out)
                _save(given, aged, out)
                print(*_told(given, aged), f"{aged.name}: saved as {printable(out)}", sep="\n")
            advance(1)
    failures.finish()
    return 0


def _network(given):
    """Return the name of the weights or the directory of the run, and its step."""
    chosen = [f"--{flag}" for flag in ("younger", "weights", "run") if given[flag].value]
    if len(chosen) > 1:
        raise UserError(f"{' and '.join(chosen)} name {len(chosen)} models; give one.")
    given.weights = given.weights or (YOUNGER if given.younger else OLDER)
    return _photos.network_source(given)


def _results(given, photos, places):
    """Return what is written, checked before any work is done."""
    usual = ".gif" if given.gif else ".png" if given.all or given.square else None
    suffixes = (".gif",) if given.gif else tuple(KINDS)
    return Results(given, photos, places, "aged", suffix=usual, suffixes=suffixes)


def _save(given, aged, out):
    """Write the picture, the strip or the animation of a photo."""
    if aged.error is not None:
        raise aged.error
    from keras_facegan.photos import strips

    try:
        if given.gif:
            save_animation(out, strips.morph_of_squares(aged) if given.square else strips.morph(aged))
        elif given.square:
            Photo(strips.squares(aged)).save(out, quality=given.quality)
        elif given.all:
            Photo(strips.strip(aged)).save(out, quality=given.quality)
        else:
            aged.save(out, given.quality)
    except OSError as error:
        raise UserError(f"{printable(out)} cannot be written: {error.strerror or error}.") from None


def _told(given, aged):
    """Return a line about each face of a photo, and one about bits that were lost."""
    lines = []
    for face in aged.faces:
        if face.why:
            lines.append(f"{aged.name}: face {face.number} stays as it is, {face.why}")
            continue
        estimated = "" if given["from"].value is not None else "estimated "
        wrong = "" if face.age_error is None else f" (wrong by {face.age_error:.1f} years on average)"
        goes = ", ".join(face.groups)
        if not face.groups:
            why = "no group comes after its own" if given.to is None else f"it is in the group of {given.to:g} already"
            goes = f"unchanged, {why}"
        lines.append(
            f"{aged.name}: face {face.number}, {estimated}age {face.age:.0f}{wrong}, group {face.group} -> {goes}"
        )
    if aged.photo.reduced:
        lines.append(f"{aged.name}: of 16 bits per channel, eight are kept; only grey photos keep all")
    return lines
