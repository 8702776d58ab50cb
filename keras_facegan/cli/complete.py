"""Keep the upper rows of pictures and draw the rest anew, several times, as a trained model expects it.

usage: facegan complete pixelcnn/mnist_28 digit.png other.png [--rows 14] [--num 4] [--out completed.png]
       facegan complete --run runs/digits digits/
       facegan complete pixelcnn/mnist_28 --data_dir DIR

Pictures have the size of the model. Without any, the first held-out ones of its data set are completed. A row shows
what is kept, the completions, and the whole picture. A model in black and white draws every pixel of a grey picture
once, white with the probability of its grey value.
"""

import sys

import numpy as np
from absl import flags

from keras_facegan.abilities import Completes
from keras_facegan.cli import _photos, _sources
from keras_facegan.cli._conditions import define_condition_flags, wanted_conditions
from keras_facegan.cli._flags import Flags
from keras_facegan.cli._outputs import output_file
from keras_facegan.cli._strips import captioned_strip, enlargement
from keras_facegan.data.files import printable
from keras_facegan.data.images import MAX_PIXELS, decode, prepare, save_image, to_float, to_uint8
from keras_facegan.data.progress import progress
from keras_facegan.data.sets.binary_mnist import black_or_white
from keras_facegan.errors import UserError

# Held-out pictures that are completed where no pictures are named.
HELD_OUT = 6


def _flags():
    values = Flags(__doc__)
    values.set_gnu_getopt()
    text = {"flag_values": values}
    _sources.define_flags(values)
    flags.DEFINE_string("data_dir", None, "Folder of the data set, or of the data sets; for held-out pictures.", **text)
    usage = "Upper rows to keep; the upper half unless given."
    flags.DEFINE_integer("rows", None, usage, lower_bound=0, upper_bound=MAX_PIXELS, **text)
    flags.DEFINE_integer("num", 4, "Completions per picture.", lower_bound=1, upper_bound=MAX_PIXELS, **text)
    usage = "Fixes what is drawn, and how grey pictures become black and white."
    flags.DEFINE_integer("seed", 0, usage, lower_bound=0, upper_bound=2**32 - 1, **text)
    flags.DEFINE_string("out", None, "A .png; named after the model unless given.", **text)
    define_condition_flags(values)
    return values


def main(argv):
    """Check the flags, load the model, complete the pictures, save them side by side."""
    # Check all that can be checked before the model is loaded.
    given = _flags()
    rest = given.parse(argv)
    source = _sources.model_source([] if given.run else rest[:1], given.run)
    places = rest if given.run else rest[1:]
    paths = _photos.find_photos(places) if places else []
    if paths and given.data_dir is not None:
        raise UserError("--data_dir is for held-out pictures of the data set: name pictures, or give it, not both.")
    out = output_file(given.out, f"{_sources.source_name(source)}-completed.png")

    # Load the model and read the pictures.
    model = _sources.open_model(source, Completes, step=given.step)
    said = wanted_conditions(given, model)
    rows = model.image_shape[0] // 2 if given.rows is None else given.rows
    if rows >= model.image_shape[0]:
        raise UserError(f"--rows must be below {model.image_shape[0]}, the rows of a picture, got {rows}.")
    _check_size(len(paths) or HELD_OUT, given.num, model)
    images = _read(paths, model, given.seed) if paths else _held_out(source, model, given.data_dir)

    # Complete them: row i of the result are the completions of picture i.
    pictures = np.repeat(images, given.num, axis=0)
    wanted = {
        each.name: np.repeat(each.values(said[each.name], len(images)), given.num, axis=0)
        for each in model.conditions
        if each.name in said
    }
    with progress("Completing", len(pictures)) as advance:
        completed = model.complete(pictures, rows, given.seed, advance, **wanted)
    _save(out, images, completed.reshape(len(images), given.num, *model.image_shape), rows)
    print(f"{printable(out)}: pictures {len(images)}, completions {given.num}, rows kept {rows}, by {model.name}.")
    return 0


def _check_size(count, num, model):
    side = model.image_shape[0]
    if count * (num + 2) * (side * enlargement(side)) ** 2 > MAX_PIXELS:
        raise UserError(
            f"{count:,} pictures with {num:,} completions each have more than {MAX_PIXELS / 1e6:g} million pixels: "
            "name fewer pictures, or lower --num."
        )


def _read(paths, model, seed):
    """Return picture files as float32 (n, H, W, C) in [-1, 1], in black and white for a model that knows no grey."""
    height, width, _ = model.image_shape
    pictures = []
    for path in paths:
        pixels = decode(path)
        if pixels.shape[:2] != (height, width):
            raise UserError(
                f"{printable(path)} is {pixels.shape[1]} x {pixels.shape[0]} pixels; {model.name} completes pictures "
                f"of {width} x {height}. Resize it."
            )
        pictures.append(prepare(pixels, model.image_shape))
    pictures = np.stack(pictures)
    if model.levels.count == 2 and np.isin(pictures, (0, 255)).mean() < 1:
        pictures = black_or_white(pictures, np.random.default_rng(seed))
        print(
            f"{model.name} knows black and white alone: every pixel is drawn once, white with the probability of its "
            "grey value, as in `binary_mnist`.",
            file=sys.stderr,
        )
    return to_float(pictures)


def _held_out(source, model, data_dir):
    """Return the first pictures that the model was not trained on, float32 (n, H, W, C) in [-1, 1]."""
    from keras_facegan.data.pipeline import open_table
    from keras_facegan.data.sources import held_out
    from keras_facegan.evaluation.candidates import candidate

    data = candidate(source).data
    parts, is_new = held_out(data.get("split", "train"))
    if not is_new:
        print(f"{model.name} was trained on these pictures.", file=sys.stderr)
    examples = open_table(data, parts, image_shape=model.image_shape, data_dir=data_dir)
    return to_float(np.asarray(examples.images[:HELD_OUT]))


def _save(out, images, completed, rows):
    """Save a row per picture: what is kept of it, its completions (n, k, H, W, C), and all of it."""
    kept = images.copy()
    # Zero is grey, the middle of the range.
    kept[:, rows:] = 0.0
    strip = np.concatenate([kept[:, None], completed, images[:, None]], axis=1)
    captions = [f"upper {rows} rows", *(f"completion {k + 1}" for k in range(completed.shape[1])), "truth"]
    try:
        save_image(out, captioned_strip(to_uint8(strip), captions))
    except OSError as error:
        raise UserError(f"{printable(out)} cannot be written: {error.strerror or error}.") from None
