"""A look at the first element of training data, without using it up."""

import keras
import tensorflow as tf

# Rows of arrays that are looked at.
ROWS = 64


def first_element(x):
    """Return the first batch of what `fit` is given, as arrays or tensors in their structure.

    Args:
        x: `tf.data.Dataset`, `keras.utils.PyDataset`, array, or dict or tuple of arrays.

    Returns:
        The first batch, a few rows of arrays, or None for what can only be read once, such as a generator.
    """
    if isinstance(x, tf.data.Dataset):
        return next(iter(x.take(1)), None)
    if isinstance(x, keras.utils.PyDataset):
        return x[0] if len(x) else None
    if isinstance(x, dict):
        return {name: values[:ROWS] for name, values in x.items() if hasattr(values, "shape")}
    return x[:ROWS] if hasattr(x, "shape") or isinstance(x, tuple | list) else None
