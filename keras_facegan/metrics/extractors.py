"""From pictures to features: a network, the size it works at, and the hash of its weights."""

import dataclasses
import hashlib
import pathlib
import typing

import keras
import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.files import sha256 as file_sha256
from keras_facegan.metrics import resize
from keras_facegan.networks.chunks import CHUNK, in_chunks

# The file that keras.applications downloads, by the hash that keras.applications checks.
INCEPTION_FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
INCEPTION_MD5 = "bcbd6486424b2319ff4ef7d526e38f63"


@dataclasses.dataclass(frozen=True)
class Extractor:
    """What measures look at pictures with. Values of two extractors must never be compared, so each says who it is.

    Args:
        name: Such as "inception_v3_keras" or "facenet/celeba_96"; stands beside every number.
        network: Callable, float32 (b, *image_shape) in [-1, 1] -> (b, d), array or tensor; b is always the same.
        image_shape: `(height, width, 1 or 3)` that the network works at.
        weights: SHA-256 of the weights, such as `weights_hash` takes it.
    """

    name: str
    network: typing.Callable
    image_shape: tuple
    weights: str

    def __call__(self, images):
        """Return the features of pictures, each by itself: they do not depend on how many are given, or which.

        Args:
            images: Array (n, H, W, 1 or 3), uint8, or floats in [-1, 1], n >= 1; a memory map is read in pieces.

        Returns:
            float32 array (n, d).

        Raises:
            UserError: Pictures of another shape or range, or a network whose features are no rows.
        """
        pieces = []
        for start in range(0, len(images), CHUNK):
            seen = resize.resized(images[start : start + CHUNK], self.image_shape)
            pieces.append(in_chunks(self.network, seen).astype("float32"))
            if pieces[-1].ndim != 2:
                raise UserError(f"Extractor {self.name} must give features (n, d), got {pieces[-1].shape}.")
        if not pieces:
            raise UserError(f"Extractor {self.name} was given no pictures.")
        return np.concatenate(pieces)

    @property
    def identity(self):
        """Return all that its features depend on besides the pictures, fit for JSON: it belongs on every result."""
        return {
            "extractor": self.name,
            "weights": self.weights,
            "image_shape": [int(size) for size in self.image_shape],
            "resize": f"8 bits, bicubic without aliasing, version {resize.VERSION}",
        }


def weights_hash(network):
    """Return the SHA-256 of a Keras model's weights, whatever file they came from."""
    digest = hashlib.sha256()
    for value in network.get_weights():
        digest.update(f"{value.shape} {value.dtype}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()


def inception_v3_keras(weights_file=None, sha256=None):
    """Return the 2,048 pooled features of InceptionV3 as keras.applications has it, at 299 pixels.

    This is another training than the Inception of 2015 that published FIDs are taken with: its values are of the same
    kind, but must not be compared with theirs.

    Args:
        weights_file: Path of keras.applications' own file of weights without the top, for machines that cannot
            download it; None lets keras.applications get it.
        sha256: SHA-256 of another file of weights that is wanted; the extractor's name then ends in its first digits.

    Raises:
        UserError: The weights cannot be had, are not those, or do not fit the network.
    """
    name = "inception_v3_keras"
    if weights_file is not None:
        name += _checked_origin(pathlib.Path(weights_file), sha256)
    try:
        network = keras.applications.InceptionV3(
            include_top=False,
            weights="imagenet" if weights_file is None else str(weights_file),
            input_shape=(299, 299, 3),
            pooling="avg",
        )
    except Exception as error:  # keras.utils.get_file raises nothing more special where it has no network.
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise UserError(f"The weights of InceptionV3 cannot be had: {reason}. {_WAY_OUT}") from None
    return Extractor(name, lambda x: network(x, training=False), (299, 299, 3), weights_hash(network))


_WAY_OUT = (
    f"Give keras.applications' file {INCEPTION_FILE} as inception_weights, or measure with a network of the zoo, such "
    "as facenet/celeba_96 or age_estimator/utkface_64."
)


def _checked_origin(path, expected):
    """Return what the name of the extractor ends in: nothing for Keras' own file, digits for the one asked for."""
    try:
        found = file_sha256(path)
        with path.open("rb") as file:
            md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}. {_WAY_OUT}") from None
    if expected is None and md5 != INCEPTION_MD5:
        raise UserError(f"{path} is not keras.applications' file {INCEPTION_FILE}: its SHA-256 is {found}. {_WAY_OUT}")
    if expected is not None and found != expected.lower():
        raise UserError(f"{path} has the SHA-256 {found}, expected {expected}.")
    return "" if md5 == INCEPTION_MD5 else f"_{found[:8]}"
