"""Training state on disk: complete, hashed, written beside the old one and renamed into place.

A checkpoint is a folder `step_00001500` with `state.npz`, one array a variable, and `checkpoint.json`, which holds the
step, the SHA-256 of every other file and what the run must agree on. A folder under another name is unfinished.
"""

import errno
import json
import pathlib
import re
import shutil
import zipfile

import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.files import flush, flush_folder, sha256

_FOLDER = re.compile(r"step_(\d{8,})")
# Means of the terms since the last row of history; checkpoints of before have none.
_MEANS = "means/"


def training_state(model):
    """Return `{name: Keras variable}` of everything a step reads and writes.

    Networks, moving averages and seed generators come from the model, moments and loss scales from its optimizers, the
    means since the last row of history from its metrics. Learning rates are left out: they belong to the recipe and to
    the number of rollbacks. A model that was not compiled has its own variables only.
    """
    state = {f"model/{i:04d}/{variable.name}": variable for i, variable in enumerate(model.variables)}
    if not model.compiled:
        return state
    state |= {f"{_MEANS}{variable.path}": variable for variable in model.metrics_variables}
    for network, optimizer in model.optimizers.items():
        for i, variable in enumerate(optimizer.variables):
            if variable.name != "learning_rate":
                state[f"{network}_optimizer/{i:04d}"] = variable
    return state


def save(folder, model, step, facts, keep=2, keep_every=0):
    """Write a checkpoint and remove those that are no longer kept.

    Args:
        folder: Path of the run's folder of checkpoints.
        model: Compiled model.
        step: Steps taken.
        facts: JSON-able dict that comes back from `restore`, such as the number of rollbacks.
        keep: How many of the newest are kept.
        keep_every: Keep those whose step is a multiple of this as well; 0 keeps none.

    Raises:
        UserError: The disk is full or the folder cannot be written; older checkpoints are untouched.
    """
    folder = pathlib.Path(folder)
    unfinished = folder / f".unfinished_{step:08d}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A killed process may have left halves, of this step or another.
        for left in folder.glob(".unfinished_*"):
            shutil.rmtree(left, ignore_errors=True)
        unfinished.mkdir()
        arrays = {name: np.asarray(variable) for name, variable in training_state(model).items()}
        with (unfinished / "state.npz").open("wb") as file:
            np.savez(file, **arrays)
            flush(file)
        about = {"step": step, "sha256": {"state.npz": sha256(unfinished / "state.npz")}, "facts": facts}
        with (unfinished / "checkpoint.json").open("w", encoding="utf-8") as file:
            json.dump(about, file, indent=1)
            flush(file)
        flush_folder(unfinished)
        final = folder / f"step_{step:08d}"
        if final.exists():
            shutil.rmtree(final)
        unfinished.rename(final)
        flush_folder(folder)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        reason = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror
        raise UserError(
            f"The checkpoint of step {step} could not be written to {folder}: {reason}. Older checkpoints are intact; "
            "make room or choose another --run_dir, then start the same command again to resume."
        ) from None
    for old in steps(folder)[:-keep]:
        if not (keep_every and old % keep_every == 0):
            shutil.rmtree(folder / f"step_{old:08d}", ignore_errors=True)


def steps(folder):
    """Return the sorted steps of the finished checkpoints in a folder."""
    names = [path.name for path in pathlib.Path(folder).glob("step_*")]
    return sorted(int(match[1]) for name in names if (match := _FOLDER.fullmatch(name)))


def about(folder, step):
    """Return `(step, facts)` of a checkpoint after checking the hash of each of its files.

    Raises:
        UserError: A file is missing, damaged or of another kind; names it.
    """
    path = pathlib.Path(folder) / f"step_{step:08d}"
    try:
        described = json.loads((path / "checkpoint.json").read_text(encoding="utf-8"))
        hashes, facts, found = dict(described["sha256"]), dict(described["facts"]), int(described["step"])
        if "state.npz" not in hashes:
            raise KeyError("state.npz")
        for name, expected in hashes.items():
            if sha256(path / name) != expected:
                raise UserError(f"{path / name} is damaged: its SHA-256 is not the recorded one.")
    except OSError as error:
        raise UserError(f"{error.filename} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{path / 'checkpoint.json'} is damaged.") from None
    return found, facts


def newest(folder, report=print):
    """Return `(step, facts)` of the newest sound checkpoint, or None; a damaged one is named and passed over."""
    for step in reversed(steps(folder)):
        try:
            return about(folder, step)
        except UserError as error:
            report(f"{error} The checkpoint before it is used.")
    return None


def restore(folder, step, model, seeds=True):
    """Put a checkpoint's values into a model of the same recipe, compiled to train on or not.

    Args:
        folder: Path of the run's folder of checkpoints.
        step: Step of a checkpoint that `about` found sound.
        model: Compiled model.
        seeds: Restore the seed generators too; False leaves fresh ones, for another course after a divergence.

    Raises:
        UserError: The checkpoint is of another model or is damaged.
    """
    path = pathlib.Path(folder) / f"step_{step:08d}" / "state.npz"
    state = training_state(model)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            # Runs of before saved no means. A model that is only used needs no state of training.
            optional = {name for name in state if name.startswith(_MEANS)} - set(arrays.files)
            extra = set(arrays.files) - set(state)
            if set(state) - optional - set(arrays.files) or (model.compiled and extra):
                raise UserError(f"{path} holds the state of another model; choose another --run_dir.")
            loaded = {name: arrays[name] for name in set(state) - optional}
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{path} cannot be read: {error}.") from None
    for name, value in loaded.items():
        if value.shape != tuple(state[name].shape):
            raise UserError(
                f"{path} holds the state of another model: {name} has shape {value.shape}, "
                f"expected {tuple(state[name].shape)}."
            )
    for name, value in loaded.items():
        if seeds or "seed_generator" not in name:
            state[name].assign(value)
