"""Peak signal-to-noise ratio of pairs of pictures."""

import numpy as np

from keras_facegan.metrics.checks import checked_image_pair


def psnr(images, references):
    """Return 10 log10(1 / MSE) of each pair of pictures, on values brought to [0, 1].

    Args:
        images: Array (n, H, W, 1 or 3) in [-1, 1].
        references: Array of the same shape.

    Returns:
        float64 array (n,) in decibels, infinite for equal pictures.

    Raises:
        UserError: Shapes differ, or another range.
    """
    images, references = checked_image_pair(images, references)
    errors = [np.square((a - b.astype("float64")) / 2).mean() for a, b in zip(images, references, strict=True)]
    with np.errstate(divide="ignore"):
        return -10 * np.log10(errors)
