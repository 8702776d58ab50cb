"""Pictures that latents are looked for, checked before a long search begins."""

import keras

from keras_facegan.errors import UserError
from keras_facegan.networks.pictures import LARGEST, check_floats

# Noise of standard deviation 1 stays within this; bytes do not.
NOISY_RANGE = 8.0


def check_targets(images, image_shape, limit=LARGEST):
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
    check_floats(images, limit)
    return images.astype("float32")
