"""MNIST in its original idx files: 60,000 + 10,000 handwritten digits of 28 x 28 pixels."""

import functools
import gzip
import struct
import zlib

import numpy as np

from keras_facegan.data.files import file_stamp, find_folder
from keras_facegan.data.sources import Source, parse_split
from keras_facegan.errors import DataError
from keras_facegan.registry import DATASETS

# The last 10,000 pictures of the training file are the validation split.
NUM_TRAIN = 50_000


@DATASETS.register("mnist", about={"extractor": "digit_net/mnist_28", "columns": ("label",)})
def mnist(data_dir=None, split="train"):
    """Grey digits 0 to 9 with `label`.

    Args:
        data_dir: Folder of `train-images-idx3-ubyte` and its three companions, plain or `.gz`, or the folder above.
            `train-images.idx3-ubyte` is read as well.
        split: "train" (50,000), "validation" (10,000), "test" (10,000), several joined with "+", or "all" that are
            there.
    """
    names = parse_split(split)
    root = find_folder("mnist", data_dir, ["mnist", "MNIST/raw"], _holds_mnist, "train-images-idx3-ubyte[.gz]")
    files = sorted({"train" if name != "test" else "t10k" for name in names}, reverse=True)
    if split == "all" and not any(place.is_file() for place in _places(root, "t10k", "images-idx3")):
        files = ["train"]
    labels = {file: _read_idx(_path(root, file, "labels-idx1")) for file in files}
    chosen = [(file, index) for file in files for index in range(len(labels[file])) if _split_of(file, index) in names]

    @functools.cache
    def images_of(file):
        path = _path(root, file, "images-idx3")
        images = _read_idx(path)
        if len(images) != len(labels[file]):
            raise DataError(f"{path} holds {len(images):,} pictures for {len(labels[file]):,} labels.")
        return images[..., None]

    def read(index, size):
        file, number = chosen[index]
        return images_of(file)[number]

    return Source(
        name="mnist",
        keys=tuple(f"mnist/{file}/{index}" for file, index in chosen),
        columns={"label": np.array([labels[file][index] for file, index in chosen], dtype="int32")},
        read=read,
        fingerprint=file_stamp(root, [_path(root, file, "images-idx3").name for file in files]),
        class_names=tuple("0123456789"),
    )


def _split_of(file, index):
    if file == "t10k":
        return "test"
    return "train" if index < NUM_TRAIN else "validation"


def _holds_mnist(folder):
    return any(place.is_file() for place in _places(folder, "train", "images-idx3"))


def _path(root, file, kind):
    """Return the plain or the compressed file, whichever exists."""
    places = _places(root, file, kind)
    for path in places:
        if path.is_file():
            return path
    raise DataError(f"mnist expects {' or '.join(path.name for path in places)} in {root}, and found none of them.")


def _places(root, file, kind):
    """Return the paths that a file may have: mirrors write a dot where the original has a hyphen."""
    names = f"{file}-{kind}-ubyte", f"{file}-{kind.replace('-', '.')}-ubyte"
    return [root / f"{name}{suffix}" for name in names for suffix in ("", ".gz")]


def _read_idx(path):
    """Read an idx file of unsigned bytes: two zero bytes, type 8, number of axes, their lengths, then the values."""
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            content = file.read()
        zeros, kind, num_axes = struct.unpack_from(">HBB", content)
        shape = struct.unpack_from(f">{num_axes}I", content, 4)
        values = np.frombuffer(content, "uint8", offset=4 + 4 * num_axes)
    except (OSError, EOFError, ValueError, struct.error, zlib.error) as error:
        raise DataError(f"{path} cannot be read as an idx file: {error}.") from error
    if zeros or kind != 8 or values.size != np.prod(shape):
        raise DataError(f"{path} is no complete idx file: {values.size:,} values for the shape {shape}.")
    return values.reshape(shape)
