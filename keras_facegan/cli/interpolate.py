"""Walk from picture to picture through the latents of a generator.

usage: facegan interpolate dcgan/cats_64 a.png b.png [--out row.png]
       facegan interpolate dcgan/cats_64 a.png b.png c.png --frames 12
       facegan interpolate dcgan/cats_64 a.png b.png --out walk.gif

All pictures are inverted first. A row begins and ends with the pictures as they were given; an animation shows only
what the generator draws, there and back. A search that was stopped goes on by the same command.
"""

import numpy as np
from absl import flags

from keras_facegan.cli import _latents
from keras_facegan.cli._animations import save_animation
from keras_facegan.data.files import printable
from keras_facegan.data.images import image_grid, save_image, to_uint8
from keras_facegan.latent.interpolation import PATHS


def _flags():
    values = _latents.search_flags(__doc__, "l2")
    usage = "Pictures from one to the next, both with them."
    flags.DEFINE_integer("frames", 8, usage, lower_bound=2, upper_bound=100, flag_values=values)
    return values


def main(argv):
    """Check the flags, invert the pictures, walk between their codes, save."""
    given = _flags()
    job = _latents.parse(given, argv, "walk", suffixes=(".png", ".gif"), least=2)
    model = job.load_model(given.frames + 2)
    from keras_facegan.latent.inversion import invert

    photos = job.read_photos(model)
    found = invert(model, photos, **job.searching("Inverting", model))
    codes, t = found.latents[:, None], np.linspace(0.0, 1.0, given.frames)
    walk = PATHS[model.prior.latent](codes[:-1], codes[1:], t)
    # On the condition of the nearer picture.
    nearer = (np.arange(len(photos) - 1)[:, None] + (t >= 0.5)).reshape(-1)
    conditions = model.condition_inputs(len(photos), **job.conditions(model))
    conditions = {name: values[nearer] for name, values in conditions.items()}
    drawn = model.decode(walk.reshape(-1, walk.shape[-1]), **conditions).reshape(*walk.shape[:2], *photos.shape[1:])
    if job.out.suffix.lower() == ".gif":
        # The end of a leg is the beginning of the next.
        there = np.concatenate([*drawn[:, :-1], drawn[-1:, -1]])
        pictures = to_uint8(np.concatenate([there, there[-2:0:-1]]))
        job.save(job.out, lambda path: save_animation(path, pictures))
    else:
        rows = np.concatenate([photos[:-1, None], drawn, photos[1:, None]], axis=1)
        grid = image_grid(to_uint8(rows.reshape(-1, *photos.shape[1:])), rows.shape[1])
        job.save(job.out, lambda path: save_image(path, grid))
    job.save_curves(found)
    job.finish()
    for path, text in zip(job.paths, _latents.likeness(found.images, photos), strict=True):
        print(f"{printable(path)}: {text}")
    print(f"{printable(job.out)}: a walk of {len(drawn)} {'leg' if len(drawn) == 1 else 'legs'}.")
    return 0
