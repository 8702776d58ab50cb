"""Training data as a stream: a look at its first element, its elements changed, and whether it ends."""

import itertools
import types

import keras
import tensorflow as tf


def is_stream(x) -> bool:
    """Say whether data come batch by batch, rather than as arrays."""
    return isinstance(x, tf.data.Dataset | keras.utils.PyDataset | types.GeneratorType)


def peek(x):
    """Look at the first element of a stream.

    Args:
        x: `tf.data.Dataset`, `keras.utils.PyDataset` or generator.

    Returns:
        The element, or None where there is none; and the stream with all its elements, in place of `x`. That of a
        generator is a `tf.data.Dataset`, for one pass.
    """
    if isinstance(x, tf.data.Dataset):
        return next(iter(x.take(1)), None), x
    if isinstance(x, keras.utils.PyDataset):
        return (x[0] if len(x) else None), x
    first = list(itertools.islice(x, 1))
    return (first[0], _of_generator(first[0], x)) if first else (None, x)


def map_elements(fn, x):
    """Return a stream whose elements are those of another one after a function.

    Args:
        fn: Function of an element, which is a tensor or array, or a dict or tuple of them.
        x: `tf.data.Dataset` or `keras.utils.PyDataset`, such as `peek` returns.
    """
    if isinstance(x, tf.data.Dataset):
        # tf.data hands over the parts of a tuple one by one.
        return x.map(lambda *parts: fn(parts if isinstance(x.element_spec, tuple) else parts[0]))
    return _Mapped(fn, x)


def is_endless(x) -> bool:
    """Say whether a stream is a `tf.data.Dataset` that has no end."""
    return isinstance(x, tf.data.Dataset) and int(x.cardinality()) == tf.data.INFINITE_CARDINALITY


def known_values(x):
    """Return the values of an array or tensor as a NumPy array, or None inside a graph, where there are none yet."""
    if isinstance(x, keras.KerasTensor) or tf.is_symbolic_tensor(x):
        return None
    return keras.ops.convert_to_numpy(x)


def _of_generator(first, rest):
    """Return a dataset of what a generator yields: of its own, Keras takes no dicts from one."""
    signature = keras.tree.map_structure(lambda x: tf.TensorSpec((None, *x.shape[1:]), x.dtype), first)
    return tf.data.Dataset.from_generator(lambda: itertools.chain([first], rest), output_signature=signature)


class _Mapped(keras.utils.PyDataset):
    def __init__(self, fn, dataset):
        super().__init__(dataset.workers, dataset.use_multiprocessing, dataset.max_queue_size)
        self.fn, self.dataset = fn, dataset

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        return self.fn(self.dataset[index])

    def on_epoch_begin(self):
        self.dataset.on_epoch_begin()

    def on_epoch_end(self):
        self.dataset.on_epoch_end()
