"""Structural similarity of pictures, differentiable."""

import keras
import numpy as np
from keras import ops

WINDOW = 11
SIGMA = 1.5
C1 = 0.01**2
C2 = 0.03**2


def ssim(a, b):
    """Return the structural similarity of pairs of pictures.

    Local moments are taken with a Gaussian of 11 pixels and sigma 1.5 wherever it fits, biased, on values brought to
    [0, 1]. The separable filter is two matrix products, which cost a fraction of a depthwise convolution.

    Args:
        a: Tensor (B, H, W, C) in [-1, 1], H and W at least 11.
        b: Tensor of the same shape.

    Returns:
        Tensor (B,), at most 1: the mean over places and channels. float32, or float64 where `a` or `b` is.

    Reference:
        Wang et al. 2004, Image quality assessment: from error visibility to structural similarity, equation 13.
    """
    return ops.mean(ssim_terms(a, b)[0], axis=-1)


def ssim_terms(a, b):
    """Return the similarity, and its part without luminance, of each channel of pairs of pictures.

    Args:
        a: Tensor (B, H, W, C) in [-1, 1], H and W at least 11.
        b: Tensor of the same shape.

    Returns:
        Two tensors (B, C), each the mean over places: of the product of luminance, contrast and structure, and of that
        of contrast and structure alone.
    """
    dtype = keras.backend.result_type(*(keras.backend.standardize_dtype(each.dtype) for each in (a, b)), "float32")
    rows, columns = (ops.convert_to_tensor(_filter(side, dtype)) for side in a.shape[1:3])

    def local_mean(x):
        x = ops.tensordot(rows, x, axes=[[1], [1]])  # (H', B, W, C)
        x = ops.tensordot(columns, x, axes=[[1], [2]])  # (W', H', B, C)
        return ops.transpose(x, (2, 1, 0, 3))

    a, b = (0.5 * ops.cast(each, dtype) + 0.5 for each in (a, b))
    mean_a, mean_b = local_mean(a), local_mean(b)
    # Rounded to TF32, as GPUs may multiply, the variance of flat places falls further below zero than C2 lifts it.
    variance_a = ops.relu(local_mean(a * a) - mean_a * mean_a)
    variance_b = ops.relu(local_mean(b * b) - mean_b * mean_b)
    covariance = local_mean(a * b) - mean_a * mean_b
    luminance = (2.0 * mean_a * mean_b + C1) / (mean_a * mean_a + mean_b * mean_b + C1)
    structure = (2.0 * covariance + C2) / (variance_a + variance_b + C2)
    return ops.mean(luminance * structure, axis=(1, 2)), ops.mean(structure, axis=(1, 2))


def _filter(side, dtype):
    """Return (side - 10, side): row i weighs the pixels i to i + 10."""
    window = np.exp(-0.5 * ((np.arange(WINDOW) - WINDOW // 2) / SIGMA) ** 2)
    weights = np.zeros((side - WINDOW + 1, side), dtype)
    for row in range(len(weights)):
        weights[row, row : row + WINDOW] = window / window.sum()
    return weights
