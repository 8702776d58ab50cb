"""Pictures that latents are looked for, checked before a long search begins."""

import keras
import numpy as np

from keras_facegan.errors import UserError

# Noise of standard deviation 1 stays within this; bytes do not.
NOISY_RANGE = 8.0


def check_targets(images, image_shape, limit=1.001):
    """Return pictures as a float32 array of the model's shape.

    Args:
        images: float (n, H, W, C), array or tensor, n >= 1, finite and within `limit` of 0.
        image_shape: (H, W, C) of the model.
        limit: Largest absolute value; `NOISY_RANGE` for pictures with noise.

    Returns:
        float32 array (n, H, W, C).

    Raises:
        UserError: Another shape, type or range.
    """
    images = keras.ops.convert_to_numpy(images)
    shape = tuple(image_shape)
    if images.ndim != 4 or images.shape[1:] != shape or not len(images):
        raise UserError(
            f"images must be (n, {', '.join(map(str, shape))}) with n >= 1, got {images.shape}; "
            "keras_facegan.data.images.prepare crops and resizes a picture."
        )
    if images.dtype.kind != "f":
        raise UserError(f"images must be floats in [-1, 1], got {images.dtype}; keras_facegan.data.images.to_float.")
    # NaN is not below the limit either.
    if not np.abs(images).max() <= limit:
        raise UserError(
            "images must be finite and in [-1, 1]; bytes are converted by keras_facegan.data.images.to_float."
        )
    return images.astype("float32")
