"""Make the faces on photos older or younger.

usage: facegan age photo.jpg --to 60 --out aged.png
       facegan age photo.jpg --all --out strip.png
       facegan age photos/ --to 70 --out aged/
       facegan age photo.jpg --gif --out morph.gif
"""

import pathlib

import numpy as np
from absl import flags
from PIL import Image

from keras_facegan.cli import _photos, _sources
from keras_facegan.cli._flags import Flags
from keras_facegan.data import faces
from keras_facegan.data.files import printable
from keras_facegan.data.images import decode, save_image, to_float, to_uint8
from keras_facegan.data.progress import progress
from keras_facegan.errors import DataError, UserError
from keras_facegan.pretrained import weights_card

WEIGHTS = {"older": "pfa_gan/utkface_64", "younger": "pfa_gan/utkface_64_younger"}
ESTIMATOR = "age_estimator/utkface_64"
# Pictures of a morph between two groups, and how long each of them is shown.
FRAMES, MILLISECONDS = 8, 80


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
    flags.DEFINE_string("run", None, _sources.RUN_HELP, **text)
    return values


def main(argv):
    """Check the flags, find the faces, age them, save."""
    given = _flags()
    rest = given.parse(argv)
    photos = _photos.find_photos(rest)
    if (given.to is None) == (not (given.all or given.gif)):
        raise UserError("Say how: --to AGE for one picture, --all for a strip of all groups, or --gif.")
    for name in ("to", "from"):
        if given[name].value is not None and not 0 <= given[name].value <= 120:
            raise UserError(f"--{name} is an age in years from 0 to 120, got {given[name].value:g}.")
    outputs = _outputs(given, photos, rest)
    from keras_facegan.seam import backend

    backend.start()
    model = _sources.load_model(None if given.run else _weights(given), given.run)
    _sources.require(model, "age_path")
    estimator = None if given["from"].value is not None else _sources.load_model(ESTIMATOR, None)
    if not faces.has_detector():
        print("Faces are not searched for: the centre square is taken. `pip install keras-facegan[detect]` finds them.")
    failed = []
    with progress("Ageing", len(photos)) as advance:
        for photo, out in zip(photos, outputs, strict=True):
            try:
                print(_age_photo(given, model, estimator, photo, out))
            except DataError as error:
                failed.append(str(error))
            advance(1)
    if failed:
        raise UserError(f"{len(failed)} of {len(photos)} photos were left out: {' '.join(failed)}")
    return 0


def _weights(given):
    name = given.weights or WEIGHTS["younger" if given.younger else "older"]
    weights_card(name)
    return name


def _outputs(given, photos, rest):
    """Return one path to write a photo, before any work is done."""
    suffix = ".gif" if given.gif else ".png"
    single = len(photos) == 1 and not pathlib.Path(rest[0]).is_dir()
    if single:
        out = pathlib.Path(given.out or f"{photos[0].stem}-aged{suffix}")
        if out.suffix.lower() != suffix:
            raise UserError(f"--out must end in {suffix}, got {printable(out)}.")
        return [out]
    folder = pathlib.Path(given.out or "aged")
    if folder.exists() and not folder.is_dir():
        raise UserError(f"--out must be a folder for several photos, {printable(folder)} is a file.")
    folder.mkdir(parents=True, exist_ok=True)
    outputs = [folder / f"{photo.stem}{suffix}" for photo in photos]
    double = next((out for out in outputs if outputs.count(out) > 1), None)
    if double is not None:
        raise UserError(f"Two photos would both become {printable(double)}: age their folders one at a time.")
    return outputs


def _age_photo(given, model, estimator, path, out):
    """Age the face of one photo, save the result, and return the line that tells of it."""
    photo = decode(path)
    side = model.image_shape[0]
    if min(photo.shape[:2]) < side / 4:
        raise DataError(f"{printable(path)} is only {photo.shape[1]} x {photo.shape[0]} pixels.")
    square = faces.find_face(photo)
    face = faces.cut(photo, square, side)
    known = given["from"].value
    age = known if known is not None else float(estimator.estimate_age(face[None])[0])
    source = model.nearest_group(age)
    seen = f"{printable(path)}: {'face' if square.is_face else 'no face found, centre square'}"
    seen += f", {'' if known is not None else 'estimated '}age {age:.0f}, group {model.groups.names[source]}"
    if given.to is None:
        path_ = model.age_path(face[None], source)[0]
        places = range(int(model.place(source)), len(model.groups))
        shown = [_shown(given, photo, square, face, path_[place]) for place in places]
        _save_series(given, shown, out)
        names = [model.groups.names[int(model.place(place))] for place in places]
        return f"{seen} -> {', '.join(names)}: {printable(out)}"
    target = model.nearest_group(given.to)
    aged = model.age(face[None], target, source)[0]
    save_image(out, _shown(given, photo, square, face, aged))
    if target == source:
        return f"{seen}: it is in the group of {given.to:g} years already and stays as it is: {printable(out)}"
    return f"{seen} -> {model.groups.names[target]}: {printable(out)}"


def _shown(given, photo, square, before, after):
    return to_uint8(after) if given.square else faces.put_back(photo, square, before, after)


def _save_series(given, pictures, out):
    if not given.gif:
        save_image(out, np.concatenate(pictures, axis=1))
        return
    frames = []
    for start, end in zip(pictures, [*pictures[1:], pictures[-1]], strict=True):
        start, end = to_float(start), to_float(end)
        frames += [to_uint8(start + (end - start) * step / FRAMES) for step in range(FRAMES)]
    first, *others = [Image.fromarray(frame) for frame in [*frames, *frames[::-1]]]
    first.save(out, save_all=True, append_images=others, duration=MILLISECONDS, loop=0)
