"""Fill in what is missing of pictures.

usage: facegan inpaint dcgan/cats_64 photo.png --hole 8 [--out filled.png]
       facegan inpaint dcgan/cats_64 photo.png --mask mask.png --composite

A mask is as large as the photo, white where it is known and black where it is missing. --hole hides a square at the
centre and prints how near the filling comes. A search that was stopped goes on by the same command.
"""

import numpy as np
from absl import flags

from keras_facegan.cli import _latents
from keras_facegan.cli._masks import read_mask, read_masked_photo
from keras_facegan.data.images import to_float
from keras_facegan.errors import UserError


def _flags():
    values = _latents.search_flags(__doc__, "l1")
    text = {"flag_values": values}
    usage = "Hide a centred square of so many pixels of the generator's."
    flags.DEFINE_integer("hole", None, usage, lower_bound=1, upper_bound=1024, **text)
    flags.DEFINE_string("mask", None, "Picture of what is known (white) and what is missing (black).", **text)
    flags.DEFINE_boolean("composite", False, "Keep what is known as it is, and take only the missing part.", **text)
    return values


def main(argv):
    """Check the flags, fill in the photos, save the results."""
    given = _flags()
    job = _latents.parse(given, argv, "inpainted")
    if (given.hole is None) == (given.mask is None):
        raise UserError("Say what is missing: --hole 8 for a square at the centre, or --mask mask.png.")
    mask = None if given.mask is None else read_mask(given.mask)
    model = job.load_model()
    from keras_facegan.latent.inpainting import inpaint, square_hole
    from keras_facegan.metrics.signal_to_noise import psnr

    if mask is None:
        photos = job.read_photos(model)
        known = np.repeat(square_hole(model.image_shape, given.hole)[None], len(photos), axis=0)
    else:
        pairs = [read_masked_photo(path, mask, model.image_shape) for path in job.paths]
        photos, known = (np.stack(each) for each in zip(*pairs, strict=True))
        photos = job.as_drawn(to_float(photos), model)
    found = inpaint(model, photos, known, composite=given.composite, **job.searching("Inpainting", model))
    # Zero is grey, the middle of the range.
    before = {"photo": photos} if mask is None else {}
    job.save_results(found, {**before, "what is known": photos * known[..., None]})
    texts = [""] * len(photos)
    if mask is None:
        shape = (len(photos), given.hole, given.hole, -1)
        filled, hidden = (each[:, ~known[0]].reshape(shape) for each in (found.images, photos))
        texts = [f"PSNR {ratio:.1f} dB in the hole" for ratio in psnr(filled, hidden)]
    _latents.report(job, found, texts)
    return 0
