"""Files to examples: what a set is before anything is decoded, how its files are found and how they are split."""

import dataclasses
import hashlib
import os
import pathlib
from collections.abc import Callable

import numpy as np

from keras_facegan.errors import DataError, UserError, did_you_mean

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".pgm", ".ppm")

# Shares of the hash range [0, 1) that fall to each split.
SPLITS = {"train": (0.0, 0.9), "validation": (0.9, 0.95), "test": (0.95, 1.0)}


@dataclasses.dataclass(frozen=True)
class Source:
    """The examples of one split of one set: names and labels in memory, pictures read when asked for.

    Args:
        name: Registered name of the set.
        keys: One string an example, its identity for cache, split and messages: the path relative to `root`
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


def file_stamp(root, keys):
    """Return a SHA-256 over the place, sizes and times of the files `keys` of `root`: it changes when they do."""
    digest = hashlib.sha256(os.fsencode(pathlib.Path(root).resolve()))
    for key in keys:
        status = os.stat(os.path.join(root, key))
        digest.update(f"{status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def list_pictures(folder):
    """Return the sorted relative paths (forward slashes) of all picture files in a folder tree.

    Hidden files and folders are left out; links to folders are followed, each folder once.
    """
    folder = pathlib.Path(folder)
    found, seen = [], set()
    for place, folders, files in os.walk(folder, followlinks=True):
        if os.path.realpath(place) in seen:
            folders.clear()
            continue
        seen.add(os.path.realpath(place))
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if name.lower().endswith(PICTURE_SUFFIXES) and not name.startswith("."):
                found.append(pathlib.Path(place, name).relative_to(folder).as_posix())
    return sorted(found)


def find_folder(name, data_dir, folders, holds, what):
    """Find the folder of a set, given the set itself or the folder of sets.

    Args:
        name: Registered name of the set, for messages.
        data_dir: What the user gave as `--data_dir`, or None.
        folders: Names that the set's folder goes by, below `data_dir`.
        holds: Tells of a `pathlib.Path` whether it is the set.
        what: What `holds` looks for, for messages ("jpg pictures").

    Returns:
        The first of `data_dir/<folder>` and `data_dir` that holds the set.

    Raises:
        UserError: Without `data_dir`.
        DataError: Where no place holds the set; the message names the places.
    """
    if data_dir is None:
        raise UserError(f"`{name}` is read from disk: say with --data_dir which folder holds {what}.")
    places = [pathlib.Path(data_dir, folder) for folder in folders] + [pathlib.Path(data_dir)]
    for place in places:
        if place.is_dir() and holds(place):
            return place
    looked = " or ".join(str(place) for place in places)
    raise DataError(f"`{name}` expects {what} in {looked}, and found none. Say with --data_dir where it is.")


def parse_split(split):
    """Return the names of the splits in "train", "train+validation" or "all"."""
    names = tuple(SPLITS) if split == "all" else tuple(split.split("+"))
    for name in names:
        if name not in SPLITS:
            raise UserError(f"`{name}` is not a split.{did_you_mean(name, [*SPLITS, 'all'])}")
    return names


def split_by_hash(keys, split):
    """Choose the examples of a split by a hash of their names: 90 % train, 5 % validation, 5 % test.

    An example stays on its side whatever other examples exist.

    Args:
        keys: One name an example; equal names (the pictures of one person) stay together.
        split: "train", "validation", "test", several joined with "+", or "all".

    Returns:
        int64 indices of the chosen examples.
    """
    ranges = [SPLITS[name] for name in parse_split(split)]

    def chosen(key):
        place = int.from_bytes(hashlib.sha256(os.fsencode(key)).digest()[:8], "big") / 2**64
        return any(low <= place < high for low, high in ranges)

    return np.flatnonzero([chosen(str(key)) for key in keys])


def printable(name):
    """Return a file name fit for any terminal: bytes that are no UTF-8 come out as \\xNN."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
