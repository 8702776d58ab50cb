"""How sharp pictures are, without a reference: energy of the finest details, and variance of the Laplacian."""

import numpy as np

from keras_facegan.metrics.checks import checked_images

# Rec. 601, as everywhere pictures are turned grey.
LUMA = (0.299, 0.587, 0.114)
NEAR_NYQUIST = 0.75

_IMAGES = 256


def high_frequency_energy(images):
    """Return the mean square of what is left of pictures when all but their finest details are taken away.

    Finest are the spatial frequencies whose radius is at least three quarters of Nyquist's, 0.375 cycles a pixel,
    corners included. A checkerboard of -a and a has a^2, white noise of variance v about 0.56 v, a smooth picture
    next to nothing; generators that upsample badly have more than their training data, blurred pictures less.
    Each channel is weighed by a Hann window of mean square 1, so that the step between opposite borders counts for
    nothing.

    Args:
        images: Array (n, H, W, 1 or 3) in [-1, 1], H and W at least 8.

    Returns:
        Float in squared units of [-1, 1], the mean over pictures and channels.

    Raises:
        UserError: Another shape or range.
    """
    images = checked_images(images, least_side=8)
    height, width = images.shape[1:3]
    window = np.outer(_hann(height), _hann(width))[..., None]
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    finest = radius >= NEAR_NYQUIST * 0.5
    energy = []
    for start in range(0, len(images), _IMAGES):
        spectrum = np.fft.fft2(images[start : start + _IMAGES].astype("float64") * window, axes=(1, 2), norm="forward")
        energy.append(np.square(np.abs(spectrum[:, finest])).sum(axis=1).mean(axis=-1))
    return float(np.concatenate(energy).mean())


def sharpness(images):
    """Return the variance of the Laplacian (0 1 0, 1 -4 1, 0 1 0) of the luma within a picture, the mean over pictures.

    Args:
        images: Array (n, H, W, 1 or 3) in [-1, 1], H and W at least 3.

    Returns:
        Float in squared units of [-1, 1]; on values of 0 to 255 it would be 127.5^2 times as much.

    Raises:
        UserError: Another shape or range.
    """
    images = checked_images(images, least_side=3)
    variances = []
    for start in range(0, len(images), _IMAGES):
        luma = grey(images[start : start + _IMAGES])
        laplacian = luma[:, :-2, 1:-1] + luma[:, 2:, 1:-1] + luma[:, 1:-1, :-2] + luma[:, 1:-1, 2:]
        laplacian -= 4 * luma[:, 1:-1, 1:-1]
        variances.append(laplacian.var(axis=(1, 2)))
    return float(np.concatenate(variances).mean())


def grey(images):
    """Return the luma of pictures (n, H, W, 1 or 3) as float64 (n, H, W)."""
    images = np.asarray(images, "float64")
    return images[..., 0] if images.shape[-1] == 1 else images @ np.asarray(LUMA)


def _hann(side):
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(side) / side)
    return window / np.sqrt(np.mean(window**2))
