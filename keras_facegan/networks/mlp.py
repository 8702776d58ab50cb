"""How the multilayer perceptrons of the first GANs begin: narrow uniform weights, and pictures like the mean one."""

import keras
import numpy as np


def uniform_kernel(limit: float) -> keras.initializers.Initializer:
    """Return initial values U(-limit, limit), one initializer per layer: a shared one would repeat its values."""
    return keras.initializers.RandomUniform(-limit, limit)


def start_at_mean_picture(bias: keras.Variable, images: np.ndarray):
    """Set the bias before a sigmoid to the logit of every pixel's mean.

    Args:
        bias: Variable (H * W * C,).
        images: uint8 (n, H, W, C).
    """
    mean = np.clip(images.mean(axis=0, dtype=np.float64) / 255.0, 1e-3, 1.0 - 1e-3)
    bias.assign(np.log(mean / (1.0 - mean)).reshape(-1))
