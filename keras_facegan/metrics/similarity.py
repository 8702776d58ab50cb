"""Structural similarity of pairs of pictures, at one scale and at several."""

import numpy as np
from keras import ops

from keras_facegan.losses import structural_similarity as loss
from keras_facegan.metrics.checks import checked_image_pair

# Of the finest scale first: Wang, Simoncelli, Bovik 2003, section 3.2.
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)

_IMAGES = 64


def ssim(images, references):
    """Return the structural similarity of each pair of pictures, in float64 by the code that the losses use.

    Args:
        images: Array (n, H, W, 1 or 3) in [-1, 1], H and W at least 11.
        references: Array of the same shape.

    Returns:
        float64 array (n,), at most 1: the mean over channels and over the places where the window fits.

    Raises:
        UserError: Shapes differ, pictures too small, or another range.

    Reference:
        Wang et al. 2004, Image quality assessment: from error visibility to structural similarity.
    """
    return _in_pieces(lambda a, b: ops.convert_to_numpy(loss.ssim(a, b)), images, references)


def multiscale_ssim(images, references):
    """Return the multi-scale structural similarity of each pair of pictures.

    Of the five scales, each half the one before, those are taken that the window of 11 pixels fits into; their
    weights are brought to a sum of 1. Pictures of 64 pixels have three, of 176 all: compare values of one size alone.

    Args:
        images: Array (n, H, W, 1 or 3) in [-1, 1], H and W at least 11.
        references: Array of the same shape.

    Returns:
        float64 array (n,) in [0, 1]; 1 for equal pictures.

    Raises:
        UserError: Shapes differ, pictures too small, or another range.

    Reference:
        Wang, Simoncelli, Bovik 2003, Multiscale structural similarity for image quality assessment.
    """
    return _in_pieces(_multiscale, images, references)


def _multiscale(a, b):
    side = min(a.shape[1:3])
    weights = np.array([weight for scale, weight in enumerate(SCALES) if side >> scale >= loss.WINDOW])
    product = np.ones((len(a), a.shape[-1]))
    for scale, weight in enumerate(weights / weights.sum()):
        whole, structure = (ops.convert_to_numpy(each) for each in loss.ssim_terms(a, b))
        likeness = whole if scale == len(weights) - 1 else structure
        # A root of less than nothing: pictures that are each other's inverse are not alike at all.
        product *= np.maximum(likeness, 0.0) ** weight
        if scale < len(weights) - 1:
            a, b = _halved(a), _halved(b)
    return product.mean(axis=-1)


def _halved(images):
    count, height, width, channels = images.shape
    even = images[:, : height // 2 * 2, : width // 2 * 2]
    return even.reshape(count, height // 2, 2, width // 2, 2, channels).mean(axis=(2, 4))


def _in_pieces(fn, images, references):
    images, references = checked_image_pair(images, references, least_side=loss.WINDOW)
    pieces = [slice(start, start + _IMAGES) for start in range(0, len(images), _IMAGES)]
    return np.concatenate([fn(*(each[piece].astype("float64") for each in (images, references))) for piece in pieces])
