"""What Keras users hand over, named as the models read it and checked before a step is traced.

Models read dicts such as `{"image": images, "label": labels}`. Keras users have arrays, pairs and datasets of them, and
pictures from 0 to 255.
"""

import warnings

import keras
import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.seam.peek import is_endless, is_stream, known_values, map_elements, peek

# Rounding, and pictures that an augmentation has resized, may go a little beyond.
LARGEST = 1.01
# That of Keras.
BATCH_SIZE = 32
# Columns that hold one whole number per picture.
_NUMBERS = ("label", "identity", "index")


def training_data(model, x, y=None, batch_size=None, cut=1):
    """Return data for `fit` or `evaluate` as dicts, after a look at the first batch.

    Args:
        model: `ZooModel`.
        x: Pictures, `(pictures, labels)`, a dict of arrays, or a stream of batches of any of these.
        y: Labels of pictures that are arrays.
        batch_size: Pictures per batch of arrays; None for that of Keras.
        cut: Batches that a step cuts what it gets into.

    Returns:
        The data, a dict of arrays or a stream of dicts; and the first batch. A container that only its strategy can
        read comes back as it is, without a first batch.

    Raises:
        UserError: Names, shapes, kinds or ranges that the model does not read; says what to do.
    """
    if is_stream(x):
        if y is not None:
            raise UserError("Labels come with the pictures of a dataset: give one of (image, label), and no y.")
        first, x = peek(x)
        if first is None:
            raise UserError("The data hold no batch. Do they hold fewer pictures than drop_remainder needs?")
        batch = named(model, first)
        check_training_data(model, batch)
        _check_cut(model, len(batch["image"]), cut)
        is_complete = isinstance(first, dict) and first.keys() == batch.keys()
        return (x if is_complete else map_elements(lambda element: named(model, element), x)), batch
    if x is not None and not isinstance(x, dict | tuple | list) and not hasattr(x, "shape"):
        return x, None
    data = named(model, x if y is None else (x, y))
    size = batch_size or BATCH_SIZE
    first = {name: values[:size] for name, values in data.items()}
    check_training_data(model, first)
    rows = {name: len(values) for name, values in data.items()}
    if len(set(rows.values())) > 1:
        raise UserError(f"The data differ in length: {', '.join(f'{name} {count}' for name, count in rows.items())}.")
    _check_cut(model, size, cut)
    # The last batch is cut as well.
    whole = rows["image"] - rows["image"] % cut
    return {name: values[:whole] for name, values in data.items()}, first


def epoch_steps(x, steps: int | None, argument: str) -> int | None:
    """Return the steps of an epoch, or None where the data end by themselves.

    Args:
        x: What `fit` or `evaluate` is given.
        steps: Steps that its user asked for, if any.
        argument: Name of the argument that says so.

    Raises:
        UserError: The data have no end, and are not of `load_dataset`, which knows how many pictures there are.
    """
    if steps is not None or not is_endless(x):
        return steps
    if not hasattr(x, "steps_per_epoch"):
        raise UserError(f"This dataset has no end: give {argument}.")
    return x.steps_per_epoch


def named(model, element) -> dict:
    """Return pictures, or a pair of pictures and labels, under the names that a model reads.

    Args:
        model: `ZooModel`; its first name besides "image" is that of the labels.
        element: Array or tensor of pictures, a tuple of them and labels, or a dict. Where nothing says which labels are
            known, those below 0 are not.

    Raises:
        UserError: Something else.
    """
    if isinstance(element, dict):
        data = {name: _array(values) for name, values in element.items()}
        if "labelled" in model.reads and "label" in data:
            data.setdefault("labelled", data["label"] >= 0)
        return data
    images, *rest = element if isinstance(element, tuple | list) else (element,)
    labels, *weights = [*rest, None]
    if not isinstance(images, dict) and not hasattr(images, "shape"):
        raise UserError(f"{model.name} reads pictures as one array, got {type(images).__name__}. {_wanted(model)}")
    if any(weight is not None for weight in weights):
        raise UserError(f"{model.name} takes no sample weights: give (image, label). {_wanted(model)}")
    data = images if isinstance(images, dict) else {"image": images}
    if isinstance(labels, dict):
        return named(model, {**data, **labels})
    column = next((name for name in model.reads if name != "image"), None)
    if labels is None or column is None:
        return named(model, data)
    labels = _array(labels)
    return named(model, {**data, column: labels[:, 0] if len(labels.shape) == 2 and labels.shape[1] == 1 else labels})


