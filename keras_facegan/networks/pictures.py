"""Pictures as a user hands them over, checked and brought to what a frozen network reads."""

import keras
import numpy as np

from keras_facegan.errors import UserError

# Rounding may go a little beyond 1.
LARGEST = 1.001


def cut_off(images):
    """Return symbolic images with their values in [-1, 1], for the gradient as they were.

    It must not notice: pixels beyond black or white could not come back.
    """
    return images + keras.ops.stop_gradient(keras.ops.clip(images, -1.0, 1.0) - images)


def check_floats(images, largest=LARGEST):
    """Raise `UserError` where an array of pictures does not hold finite floats in [-1, 1].

    Args:
        images: Array of any shape.
        largest: Largest absolute value that is let pass.
    """
    if images.dtype.kind != "f":
        raise UserError(f"images must be floats in [-1, 1], got {images.dtype}; keras_facegan.data.images.to_float.")
    # NaN is not below the limit either.
    if images.size and not np.abs(images).max() <= largest:
        raise UserError(
            "images must be finite and in [-1, 1]; bytes are converted by keras_facegan.data.images.to_float."
        )


def check_pictures(images, image_shape, exact=False):
    """Return pictures as a float32 array with the channels that a network reads.

    Args:
        images: float (n, side, side, 1 or 3) in [-1, 1], array or tensor; square, of any size that is not far below
            the network's.
        image_shape: (side, side, channels) of the network; grey pictures are repeated to three channels.
        exact: Whether the network reads this size and shape alone.

    Returns:
        float32 array (n, side, side, channels).

    Raises:
        UserError: Another rank, type or range, another shape where it must be exact, not square, smaller than a
            quarter of the network's side, or colour where the network reads grey.
    """
    images = keras.ops.convert_to_numpy(images)
    if exact and images.shape[1:] != tuple(image_shape):
        raise UserError(
            f"images must be (n, {', '.join(map(str, image_shape))}), got {images.shape}; resize them first."
        )
    if not exact and (images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] not in (1, 3)):
        raise UserError(f"images must be (n, side, side, 1 or 3), got {images.shape}; crop them to squares first.")
    check_floats(images)
    side, channels = image_shape[0], image_shape[-1]
    if images.shape[1] < side / 4:
        raise UserError(f"images of {images.shape[1]} px are too small for a network of {side} px.")
    images = images.astype("float32", copy=False)
    if images.shape[3] == channels:
        return images
    if channels == 1:
        raise UserError("images are in colour and the network reads grey ones; convert them first.")
    return np.repeat(images, 3, axis=-1)
