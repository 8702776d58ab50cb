"""Distance of pictures by their Laplacian pyramids: edges count at all scales."""

import numpy as np
from keras import ops

LEVELS = 3
# A Gaussian of 5 x 5 pixels.
SIGMA = 2.0
RADIUS = 2


def laplacian_pyramid(images, levels=LEVELS):
    """Return what a blur takes away from pictures, scale by scale, and what is left.

    Args:
        images: float32 tensor (B, H, W, C), H and W at least 3 * 2^(levels - 1) and divisible by 2^levels.
        levels: Number of scales.

    Returns:
        List of `levels` + 1 tensors (B, H / 2^j, W / 2^j, C), the last one blurred.
    """
    pyramid = []
    for _ in range(levels):
        blurred = blur(images)
        pyramid.append(images - blurred)
        images = ops.average_pool(blurred, 2, 2)
    return [*pyramid, images]


def laplacian_distance(a, b, levels=LEVELS):
    """Return the distance of pairs of pictures: the sum over the scales of the mean absolute difference.

    Means rather than sums, so that each coarser scale, a quarter as large, counts as much as the one before it.

    Args:
        a: float32 tensor (B, H, W, C) in [-1, 1].
        b: Tensor of the same shape.
        levels: Number of scales, see `laplacian_pyramid`.

    Returns:
        float32 tensor (B,).

    Reference:
        Bojanowski et al. 2017, arXiv 1707.05776, section 3.2, in the form of the public code.
    """
    # The pyramid is linear: that of the difference is the difference of both.
    return sum(ops.mean(ops.abs(scale), axis=(1, 2, 3)) for scale in laplacian_pyramid(a - b, levels))


def blur(images):
    """Return pictures under a Gaussian of 5 x 5 pixels and sigma 2, the border repeated.

    Args:
        images: Tensor (B, H, W, C).
    """
    weights = np.exp(-0.5 * (np.arange(-RADIUS, RADIUS + 1) / SIGMA) ** 2)
    weights = weights / weights.sum()
    for axis in (1, 2):
        side = images.shape[axis]
        places = np.clip(np.arange(-RADIUS, side + RADIUS), 0, side - 1)
        padded = ops.take(images, places, axis=axis)
        shifted = (_slice(padded, axis, start, side) for start in range(2 * RADIUS + 1))
        images = sum(float(weight) * part for weight, part in zip(weights, shifted, strict=True))
    return images


def _slice(x, axis, start, size):
    return x[:, start : start + size] if axis == 1 else x[:, :, start : start + size]