def check_training_data(model, element):
    """Raise `UserError` where a batch is not what a model is trained on.

    Args:
        model: `ZooModel`.
        element: The first batch, a dict.

    Raises:
        UserError: A missing name, pictures or labels of another shape, kind or range; says what to do.
    """
    for name in model.reads:
        if name not in element:
            got = ", ".join(f'"{key}"' for key in element) or "nothing"
            raise UserError(f'{model.name} needs "{name}" in the data, got {got}. {_wanted(model)}')
    _check_shape(model, element["image"])
    _check_range(element["image"])
    for name in {*model.reads} & {*_NUMBERS}:
        values = element[name]
        kind = keras.backend.standardize_dtype(values.dtype)
        if len(values.shape) != 1 or not kind.startswith(("int", "uint")):
            raise UserError(
                f'"{name}" must hold one whole number per picture, got {kind} of shape {tuple(values.shape)}. Of '
                "one-hot labels numpy.argmax(labels, axis=1) gives the numbers."
            )
    lowest = keras.ops.convert_to_numpy(element["image"]).min(initial=1.0)
    if lowest >= 0.0 and len(element["image"]):
        warnings.warn(
            f"{model.name} reads images in [-1, 1], and these hold nothing below {lowest:.3g}: if they are in [0, 1], "
            "give 2 * images - 1.",
            stacklevel=4,
        )
    model.check_data(element)


def check_call_pictures(model, images):
    """Raise `UserError` where bare pictures are not what a model can be called on; inside a graph the range is unknown.

    Args:
        model: `ZooModel`.
        images: Array or tensor.
    """
    _check_shape(model, images)
    values = known_values(images)
    if values is not None:
        _check_range(values)


def _check_shape(model, images):
    expected, shape = _image_input(model), tuple(images.shape)
    fits = len(shape) == 4 and all(
        None in (want, size) or want == size for want, size in zip(expected, shape[1:], strict=True)
    )
    if fits:
        return
    way_out = "Resize them: keras.ops.image.resize."
    if len(shape) == 3 and expected[-1] == 1:
        way_out = "Give images[..., None]: grey pictures have one channel."
    raise UserError(f"{model.name} reads images of shape (batch, {_sizes(expected)}), got {shape}. {way_out}")


def _check_range(images):
    kind = keras.backend.standardize_dtype(images.dtype)
    way_out = (
        "`to_float` of keras_facegan.data scales 0 to 255, also inside a dataset: "
        "data.map(lambda image, label: (to_float(image), label))."
    )
    if "float" not in kind:
        raise UserError(f"images must be floats in [-1, 1], got {kind}. {way_out}")
    values = keras.ops.convert_to_numpy(images)
    if values.size and not np.abs(values).max() <= LARGEST:
        raise UserError(
            f"images must be finite and in [-1, 1], got values from {values.min():g} to {values.max():g}. {way_out}"
        )


def _check_cut(model, size, cut):
    if size % cut:
        raise UserError(f"A step of {model.name} takes {cut} batches at once: give a multiple of {cut}, got {size}.")


def _image_input(model):
    """Return the shape (H, W, C) that the networks read, None where any size does."""
    for name in model.networks:
        inputs = getattr(model, name).input
        if isinstance(inputs, dict) and "image" in inputs:
            return tuple(inputs["image"].shape[1:])
    return model.image_shape


def _array(values):
    """Return what is no array as one, and doubles as single floats."""
    values = values if hasattr(values, "shape") else np.asarray(values)
    return values.astype("float32") if isinstance(values, np.ndarray) and values.dtype == "float64" else values


def _wanted(model):
    names = ", ".join(f'"{name}": ...' for name in model.reads)
    return f"Give {{{names}}} with images in [-1, 1], or what keras_facegan.load_dataset returns."


def _sizes(shape):
    return ", ".join("any" if size is None else str(size) for size in shape)
