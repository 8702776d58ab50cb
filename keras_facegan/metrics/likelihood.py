"""Likelihoods of pictures in one unit, whatever the range of their values."""

import numpy as np


def bits_per_dim(nats, num_dims, level_width=1.0):
    """Return a negative log-likelihood in bits per value of a picture.

    Args:
        nats: Float or array, the negative log-likelihood of pictures; of densities over dequantised values it is an
            upper bound of that of the values themselves.
        num_dims: Number of values of a picture, H * W * C.
        level_width: Distance of neighbouring values as the density sees them: 1 for probabilities of the values
            themselves, 1 / 127.5 for densities over pictures in [-1, 1] with uniform noise of that width.

    Returns:
        As `nats`; 8 for the uniform distribution over 256 values.
    """
    return nats / (num_dims * np.log(2)) - np.log2(level_width)
