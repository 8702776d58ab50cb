"""Is this file of weights fit to be read? Plain, whole, finite numbers; and which layer a misfit belongs to.

A file that the package wrote begins with its seal, the hash of all that follows (HDF5 leaves the first bytes to its
user). It is compared before HDF5 sees the file, for damaged bytes can make HDF5 itself crash. Older files have no seal.

An HDF5 file may say anything: values without end, links to other files, strings in the place of numbers. All of that is
found before the model is touched.
"""

import collections
import hashlib
import math
import pathlib
import re

import h5py
import keras
import numpy as np

from keras_facegan.data.files import printable
from keras_facegan.errors import UserError

# HDF5, NumPy and Keras raise all of these on damaged bytes.
BROKEN = (ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError, TypeError)
BROKEN += (ValueError, UserWarning)

# Bytes of the seal, the least that HDF5 leaves to its user, and those that a file without one begins with.
SEAL = 512
SIGNATURE = b"\x89HDF\r\n\x1a\n"


def seal(digest: str) -> bytes:
    """Return the first bytes of a weights file.

    Args:
        digest: SHA-256 of all others, as hexadecimal digits.
    """
    return f"keras_facegan weights, SHA-256 from byte {SEAL} on: {digest}\n".encode().ljust(SEAL, b"\0")


def check_seal(path: pathlib.Path):
    """Raise where a weights file is no plain file, or its content is not what its seal says.

    Args:
        path: Path of a file.

    Raises:
        OSError: It cannot be read.
        UserError: It is damaged, or no weights file.
    """
    if path.exists() and not path.is_file():
        raise UserError("it is not a plain file")
    with path.open("rb") as file:
        head = file.read(SEAL)
        if not head.startswith(SIGNATURE) and head != seal(hashlib.file_digest(file, "sha256").hexdigest()):
            raise UserError("it is damaged or no weights file: its content does not have the SHA-256 at its beginning")


def check_values(path: pathlib.Path, largest: int):
    """Raise `UserError` where a weights file holds anything but finite numbers.

    Args:
        path: Path of an HDF5 file.
        largest: Values of the largest weight that it may hold.

    Raises:
        UserError: The message says what is wrong, and with which layer.
        Exception: One of `BROKEN`, where the file is damaged.
    """
    with h5py.File(path) as file:
        _check_group(file, "", largest, set())


def _check_group(group, place, largest, seen):
    """Check everything below a group; damaged links may lead back to one that was seen."""
    address = h5py.h5o.get_info(group.id).addr
    if address in seen:
        raise UserError(f"{_layer(place)} is stored twice")
    seen.add(address)
    for key in group:
        name = f"{place}/{key}" if place else key
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            raise UserError(f"{_layer(name)} is a link, and links are not followed")
        item = group[key]
        if isinstance(item, h5py.Group):
            _check_group(item, name, largest, seen)
        else:
            _check_dataset(item, name, largest)


def _check_dataset(item, name, largest):
    if not isinstance(item, h5py.Dataset) or item.external or item.is_virtual or item.shape is None:
        raise UserError(f"{_layer(name)} does not hold its values itself")
    # Seeds of layers are the only whole numbers.
    kinds = "ui" if "seed_generator" in name else "f"
    if item.dtype.kind not in kinds:
        raise UserError(f"{_layer(name)} holds values of the kind {item.dtype}, expected floating-point numbers")
    # Damaged sizes would take all memory.
    if math.prod(item.shape) > largest:
        raise UserError(f"{_layer(name)} has the shape {item.shape}, larger than any weight of the model")
    wrong = np.size(item) - np.count_nonzero(np.isfinite(item[()]))
    if wrong:
        raise UserError(f"{_layer(name)} holds {wrong:,} values that are not finite (NaN or infinite)")


def find_misfit(path: pathlib.Path, networks: dict[str, keras.Model]) -> str | None:
    """Return which layer a weights file does not fit, and why; None where that cannot be said.

    Args:
        path: Path of an HDF5 file that Keras does not load.
        networks: Functional networks by the names that they have in the file.
    """
    try:
        with h5py.File(path) as file:
            for name, network in networks.items():
                if name not in file:
                    return f"it has no network `{name}`"
                for group, layer in _groups(network):
                    if problem := _misfit(file, f"{name}/layers/{group}", layer):
                        return problem
    except BROKEN:
        pass
    return None


def _groups(network):
    """Yield (group of a network's file, layer), named as Keras does: by kind, counted from the second one on."""
    counts = collections.Counter()
    for layer in network.layers:
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])", "_", type(layer).__name__).lower()
        yield f"{kind}_{counts[kind]}" if counts[kind] else kind, layer
        counts[kind] += 1


def _misfit(file, group, layer):
    """Return where the own weights of a layer and a group of the file differ, else None."""
    weights = {}
    layer.save_own_variables(weights)
    for key, weight in weights.items():
        name = f"{group}/vars/{key}"
        if name not in file:
            return f"{_layer(name)} lacks `{weight.name}` of shape {tuple(weight.shape)}"
        if file[name].shape != tuple(weight.shape):
            return f"`{weight.name}` of {_layer(name)} has the shape {file[name].shape}, expected {tuple(weight.shape)}"
    more = set(file.get(f"{group}/vars", ())) - set(weights)
    return f"{_layer(group)} has {len(more)} weights more than the model" if more else None


def _layer(name):
    """Return "layer `generator/dense_1`" for "generator/layers/dense_1/vars/0"."""
    parts = [part for part in name.partition("/vars")[0].split("/") if part != "layers"]
    return f"layer `{printable('/'.join(parts))}`"
