"""Make the faces on photos older or younger.

usage: facegan age photo.jpg --to 60 --out aged.png
       facegan age photo.jpg --all --out strip.png
       facegan age photos/ --to 70 --out aged/
       facegan age photo.jpg --gif --out morph.gif

The whole photo is saved at its own size, and outside the square of the face it stays as it is. An age is that of the
face as it is: estimated unless --from tells it.
"""

import contextlib
import pathlib
from typing import NamedTuple

import numpy as np
from absl import flags
from PIL import Image

from keras_facegan.abilities import Ages, require
from keras_facegan.cli import _photos, _sources
from keras_facegan.cli._animations import save_animation
from keras_facegan.cli._flags import Flags
from keras_facegan.data import faces
from keras_facegan.data.files import printable
from keras_facegan.data.images import decode, save_image, to_float, to_uint8
from keras_facegan.data.progress import progress
from keras_facegan.errors import DataError, UserError
from keras_facegan.pretrained import weights_card

WEIGHTS = {"older": "pfa_gan/utkface_64", "younger": "pfa_gan/utkface_64_younger"}
# Photos that go through the networks together.
CHUNK = 64
# Pictures of a morph between two groups, and the longer side of an animation.
FRAMES, GIF_SIDE = 10, 640


def _flags():
    values = Flags(__doc__)
    values.set_gnu_getopt()
    text = {"flag_values": values}
    flags.DEFINE_float("to", None, "Age in years to arrive at.", **text)
    flags.DEFINE_float("from", None, "Age in years of the face as it is; estimated unless given.", **text)
    flags.DEFINE_boolean("all", False, "Show all groups from the face's own on, side by side.", **text)
    flags.DEFINE_boolean("gif", False, "Show all groups as an animation that starts again for ever.", **text)
    flags.DEFINE_boolean("younger", False, "Make faces younger instead of older.", **text)
    flags.DEFINE_boolean("square", False, "Save the square that the network sees, not the whole photo.", **text)
    flags.DEFINE_string("out", None, "Picture to write, or folder for several photos.", **text)
    flags.DEFINE_string("weights", None, "Ageing model of the zoo.", **text)
    _sources.define_flags(values)
    return values


class _Face(NamedTuple):
    """A face on a photo: the files to read and to write, the square it fills, what the networks see, and its age."""

    path: pathlib.Path
    out: pathlib.Path
    square: faces.Square
    image: np.ndarray
    age: float


def main(argv):
    """Check the flags, find the faces, age them, save."""
    given = _flags()
    rest = given.parse(argv)
    photos = _photos.find_photos(rest)
    _check(given)
    name = _weights(given)
    outputs = _outputs(given, photos, rest)
    from keras_facegan.seam import backend

    backend.start()
    model = _sources.load_model(name or given.run, given.step)
    require(model, Ages)
    estimator = None if given["from"].value is not None else _estimator(model)
    if not faces.has_detector():
        print("Faces are not searched for: the centre square is taken. `pip install keras-facegan[detect]` finds them.")
    failed = []
    with progress("Ageing", len(photos)) as advance:
        for start in range(0, len(photos), CHUNK):
            chunk = slice(start, start + CHUNK)
            found = _look(given, model, estimator, photos[chunk], outputs[chunk], failed)
            for face, pictures, told in _aged(given, model, found, failed):
                with _collecting(failed):
                    _save(given, face, pictures)
                    print(f"{told}: {printable(face.out)}")
            advance(len(photos[chunk]))
    if failed:
        most = f"{len(failed)} of {len(photos)} photos were left out: " if len(photos) > 1 else ""
        raise UserError(f"{most}{' '.join(failed)}")
    return 0


def _check(given):
    if (given.to is not None) + given.all + given.gif != 1:
        raise UserError("Say how, by one of --to AGE for one picture, --all for a strip of all groups, and --gif.")
    for flag in ("to", "from"):
        if given[flag].value is not None and not 0 <= given[flag].value <= 120:
            raise UserError(f"--{flag} is an age in years from 0 to 120, got {given[flag].value:g}.")


def _weights(given):
    """Return the name of the weights, or None where `--run` stands in for it."""
    chosen = [f"--{flag}" for flag in ("younger", "weights", "run") if given[flag].value]
    if len(chosen) > 1:
        raise UserError(f"{' and '.join(chosen)} name {len(chosen)} models; give one.")
    if given.run:
        return None
    name = given.weights or WEIGHTS["younger" if given.younger else "older"]
    weights_card(name)
    return name


def _outputs(given, photos, rest):
    """Return one path to write a photo, before any work is done."""
    suffix = ".gif" if given.gif else ".png"
    if len(photos) == 1 and not pathlib.Path(rest[0]).is_dir():
        outputs = [pathlib.Path(given.out or f"{photos[0].stem}-aged{suffix}")]
        if outputs[0].suffix.lower() != suffix:
            raise UserError(f"--out must end in {suffix}, got {printable(outputs[0])}.")
        if not outputs[0].parent.is_dir():
            raise UserError(f"There is no folder {printable(outputs[0].parent)} for {printable(outputs[0].name)}.")
    else:
        folder = pathlib.Path(given.out or "aged")
        if folder.exists() and not folder.is_dir():
            raise UserError(f"--out must be a folder for several photos, {printable(folder)} is a file.")
        outputs = [folder / f"{photo.stem}{suffix}" for photo in photos]
        double = next((out for out in outputs if outputs.count(out) > 1), None)
        if double is not None:
            raise UserError(f"Two photos would both become {printable(double)}: age their folders one at a time.")
    for photo, out in zip(photos, outputs, strict=True):
        if out.exists() and photo.exists() and out.samefile(photo):
            raise UserError(f"{printable(out)} is the photo itself and would be lost: choose another --out.")
    return outputs


