"""What `fit` is given, checked before a step is traced: Keras users hand over arrays, tuples and 0 to 255."""

import numpy as np
from keras import ops

from keras_facegan.errors import UserError

# Rounding, and pictures that an augmentation has resized, may go a little beyond.
LARGEST = 1.01


def check_training_data(model, element):
    """Raise `UserError` where a batch is not what a model is trained on.

    Args:
        model: `ZooModel`.
        element: The first batch; None is not looked at.

    Raises:
        UserError: No dict, a missing name, pictures of another shape, kind or range; says what to do.
    """
    if element is None:
        return
    wanted = ", ".join(f'"{name}"' for name in model.reads)
    if not isinstance(element, dict):
        what = type(element).__name__ if isinstance(element, tuple | list) else f"an array of shape {element.shape}"
        raise UserError(
            f'{model.name} is trained on dicts with {wanted}, got {what}. Give {{"image": images}} with images in '
            "[-1, 1], or what keras_facegan.load_dataset returns."
        )
    missing = [name for name in model.reads if name not in element]
    if missing:
        raise UserError(
            f"{model.name} is trained on dicts with {wanted}; `{missing[0]}` is missing in the data, which has "
            f"{', '.join(element) or 'nothing'}."
        )
    _check_images(model, element["image"])


def _check_images(model, images):
    expected = _image_input(model)
    shape = tuple(images.shape)
    fits = len(shape) == 4 and all(want in (None, size) for want, size in zip(expected, shape[1:], strict=True))
    if not fits:
        raise UserError(f"{model.name} reads images of shape (batch, {_sizes(expected)}), got {shape}. Resize them.")
    values = ops.convert_to_numpy(images)
    if values.dtype.kind != "f":
        raise UserError(
            f"images must be floats in [-1, 1], got {values.dtype}; keras_facegan.data.images.to_float converts bytes."
        )
    if values.size and not np.abs(values).max() <= LARGEST:
        raise UserError(
            f"images must be finite and in [-1, 1], got values from {values.min():g} to {values.max():g}. Divide 0 to "
            "255 by 127.5 and subtract 1."
        )


def _image_input(model):
    """Return the shape (H, W, C) that the networks read, None where any size does."""
    for name in model.networks:
        inputs = getattr(model, name).input
        if isinstance(inputs, dict) and "image" in inputs:
            return tuple(inputs["image"].shape[1:])
    return model.image_shape


def _sizes(shape):
    return ", ".join("any" if size is None else str(size) for size in shape)
