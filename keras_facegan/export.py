"""A trained model as a TensorFlow SavedModel with named signatures, compared with the model before it is handed over.

A model that can be exported has `export_signatures() -> {name: (network, examples, method)}`:

- `network`: callable of a dict of tensors and `training` that returns a dict of one tensor;
- `examples`: dict of NumPy inputs with a leading batch axis of 2 or more, which give names, shapes and dtypes;
- `method`: the model's own method for the same, called with the inputs by name; returns a NumPy array.

A signature that gives `images`, float32 in [-1, 1], has a twin `<name>_uint8` that gives them as bytes.
"""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile

import keras
import numpy as np
import tensorflow as tf

from keras_facegan.abilities import Exports
from keras_facegan.data.images import to_uint8
from keras_facegan.errors import UserError
from keras_facegan.files import is_utf8, replacing_folder
from keras_facegan.seam import replay
from keras_facegan.seam.gradients import float32_compute

# In [-1, 1] a level of 255 is twice this.
LARGEST_DIFFERENCE = 1 / 255
LARGEST_LEVELS = 1
_CONTENTS = {"saved_model.pb", "fingerprint.pb", "variables", "assets", "assets.extra"}


def export(model, directory, overwrite=False, report=print):
    """Write a SavedModel that computes in float32, whatever precision the model was trained in.

    Moving averages are taken where there are any, BatchNorm works in inference mode, and the batch is dynamic. The
    folder appears only after a process with TensorFlow alone has read it and given what the model gives.

    Args:
        model: Model with `export_signatures`.
        directory: Path of the folder; its parents are made.
        overwrite: Replace an earlier export.
        report: Callable that shows a line of text.

    Returns:
        The largest difference between the SavedModel and the model in float32 values.

    Raises:
        UserError: The model has no signatures, something else lies in the folder, it cannot be written, or what was
            read back differs by more than 1/255 (one level in uint8). Nothing that existed is lost.
    """
    if not isinstance(model, Exports):
        raise UserError(f"{model.name} has no signatures to export.")
    directory = pathlib.Path(directory).resolve()
    check_directory(directory, overwrite)
    endpoints = _endpoints(model.export_signatures())
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with replacing_folder(directory) as unfinished, _float32(model):
            _write(endpoints, unfinished)
            difference, levels = _compare(endpoints, unfinished)
    except OSError as error:
        raise UserError(f"{directory} cannot be written: {error.strerror}. Choose another folder.") from None
    except tf.errors.OpError as error:
        raise UserError(
            f"{directory} cannot be written: {error.message}. Make room or choose another folder."
        ) from None
    report(
        f"{directory} holds {model.name} as a SavedModel. Read back without Keras it differs by at most "
        f"{difference:.2g} (float32) and {levels} of 255 levels (uint8)."
    )
    return difference


def check_directory(directory, overwrite=False):
    """Raise `UserError` if an export to a folder would have to touch something other than an earlier export.

    Args:
        directory: Path of the folder.
        overwrite: Whether an earlier export may be replaced.
    """
    directory = pathlib.Path(directory)
    if not is_utf8(directory.absolute()):
        raise UserError(f"{directory.absolute()} is no UTF-8, which TensorFlow needs of names: choose another folder.")
    try:
        found = {path.name for path in directory.iterdir()} if directory.exists() else set()
    except OSError as error:
        raise UserError(f"{directory} is no folder to export to: {error.strerror}.") from None
    if not found:
        return
    if "saved_model.pb" not in found or not found <= _CONTENTS:
        raise UserError(f"{directory} holds something else than an export; choose a new or an empty folder.")
    if not overwrite:
        raise UserError(f"{directory} holds an earlier export; choose another folder, or --overwrite it.")


@contextlib.contextmanager
def _float32(model):
    # Kernels of half precision round as they like, in a graph otherwise than outside one.
    with contextlib.ExitStack() as stack:
        for name in model.inference:
            stack.enter_context(float32_compute(model.network(name)))
        yield


def _endpoints(signatures):
    """Return `{name: (function of a dict, input signature, examples, method)}`, twins in bytes included."""
    endpoints = {}
    for name, (network, examples, method) in signatures.items():
        infer = _inference(network)
        signature = _signature(network, examples)
        endpoints[name] = infer, signature, examples, method
        if "images" in infer(examples):
            endpoints[f"{name}_uint8"] = _bytes_of(infer), signature, examples, _bytes_of_method(method)
    return endpoints


def _signature(network, examples):
    """Return the tensor specs of a network's inputs: batch, and sizes that the network leaves open, are free."""
    shapes = {key: x.shape for key, x in examples.items()}
    if isinstance(network, keras.Model):
        shapes = {key: network.input[key].shape for key in examples}
    return {key: tf.TensorSpec((None, *shapes[key][1:]), x.dtype, key) for key, x in examples.items()}


def _inference(network):
    def infer(inputs):
        outputs = dict(network(inputs, training=False))
        if "images" in outputs:
            outputs["images"] = keras.ops.clip(outputs["images"], -1.0, 1.0)
        return outputs

    return infer


def _bytes_of(infer):
    return lambda inputs: {"images": to_uint8(infer(inputs)["images"])}


def _bytes_of_method(method):
    return lambda **inputs: to_uint8(method(**inputs))


def _write(endpoints, folder):
    archive = keras.export.ExportArchive()
    for name, (function, signature, _, _) in endpoints.items():
        archive.add_endpoint(name, function, [signature])
    archive.write_out(str(folder), verbose=False)


def _compare(endpoints, folder):
    """Return the largest differences, of floats and of levels, on batches of two sizes; raise if they are too large."""
    inputs, expected = {}, {}
    for name, (_, _, examples, method) in endpoints.items():
        for rows in (None, 1):
            batch = {key: value[:rows] for key, value in examples.items()}
            expected[f"{name}/{rows}"] = method(**batch)
            inputs |= {f"{name}/{rows}/{key}": value for key, value in batch.items()}
    largest = {False: 0.0, True: 0}
    for key, value in _fresh_process(folder, inputs).items():
        live = expected[key.rpartition("/")[0]]
        in_bytes = live.dtype == np.uint8
        gap = np.abs(value.astype(np.float64) - live).max() if value.shape == live.shape else np.inf
        # Written so that NaN fails.
        if not gap <= (LARGEST_LEVELS if in_bytes else LARGEST_DIFFERENCE):
            raise UserError(
                f"The SavedModel does not give what the model gives: `{key.split('/')[0]}` differs by {gap:g}. "
                "Nothing was exported; if the model's numbers are not finite, train it again."
            )
        largest[in_bytes] = max(largest[in_bytes], gap)
    return float(largest[False]), int(largest[True])


def _fresh_process(folder, inputs):
    """Return the outputs of the SavedModel as a process without Keras and this package computes them."""
    # Leave the memory of a GPU to the process that holds the model.
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_FORCE_GPU_ALLOW_GROWTH": "true"}
    with tempfile.TemporaryDirectory() as scratch:
        inputs_file, outputs_file = (pathlib.Path(scratch, name) for name in ("inputs.npz", "outputs.npz"))
        np.savez(inputs_file, **inputs)
        command = [sys.executable, "-P", replay.__file__, folder, inputs_file, outputs_file]
        done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            raise UserError(f"The SavedModel cannot be read back: {reason}. Nothing was exported.")
        with np.load(outputs_file, allow_pickle=False) as arrays:
            return {key: arrays[key] for key in arrays.files}
