"""Inpainting: the generator's picture that is nearest where the given one is known fills in what is missing."""

import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.latent.search import search_latents
from keras_facegan.latent.settings import split_options
from keras_facegan.latent.targets import check_targets


def inpaint(model, images, known, *, composite=False, title=None, state_file=None, **options):
    """Find the latents whose pictures are nearest to given ones where these are known.

    Minimised is the sum of M * (G(z) - I)^2 or M * |G(z) - I|, over the sum of the mask M.

    Args:
        model: Trained model that draws pictures from latent codes, such as every GAN of the zoo.
        images: float (n, H, W, C) in [-1, 1], of the model's `image_shape`; what is missing may have any value.
        known: Mask of 1 or True where a picture is known and 0 where it is missing, (H, W) for all pictures or
            (n, H, W) for one each.
        composite: Return M * I + (1 - M) * G(z), so that what is known stays as it is, instead of G(z).
        title: What a progress bar calls it; none is shown without it.
        state_file: Path of a file that lets the same call go on where a killed process stopped; remove it once the
            result is safe.
        **options: As for `invert`; the loss is "l1" unless said otherwise.

    Returns:
        `Found`.

    Raises:
        UserError: Pictures, masks or settings that do not fit, or a model without latents.
    """
    images = check_targets(images, model.image_shape)
    settings, conditions = split_options(model, len(images), {"loss": "l1", **options})
    known = check_known(known, images)
    # Hidden pixels are zeroed, so that they do not affect the job's hash.
    found = search_latents(model, images * known, known, settings, conditions, title=title, state_file=state_file)
    if composite:
        found = found._replace(images=known * images + (1.0 - known) * found.images)
    return found


def check_known(known, images):
    """Return masks as a float32 array (n, H, W, 1) of 0 and 1.

    Args:
        known: Array (H, W) or (n, H, W) of 0 and 1 or False and True.
        images: Array (n, H, W, C).

    Raises:
        UserError: Another shape, other values, or a mask that hides a whole picture.
    """
    known = np.asarray(known)
    n, height, width = images.shape[:3]
    if known.shape not in ((height, width), (n, height, width)):
        raise UserError(
            f"The mask must be ({height}, {width}) or ({n}, {height}, {width}) as the pictures are, got {known.shape}."
        )
    if not np.isin(known, (0, 1)).all():
        raise UserError("The mask must be 1 where a picture is known and 0 where it is missing, and nothing between.")
    known = np.broadcast_to(known, (n, height, width))[..., None].astype("float32")
    if not known.any(axis=(1, 2, 3)).all():
        raise UserError("The mask hides a whole picture; leave something to go by.")
    return known


def square_hole(image_shape, side, shift=(0, 0)):
    """Return the mask of a square hole, bool (H, W): False in the hole.

    Args:
        image_shape: (H, W, C) of the pictures.
        side: Pixels a side of the hole, at least 1 and less than the picture has.
        shift: How far (down, right) of the centre the hole is, in pixels.

    Raises:
        UserError: The hole is not in the picture, or is all of it.
    """
    height, width = image_shape[:2]
    if not 1 <= side < min(height, width):
        raise UserError(
            f"A hole in a picture of {width} x {height} pixels has a side of 1 to {min(height, width) - 1}, got {side}."
        )
    top, left = (height - side) // 2 + shift[0], (width - side) // 2 + shift[1]
    if not (0 <= top <= height - side and 0 <= left <= width - side):
        raise UserError(f"A hole of {side} pixels shifted by {tuple(shift)} leaves a picture of {width} x {height}.")
    known = np.ones((height, width), bool)
    known[top : top + side, left : left + side] = False
    return known
