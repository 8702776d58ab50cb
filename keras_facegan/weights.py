"""Weights files: the networks a model is used with, small, atomic, and never a program."""

import hashlib
import io
import math
import os
import pathlib
import warnings

import h5py
import keras
import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.files import flush, replacing
from keras_facegan.weights_check import BROKEN, SEAL, check_seal, check_values, find_misfit, seal

# Values below which the chunks that compression needs take more than it saves.
SMALLEST_COMPRESSED = 1024


def inference_bundle(model):
    """Return a Keras model that holds just the networks `model.inference` names, moving averages first."""
    bundle = keras.Model(name="inference")
    for name in model.inference:
        setattr(bundle, name, model.network(name))
    bundle.built = True
    return bundle


def save_inference_weights(model, path):
    """Write the inference networks to an HDF5 file, through a temporary name.

    Matrices and kernels are kept in float16, vectors (biases, BatchNorm statistics, whose variances may be tiny) in
    float32. Values that float16 cannot hold stay float32 too. The file begins with the hash of its content.

    Args:
        model: Model with the attributes `inference` and `network`.
        path: Path ending in ".weights.h5".
    """
    path = pathlib.Path(path)
    try:
        with replacing(path) as unfinished:
            inference_bundle(model).save_weights(unfinished)
            _narrow(unfinished)
            _repack(unfinished)
    except (OSError, RuntimeError) as error:
        # HDF5 tells a page where the operating system tells a word.
        reason = os.strerror(error.errno) if getattr(error, "errno", None) else str(error).splitlines()[0]
        raise UserError(f"{path} could not be written: {reason}. Make room or choose another place.") from None


def load_inference_weights(model, path):
    """Read a file of `save_inference_weights` into a model of the same configuration.

    The trained networks get the same values as their moving averages, so that training can go on from here.

    Raises:
        UserError: The file is damaged, holds other networks, or values that are not finite numbers; the message names
            the layer where one is to blame.
    """
    path = pathlib.Path(path)
    bundle = inference_bundle(model)
    try:
        check_seal(path)
        check_values(path, max(math.prod(weight.shape) for weight in bundle.weights))
        with warnings.catch_warnings():
            # Keras only warns of layers that the file lacks, and leaves them untrained.
            warnings.simplefilter("error", UserWarning)
            bundle.load_weights(path)
    except BROKEN as error:
        networks = {name: model.network(name) for name in model.inference}
        reason = None if isinstance(error, UserError) else find_misfit(path, networks)
        reason = reason or next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise UserError(f"{path} does not hold the weights of this {model.name}: {reason.rstrip('.')}.") from None
    for name in model.inference:
        trained = getattr(model, name)
        if trained is not model.network(name):
            trained.set_weights(model.network(name).get_weights())
    loaded = {id(weight) for name in model.inference for weight in getattr(model, name).weights}
    model.fresh_networks = tuple(
        name for name in model.networks if any(id(weight) not in loaded for weight in getattr(model, name).weights)
    )


def _narrow(path):
    """Keep matrices and kernels in float16 where it can hold their values."""
    with h5py.File(path, "r+") as file:
        datasets = []
        file.visititems(lambda name, item: datasets.append(name) if isinstance(item, h5py.Dataset) else None)
        for name in datasets:
            value = file[name][()]
            if value.ndim > 1 and value.dtype == np.float32 and np.abs(value).max(initial=0) < 6e4:
                del file[name]
                file[name] = value.astype(np.float16)


def _repack(path):
    # Deleting a dataset leaves a hole in an HDF5 file, and groups in its oldest format take a kilobyte each.
    image = io.BytesIO()
    # In memory: HDF5 crashes where a file in its newer format meets a full disk.
    with h5py.File(path) as old, h5py.File(image, "w", libver="v110", userblock_size=SEAL) as new:
        _copy(old, new)
    content = image.getbuffer()[SEAL:]
    with path.open("wb") as file:
        file.write(seal(hashlib.sha256(content).hexdigest()))
        file.write(content)
        flush(file)


def _copy(old, new):
    """Copy a group of an HDF5 file into an empty one, its larger datasets compressed."""
    for key, value in old.attrs.items():
        new.attrs[key] = value
    for key, item in old.items():
        if isinstance(item, h5py.Group):
            _copy(item, new.create_group(key))
        else:
            small = item.size < SMALLEST_COMPRESSED
            new.create_dataset(key, data=item[()], **({} if small else {"compression": "gzip", "shuffle": True}))
