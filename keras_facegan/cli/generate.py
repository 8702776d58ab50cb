"""Draw new pictures with a trained model: a grid, or a walk between latent codes.

usage: facegan generate dcgan/cats_64 [--num 64] [--out grid.png]
       facegan generate dcgan/cats_64 --interpolate [--out rows.png]
       facegan generate --run runs/dcgan-default --gif [--out walk.gif]
"""

import math
import pathlib

import numpy as np
from absl import flags

from keras_facegan.abilities import Decodes, Generates, require
from keras_facegan.cli import _sources
from keras_facegan.cli._animations import save_animation
from keras_facegan.cli._flags import Flags
from keras_facegan.data.images import MAX_PIXELS, image_grid, save_image, to_uint8
from keras_facegan.data.progress import progress
from keras_facegan.errors import UserError
from keras_facegan.latent.interpolation import PATHS

PICTURES, STOPS, FRAMES = 64, 8, 16
CHUNK = 64


def _flags():
    values = Flags(__doc__)
    values.set_gnu_getopt()
    text = {"flag_values": values}
    _sources.define_flags(values)
    flags.DEFINE_integer(
        "num", None, f"Pictures of a grid ({PICTURES}), or codes that a walk visits ({STOPS}).", **text
    )
    flags.DEFINE_string("out", None, "A .png, or a .gif for --gif; named after the model unless given.", **text)
    flags.DEFINE_integer("seed", 0, "Fixes the latent codes.", **text)
    flags.DEFINE_integer("columns", None, "Pictures a row of a grid; the nearest square unless given.", **text)
    flags.DEFINE_integer("scale", 1, "Enlarge every pixel to a square of so many.", **text)
    flags.DEFINE_boolean("interpolate", False, "Walk from code to code and back to the first, one row a leg.", **text)
    flags.DEFINE_boolean("gif", False, "Show the walk as an animation that starts again for ever.", **text)
    flags.DEFINE_integer("frames", None, f"Pictures from one code to the next ({FRAMES}).", **text)
    return values


def main(argv):
    """Check the flags, load the model, draw, save."""
    given = _flags()
    source = _sources.model_source(given.parse(argv), given.run)
    out = pathlib.Path(given.out or f"{_sources.source_name(source)}{'.gif' if given.gif else '.png'}")
    animated = given.gif or out.suffix.lower() == ".gif"
    walk = given.interpolate or animated
    _check(given, out, walk)
    num = given.num or (STOPS if walk else PICTURES)
    frames = given.frames or FRAMES
    from keras_facegan.seam import backend

    backend.start()
    model = _sources.load_model(source, given.step)
    require(model, Generates, *((Decodes,) if walk else ()))
    if num * (frames if walk else 1) * given.scale**2 * math.prod(model.image_shape[:2]) > MAX_PIXELS:
        raise UserError(f"So many pictures have more than {MAX_PIXELS / 1e6:g} million pixels; ask for fewer.")
    if walk:
        # An animation must not stop at the end of a leg, a row shows both of its ends.
        t = np.linspace(0.0, 1.0, frames, endpoint=not animated)
        pictures = _decode(model, _legs(model, num, given.seed, t))
    elif isinstance(model, Decodes):
        pictures = _decode(model, model.sample_latents(num, given.seed))
    else:
        pictures = to_uint8(model.generate(num, seed=given.seed))
    pictures = pictures.repeat(given.scale, axis=1).repeat(given.scale, axis=2)
    try:
        if animated:
            save_animation(out, pictures)
        else:
            save_image(out, image_grid(pictures, frames if walk else given.columns))
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror or error}.") from None
    print(f"{out}: {len(pictures)} pictures of {model.name}, seed {given.seed}.")
    return 0


def _check(given, out, walk):
    if out.suffix.lower() not in (".png", ".gif"):
        raise UserError(f"--out must end in .png or .gif, got `{out}`.")
    if given.gif and out.suffix.lower() != ".gif":
        raise UserError(f"--gif writes a .gif, got --out {out}.")
    if not out.parent.is_dir():
        raise UserError(f"There is no folder {out.parent} for {out.name}.")
    least = {"num": 2 if walk else 1, "columns": 1, "scale": 1, "frames": 2, "seed": 0}
    for flag, smallest in least.items():
        value = getattr(given, flag)
        if value is not None and value < smallest:
            raise UserError(f"--{flag} must be at least {smallest}, got {value}.")
    if walk and given.columns is not None:
        raise UserError("--columns is for a grid; the rows of a walk have --frames pictures.")
    if not walk and given.frames is not None:
        raise UserError("--frames is for a walk; add --interpolate or --gif.")


def _legs(model, stops, seed, t):
    """Return latents (stops * len(t), latent_dim) of a walk through `stops` codes and back to the first."""
    codes = model.sample_latents(stops, seed)[:, None]
    path = PATHS[model.prior.latent]
    return path(codes, np.roll(codes, -1, axis=0), t).reshape(stops * len(t), -1)


def _decode(model, latents):
    """Return uint8 pictures of latents, drawn in pieces that show how far it is."""
    pieces = []
    with progress("Drawing", len(latents)) as advance:
        for start in range(0, len(latents), CHUNK):
            pieces.append(to_uint8(model.decode(latents[start : start + CHUNK])))
            advance(len(pieces[-1]))
    return np.concatenate(pieces)
