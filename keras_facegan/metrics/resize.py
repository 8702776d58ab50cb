"""The one way from a picture to what a measuring network sees: rounded to 8 bits, then enlarged without aliasing."""

import numpy as np
from PIL import Image

from keras_facegan.data.images import to_float, to_uint8
from keras_facegan.metrics.checks import checked_images
from keras_facegan.metrics.pictures import grey

# Raise it when a pixel comes out otherwise: features that were stored before are then taken anew.
VERSION = 1


def quantised(images):
    """Return pictures as uint8, which they are on disk and which real ones have been: features see nothing finer.

    Args:
        images: Array (n, H, W, 1 or 3), uint8, or floats in [-1, 1].

    Raises:
        UserError: Another shape or range.
    """
    shape, dtype = np.shape(images), getattr(images, "dtype", None)
    if dtype == np.uint8 and len(shape) == 4 and shape[-1] in (1, 3):
        return np.asarray(images)
    return to_uint8(checked_images(images))


def resized(images, image_shape):
    """Return pictures at the size and with the channels that a network works at.

    Rounded to 8 bits, then resized by Pillow's bicubic filter, which widens with the footprint of an output pixel so
    that nothing aliases, on each channel as floats; what overshoots is clipped, nothing is rounded again.

    Args:
        images: Array (n, H, W, 1 or 3), uint8, or floats in [-1, 1].
        image_shape: `(height, width, 1 or 3)`; grey pictures are repeated for 3, of colours the luma is taken for 1.

    Returns:
        float32 array (n, *image_shape) in [-1, 1].

    Raises:
        UserError: Another shape or range.

    Reference:
        Parmar, Zhang, Zhu 2022, On aliased resizing and surprising subtleties in GAN evaluation, arXiv 2104.11222.
    """
    height, width, channels = image_shape
    images = quantised(images)
    if images.shape[-1] == 3 and channels == 1:
        images = grey(images).astype("float32")[..., None]
    if images.shape[1:3] == (height, width):
        # All that is left to do is to change the range.
        result = to_float(images)
    else:
        result = np.empty((len(images), height, width, images.shape[-1]), "float32")
        for picture, target in zip(images, result, strict=True):
            for channel in range(picture.shape[-1]):
                plane = Image.fromarray(picture[..., channel].astype("float32"))
                target[..., channel] = plane.resize((width, height), Image.Resampling.BICUBIC)
        result = np.clip(result, 0, 255) / np.float32(127.5) - np.float32(1)
    return np.repeat(result, channels, axis=-1) if result.shape[-1] < channels else result