def _estimator(model):
    """Return the age estimator that the model was trained by: it knows such faces."""
    try:
        return model.estimator()
    except UserError as error:
        raise UserError(f"{error} Or tell the age of the face with --from.") from None


@contextlib.contextmanager
def _collecting(failed):
    """Let the other photos go on where one is no use, and keep why."""
    try:
        yield
    except DataError as error:
        failed.append(str(error))


def _look(given, model, estimator, photos, outputs, failed):
    """Return the `_Face` of every photo that can be read."""
    side, found, judged = model.image_shape[0], [], []
    for path, out in zip(photos, outputs, strict=True):
        with _collecting(failed):
            photo = decode(path)
            _photos.check_size(path, photo.shape, side)
            square = faces.find_face(photo)
            if square.side < side / 4:
                raise DataError(
                    f"{printable(path)}: the face is only {square.side} pixels wide; the network reads faces of {side}."
                )
            if estimator is not None:
                judged.append(faces.cut(photo, square, estimator.image_shape[0]))
            found.append(_Face(path, out, square, faces.cut(photo, square, side), given["from"].value))
    if not judged:
        return found
    ages = estimator.estimate_age(np.stack(judged))
    return [face._replace(age=float(age)) for face, age in zip(found, ages, strict=True)]


def _aged(given, model, found, failed):
    """Return (face, float pictures of it (n, side, side, 3), what is told of it) of every face that can be aged."""
    ready = []
    for face in found:
        with _collecting(failed):
            ready.append((face, *_way(given, model, face)))
    if not ready:
        return []
    images = np.stack([face.image for face, *_ in ready])
    source = model.groups.of([face.age for face, *_ in ready]).astype("int32")
    if given.to is not None:
        aged = model.age(images, _group(model, given.to), source)[:, None]
        return [(face, pictures, told) for (face, _, told), pictures in zip(ready, aged, strict=True)]
    paths = model.age_path(images, source)
    return [(face, path[places], told) for (face, places, told), path in zip(ready, paths, strict=True)]


def _group(model, age):
    return int(model.groups.of([age])[0])


def _way(given, model, face):
    """Return the places along the model's chain that a face is shown at, and the line that tells of it."""
    names, source = model.groups.names, _group(model, face.age)
    start, end, why = int(model.place(source)), len(model.groups) - 1, "no group comes after its own"
    if given.to is not None:
        target = _group(model, given.to)
        end, why = int(model.place(target)), f"it is in the group of {given.to:g} years already"
    estimated = "estimated " if given["from"].value is None else ""
    told = f"{printable(face.path)}: {_seen(face)}, {estimated}age {face.age:.0f}, group {names[source]}"
    if end < start:
        direction, other = ("older", "younger (--younger)") if model.older else ("younger", "older")
        raise DataError(
            f"{told}: this model makes faces {direction}, it cannot go to {given.to:g} years, group {names[target]}; "
            f"take one that makes them {other}."
        )
    if end == start:
        return range(start, end + 1), f"{told} -> unchanged, {why}"
    shown = range(start if given.to is None else end, end + 1)
    return shown, f"{told} -> {', '.join(names[int(model.place(each))] for each in shown if each > start)}"


def _seen(face):
    if face.square.is_face:
        return "face"
    return "no face found, centre square" if faces.has_detector() else "centre square"


def _save(given, face, pictures):
    """Save the one picture, the strip or the animation of a face."""
    if given.square:
        shown = [to_uint8(picture) for picture in pictures]
    else:
        photo = decode(face.path)
        shown = [faces.put_back(photo, face.square, face.image, picture) for picture in pictures]
    try:
        face.out.parent.mkdir(parents=True, exist_ok=True)
        if given.gif:
            save_animation(face.out, _morph([_shrunk(picture) for picture in shown]))
        else:
            save_image(face.out, np.concatenate(shown, axis=1))
    except OSError as error:
        raise UserError(f"{printable(face.out)} cannot be written: {error.strerror or error}.") from None


def _shrunk(picture):
    """Return a picture whose longer side is at most that of an animation."""
    image = Image.fromarray(picture)
    image.thumbnail((GIF_SIDE, GIF_SIDE), Image.Resampling.LANCZOS)
    return to_float(np.asarray(image))


def _morph(pictures):
    """Return uint8 pictures of a morph through float pictures and back."""
    frames = [pictures[0]]
    for start, end in zip(pictures, pictures[1:], strict=False):
        frames += [start + (end - start) * step / FRAMES for step in range(1, FRAMES + 1)]
    # Both ends stay for a while.
    frames = [pictures[0]] * FRAMES + frames + [pictures[-1]] * FRAMES
    return to_uint8(np.stack([*frames, *frames[::-1]]))
