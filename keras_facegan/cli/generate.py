"""Draw new pictures with a trained model: a grid, or a walk between latent codes.

usage: facegan generate dcgan/cats_64 [--num 64] [--out grid.png]
       facegan generate dcgan/cats_64 --interpolate [--out rows.png]
       facegan generate --run runs/dcgan-default --gif [--out walk.gif]
       facegan generate cgan/mnist_32 [--label 3]
       facegan generate --run runs/glow-cats_32 [--temperature 0.7]

A model on a condition shows one value of it per row, unless a flag says which one. A walk holds the condition; between
two of them (--interpolate --label 3,7) it holds the codes, one per row.
"""

import math

import numpy as np
from absl import flags

from keras_facegan.abilities import Decodes, Generates, Tempers
from keras_facegan.cli import _sources
from keras_facegan.cli._animations import save_animation
from keras_facegan.cli._conditions import define_condition_flags, wanted_conditions
from keras_facegan.cli._flags import Flags
from keras_facegan.cli._outputs import output_file
from keras_facegan.data.images import MAX_PIXELS, image_grid, save_image, to_uint8
from keras_facegan.data.progress import progress
from keras_facegan.errors import UserError
from keras_facegan.latent.interpolation import PATHS

PICTURES, STOPS, FRAMES = 64, 8, 16
CHUNK = 64
# Above, codes are so far from those that a model knows that nothing can be seen.
HOTTEST = 10


def _flags():
    values = Flags(__doc__)
    values.set_gnu_getopt()
    text = {"flag_values": values}
    _sources.define_flags(values)
    usage = f"Pictures of a grid ({PICTURES}), or codes that a walk visits ({STOPS})."
    flags.DEFINE_integer("num", None, usage, lower_bound=1, upper_bound=MAX_PIXELS, **text)
    flags.DEFINE_string("out", None, "A .png, or a .gif for --gif; named after the model unless given.", **text)
    flags.DEFINE_integer("seed", 0, "Fixes the latent codes.", lower_bound=0, upper_bound=2**32 - 1, **text)
    usage = "Pictures per row of a grid; the nearest square unless given."
    flags.DEFINE_integer("columns", None, usage, lower_bound=1, upper_bound=MAX_PIXELS, **text)
    flags.DEFINE_integer("scale", 1, "Pixels per axis that every pixel becomes.", lower_bound=1, upper_bound=64, **text)
    flags.DEFINE_boolean("interpolate", False, "Walk from code to code and back to the first, one row per leg.", **text)
    flags.DEFINE_boolean("gif", False, "Show the walk as an animation that starts again for ever.", **text)
    define_condition_flags(values)
    usage = "Above 0: the lower, the likelier and the more alike the pictures; the model's own unless given."
    flags.DEFINE_float("temperature", None, usage, **text)
    usage = f"Pictures from one code to the next ({FRAMES})."
    flags.DEFINE_integer("frames", None, usage, lower_bound=2, upper_bound=1000, **text)
    return values


def main(argv):
    """Check the flags, load the model, draw, save."""
    given = _flags()
    source = _sources.model_source(given.parse(argv), given.run)
    suffixes = (".gif",) if given.gif else (".png", ".gif")
    out = output_file(given.out, f"{_sources.source_name(source)}{suffixes[0]}", suffixes)
    animated = out.suffix.lower() == ".gif"
    walk = given.interpolate or animated
    _check(given, walk)
    num = given.num or (STOPS if walk else PICTURES)
    frames = given.frames or FRAMES
    needed = [Generates, *([Decodes] if walk else []), *([Tempers] if given.temperature else [])]
    model = _sources.open_model(source, *needed, step=given.step)
    wanted, row_names = wanted_conditions(given, model), None
    wanted |= {"temperature": given.temperature} if given.temperature else {}
    _check_size(num * (frames if walk else 1), given.scale, model)
    ends = _ends(model, wanted) if walk else None
    if ends:
        drawn = model.decode_between(model.sample_latents(num, given.seed), *ends, np.linspace(0.0, 1.0, frames))
        # An animation goes there and back with every code.
        drawn = np.concatenate([drawn, drawn[:, -2:0:-1]], axis=1) if animated else drawn
        pictures, columns = to_uint8(drawn.reshape(-1, *model.image_shape)), frames
    elif walk:
        # An animation must not stop at the end of a leg, a row shows both of its ends.
        t = np.linspace(0.0, 1.0, frames, endpoint=not animated)
        pictures, columns = _decode(model, _walk(model, num, given.seed, t, wanted)), frames
    elif isinstance(model, Decodes):
        inputs, columns, row_names = model.grid(num, given.seed, given.columns, **wanted)
        # Rows of a condition, times --columns, may be more than --num.
        _check_size(len(inputs["latents"]), given.scale, model)
        pictures = _decode(model, inputs)
    else:
        # Without a code per picture, each is drawn pixel by pixel.
        with progress("Drawing", num) as advance:
            pictures = to_uint8(model.generate(num, seed=given.seed, advance=advance, **wanted))
        columns = given.columns
    pictures = pictures.repeat(given.scale, axis=1).repeat(given.scale, axis=2)
    try:
        if animated:
            save_animation(out, pictures)
        else:
            save_image(out, image_grid(pictures, columns, row_names=row_names))
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror or error}.") from None
    print(f"{out}: {len(pictures)} pictures of {model.name}, seed {given.seed}.")
    return 0


def _check(given, walk):
    if given.temperature is not None and not 0 < given.temperature <= HOTTEST:
        raise UserError(f"--temperature must be above 0 and at most {HOTTEST}, got {given.temperature:g}.")
    if walk and given.num == 1:
        raise UserError("--num must be at least 2 for a walk, got 1.")
    if walk and given.columns is not None:
        raise UserError("--columns is for a grid; the rows of a walk have --frames pictures.")
    if not walk and given.frames is not None:
        raise UserError("--frames is for a walk; add --interpolate or --gif.")


def _check_size(count, scale, model):
    if count * scale**2 * math.prod(model.image_shape[:2]) > MAX_PIXELS:
        raise UserError(f"So many pictures have more than {MAX_PIXELS / 1e6:g} million pixels; ask for fewer.")


def _ends(model, wanted):
    """Return the two values between which the condition of a walk is to go, or None where it is held."""
    values = next(iter(wanted.values()), None) if len(model.conditions) == 1 else None
    if not isinstance(values, list) or len(values) < 2:
        return None
    if len(values) > 2:
        raise UserError(f"A walk goes between two values of a condition, got {len(values)}.")
    return values


def _walk(model, stops, seed, t, wanted):
    """Return the inputs of a walk through `stops` codes and back to the first, all on the conditions of the first."""
    inputs = model.sample_inputs(stops, seed, **wanted)
    codes = inputs["latents"][:, None]
    latents = PATHS[model.prior.latent](codes, np.roll(codes, -1, axis=0), t).reshape(stops * len(t), -1)
    return {name: np.repeat(values[:1], len(latents), axis=0) for name, values in inputs.items()} | {"latents": latents}


def _decode(model, inputs):
    """Return uint8 pictures of inputs, drawn in pieces that show how far it is."""
    pieces, count = [], len(inputs["latents"])
    with progress("Drawing", count) as advance:
        for start in range(0, count, CHUNK):
            piece = {name: values[start : start + CHUNK] for name, values in inputs.items()}
            pieces.append(to_uint8(model.decode(**piece)))
            advance(len(pieces[-1]))
    return np.concatenate(pieces)
