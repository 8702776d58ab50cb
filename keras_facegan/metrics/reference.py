"""Features of reference pictures, taken once and kept under a name made of all they depend on."""

import hashlib
import json
import tempfile
import typing

import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.files import flush, replacing
from keras_facegan.metrics.frechet import Statistics, statistics
from keras_facegan.metrics.resize import quantised
from keras_facegan.paths import cache_root

# Raise it when what is stored, or how it is computed, changes.
VERSION = 1

_IMAGES = 1024
_DIGEST_SIZE = 32


class Reference(typing.NamedTuple):
    """What generated pictures are compared with.

    Args:
        features: float32 array (n, d).
        statistics: Their `Statistics`.
    """

    features: np.ndarray
    statistics: Statistics


def reference_features(images, extractor, split):
    """Return the features and statistics of reference pictures, from the cache where it has them.

    The entry's name is a hash of the pixels, the split, the extractor's weights and the way to its size: other
    pictures under an old name are found out, the same pictures from another folder are not taken again. An entry that
    is damaged is made anew; processes that make the same one at the same time get in nobody's way.

    Args:
        images: Array (n, H, W, 1 or 3), n >= 2, uint8, or floats in [-1, 1]; a memory map is read in pieces.
        extractor: `Extractor`.
        split: What part of the data this is, such as "train".

    Returns:
        `Reference`.

    Raises:
        UserError: Pictures are no pictures, or the cache folder cannot be read or written.
    """
    path = cache_root() / "features" / f"{entry_name(images, extractor, split)}.features"
    try:
        found = _load(path, len(images))
        if found is None:
            # Find out that the cache cannot be written before an hour of extraction, not after it.
            path.parent.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise _unusable(path, error) from None
    if found is None:
        features = extractor(images)
        found = Reference(features, statistics(features))
        try:
            _store(path, found)
        except OSError as error:
            raise _unusable(path, error) from None
    return found


def entry_name(images, extractor, split):
    """Return the SHA-256 that stands for the features of pictures.

    Args:
        images: Array (n, H, W, 1 or 3), uint8, or floats in [-1, 1].
        extractor: `Extractor`.
        split: What part of the data this is.
    """
    about = {"version": VERSION, "split": split, "shape": list(np.shape(images)), **extractor.identity}
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for start in range(0, len(images), _IMAGES):
        digest.update(np.ascontiguousarray(quantised(images[start : start + _IMAGES])).data)
    return digest.hexdigest()


def _load(path, num_images):
    """Return the stored `Reference`, or None where there is none or it is damaged."""
    try:
        with open(path, "rb") as file:
            digest = file.read(_DIGEST_SIZE)
            if hashlib.file_digest(file, "sha256").digest() != digest:
                return None
            file.seek(_DIGEST_SIZE)
            with np.load(file) as stored:
                found = Reference(stored["features"], Statistics(stored["mean"], stored["covariance"], num_images))
    except FileNotFoundError:
        return None
    return found if len(found.features) == num_images else None


def _store(path, found):
    """Write an entry: the SHA-256 of what follows, then the arrays as .npz."""
    with replacing(path) as unfinished, open(unfinished, "w+b") as file:
        file.write(bytes(_DIGEST_SIZE))
        np.savez(file, features=found.features, mean=found.statistics.mean, covariance=found.statistics.covariance)
        file.seek(_DIGEST_SIZE)
        digest = hashlib.file_digest(file, "sha256").digest()
        file.seek(0)
        file.write(digest)
        flush(file)


def _unusable(path, error):
    return UserError(
        f"Features of reference pictures cannot be kept in {path.parent}: {error.strerror or error}. Set "
        "KERAS_FACEGAN_CACHE to a folder that can be written."
    )
