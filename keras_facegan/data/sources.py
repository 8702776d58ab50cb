"""Files to examples: what a set is before anything is decoded, and which examples each split holds."""

import dataclasses
import hashlib
import os
import pathlib
from collections.abc import Callable

import numpy as np

from keras_facegan.data.files import file_stamp, file_state
from keras_facegan.errors import UserError, did_you_mean

# Shares of the hash range [0, 1) that fall to each split.
SPLITS = {"train": (0.0, 0.9), "validation": (0.9, 0.95), "test": (0.95, 1.0)}
# The splits that a model is not trained on, where its recipe does not say otherwise.
HELD_OUT = ("validation", "test")


@dataclasses.dataclass(frozen=True)
class Source:
    """The examples of one split of one set: names and labels in memory, pictures read when asked for.

    Args:
        name: Registered name of the set.
        keys: One string per example, its identity for cache, split and messages: the path relative to `root`
            ("s01/3.png"), or a made-up name ("mnist/train/17").
        columns: Labels by name, examples on the first axis: `label`, `gender`, `identity` int32, `age` float32
            years, `attributes` float32 (N, 40) in {0, 1}.
        read: `(index, size)` -> uint8 (H, W, C) of any size; `size` is the side that will be needed, so that a
            decoder or renderer can work at the right scale. Raises `DataError` for a picture that cannot be read.
        read_many: The same for many, `(indices, size)` -> uint8 (n, size, size, C), where that is faster.
        fingerprint: Stamp of the content beyond the keys (sizes and times of files, version of a renderer).
        class_names: What the values of `label` stand for, in order; empty without classes.
        root: Folder that the keys are relative to; empty where examples are no files.
    """

    name: str
    keys: tuple[str, ...]
    columns: dict[str, np.ndarray]
    read: Callable[[int, int], np.ndarray]
    read_many: Callable[[np.ndarray, int], np.ndarray] | None = None
    fingerprint: str = ""
    class_names: tuple[str, ...] = ()
    root: str = ""

    def __len__(self):
        return len(self.keys)

    def stamp(self):
        """Return a SHA-256 over keys and sizes of files: it is the same wherever and whenever they were copied to."""
        digest = hashlib.sha256()
        for key in self.keys:
            size = file_state(os.path.join(self.root, key))[0] if self.root else 0
            digest.update(f"{size} ".encode() + os.fsencode(key) + b"\0")
        return digest.hexdigest()

    def take(self, indices):
        """Return the source of the examples at `indices`, an integer or boolean array, in that order."""
        indices = np.arange(len(self))[np.asarray(indices)]
        read_many = self.read_many
        return dataclasses.replace(
            self,
            keys=tuple(self.keys[index] for index in indices),
            columns={name: values[indices] for name, values in self.columns.items()},
            read=lambda index, size: self.read(int(indices[index]), size),
            read_many=read_many and (lambda chosen, size: read_many(indices[chosen], size)),
        )


def picture_source(name, root, keys, columns=None, class_names=()):
    """Return a source of picture files.

    Args:
        name: Registered name of the set.
        root: Folder of the set.
        keys: Paths relative to `root`, with forward slashes.
        columns: Labels by name, see `Source`.
        class_names: See `Source`.
    """
    root = pathlib.Path(root)
    keys = tuple(keys)

    def read(index, size):
        from keras_facegan.data.images import decode

        return decode(root / keys[index], size=size)

    stamp = file_stamp(root, keys)
    return Source(name, keys, columns or {}, read, None, stamp, tuple(class_names), str(root.resolve()))


def parse_split(split):
    """Return the names of the splits in "train", "train+validation" or "all"."""
    names = tuple(SPLITS) if split == "all" else tuple(split.split("+"))
    for name in names:
        if name not in SPLITS:
            raise UserError(f"`{name}` is not a split.{did_you_mean(name, [*SPLITS, 'all'])}")
    return names


def held_out(learnt):
    """Return the splits that a model was not trained on, joined with "+", and True; where it saw all, them and False.

    Args:
        learnt: Splits that it was trained on, as for `parse_split`.
    """
    kept = [name for name in HELD_OUT if name not in parse_split(learnt)]
    return "+".join(kept or HELD_OUT), bool(kept)


def split_by_hash(keys, split):
    """Choose the examples of a split by a hash of their names: 90 % train, 5 % validation, 5 % test.

    An example stays on its side whatever other examples exist.

    Args:
        keys: One name per example; equal names (the pictures of one person) stay together.
        split: "train", "validation", "test", several joined with "+", or "all".

    Returns:
        int64 indices of the chosen examples.
    """
    ranges = [SPLITS[name] for name in parse_split(split)]

    def chosen(key):
        place = int.from_bytes(hashlib.sha256(os.fsencode(key)).digest()[:8], "big") / 2**64
        return any(low <= place < high for low, high in ranges)

    return np.flatnonzero([chosen(str(key)) for key in keys])
