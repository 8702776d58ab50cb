"""Training state on disk: complete, hashed, written beside the old one and renamed into place.

A checkpoint is a folder `step_00001500` with `state.npz`, one array per variable, and `checkpoint.json`, which holds
the step, the SHA-256 of every other file and what the run must agree on. The best one by a metric is called `best`. A
folder under another name is unfinished.
"""

import contextlib
import errno
import json
import os
import pathlib
import re
import shutil
import stat
import zipfile
import zlib
from typing import TypedDict

import numpy as np

from keras_facegan.arguments import Steps, check_value
from keras_facegan.errors import UserError
from keras_facegan.files import flush, flush_folder, remove, sha256

BEST = "best"
# Of checkpoint.json, which holds a few numbers.
LARGEST_DESCRIPTION = 1 << 16

_FOLDER = re.compile(r"step_(\d{8,})")
# Means of the terms since the last row of history; checkpoints of before have none.
_MEANS = "means/"


class _Damaged(UserError):
    """A file of a checkpoint that is not what it must be."""


class _Facts(TypedDict, total=False):
    """What a run says of itself in a checkpoint."""

    rollbacks: Steps
    examples: Steps
    pictures: str
    metric: str
    value: float


class _Description(TypedDict):
    """The contents of checkpoint.json."""

    step: Steps
    sha256: dict[str, str]
    facts: _Facts


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
        facts: JSON-able dict that comes back from `about`, such as the number of rollbacks.
        keep: How many of the newest are kept, this one among them; damaged ones do not count.
        keep_every: Keep those whose step is a multiple of this as well; 0 keeps none.

    Raises:
        UserError: The disk is full or the folder cannot be written; older checkpoints are untouched.
    """
    _write(folder, _name(step), model, step, facts)
    sound = 1
    for old in reversed([each for each in steps(folder) if each < step]):
        if sound < keep:
            sound += is_sound(folder, old)
        elif not (keep_every and old % keep_every == 0):
            shutil.rmtree(pathlib.Path(folder) / _name(old), ignore_errors=True)


def save_best(folder, model, step, facts):
    """Write the checkpoint `best`, over the one before it.

    Args:
        folder: Path of the run's folder of checkpoints.
        model: Compiled model.
        step: Steps taken.
        facts: JSON-able dict that comes back from `about`, such as the value of the metric.

    Raises:
        UserError: The disk is full or the folder cannot be written; the best one of before is untouched.
    """
    _write(folder, BEST, model, step, facts)


def _write(folder, name, model, step, facts):
    folder = pathlib.Path(folder)
    unfinished = folder / f".unfinished_{name}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A killed process may have left halves, of this checkpoint or another.
        for left in folder.glob(".unfinished_*"):
            remove(left)
        unfinished.mkdir()
        arrays = {name: np.asarray(variable) for name, variable in training_state(model).items()}
        with (unfinished / "state.npz").open("wb") as file:
            np.savez(file, **arrays)
            flush(file)
        described = {"step": step, "sha256": {"state.npz": sha256(unfinished / "state.npz")}, "facts": facts}
        with (unfinished / "checkpoint.json").open("w", encoding="utf-8") as file:
            json.dump(described, file, indent=1)
            flush(file)
        flush_folder(unfinished)
        remove(folder / name)
        unfinished.rename(folder / name)
        flush_folder(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            remove(unfinished)
        reason = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror
        state = (
            "Older checkpoints are intact; make room or" if folder.is_dir() else "The folder is gone; bring it back or"
        )
        raise UserError(
            f"The checkpoint of step {step} could not be written to {folder}: {reason}. {state} choose another "
            "--run_dir, then start the same command again to resume."
        ) from None


def _name(step):
    return step if step == BEST else f"step_{step:08d}"


def steps(folder):
    """Return the sorted steps of the finished checkpoints in a folder."""
    names = [path.name for path in pathlib.Path(folder).glob("step_*") if path.is_dir()]
    return sorted(int(match[1]) for name in names if (match := _FOLDER.fullmatch(name)))


def has_best(folder):
    """Say whether a folder holds the checkpoint `best`."""
    return (pathlib.Path(folder) / BEST).is_dir()


def about(folder, step):
    """Return `(step, facts)` of a checkpoint after checking the hash of each of its files.

    Args:
        folder: Path of the run's folder of checkpoints.
        step: Step of the checkpoint, or "best".

    Raises:
        UserError: A file is missing, damaged or of another kind; names it.
    """
    path = pathlib.Path(folder) / _name(step)
    try:
        described = json.loads(_plain(path / "checkpoint.json", LARGEST_DESCRIPTION).read_text(encoding="utf-8"))
        check_value("checkpoint.json", described, _Description)
        hashes, facts, taken = described["sha256"], described["facts"], described["step"]
        if "state.npz" not in hashes or step not in (taken, BEST):
            raise ValueError
        for name, expected in hashes.items():
            if pathlib.PurePath(name).name != name:
                raise ValueError
            if sha256(_plain(path / name)) != expected:
                raise _Damaged(f"{path / name} is damaged: its SHA-256 is not the recorded one.")
    except OSError as error:
        raise UserError(f"{error.filename} cannot be read: {error.strerror}.") from None
    except _Damaged as error:
        raise UserError(str(error)) from None
    except (ValueError, RecursionError):
        raise UserError(f"{path / 'checkpoint.json'} is damaged.") from None
    return taken, facts


def _plain(path, largest=None):
    """Return the path of a plain file; a device or a pipe would never end, a link may lead anywhere."""
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode):
        raise _Damaged(f"{path} is not a plain file.")
    if largest is not None and status.st_size > largest:
        raise _Damaged(f"{path} is damaged: it is larger than {largest:,} bytes.")
    return path


def is_sound(folder, step):
    """Say whether a checkpoint is what it was when it was written."""
    try:
        about(folder, step)
    except UserError:
        return False
    return True


def newest(folder, report=print):
    """Return `(step, facts)` of the newest sound checkpoint, or None where there is none at all.

    Args:
        folder: Path of the run's folder of checkpoints.
        report: Callable that shows a line of text, called for every damaged checkpoint that is passed over.

    Raises:
        UserError: There are checkpoints, and all of them are damaged.
    """
    damaged = []
    for step in reversed(steps(folder)):
        try:
            sound = about(folder, step)
        except UserError as error:
            damaged.append(str(error))
        else:
            for line in damaged:
                report(f"{line} The checkpoint before it is used.")
            return sound
    if damaged:
        raise UserError(
            f"All {len(damaged)} checkpoints in {folder} are damaged: {damaged[0]} Bring a copy of one back; or move "
            "the folder away to begin again at step 1."
        )
    return None


def restore(folder, step, model, seeds=True):
    """Put a checkpoint's values into a model of the same recipe, compiled to train on or not.

    Args:
        folder: Path of the run's folder of checkpoints.
        step: Step of a checkpoint that `about` found sound, or "best".
        model: Compiled model.
        seeds: Restore the seed generators too; False leaves fresh ones, for another course after a divergence.

    Raises:
        UserError: The checkpoint is of another model or is damaged.
    """
    path = pathlib.Path(folder) / _name(step) / "state.npz"
    state = training_state(model)
    try:
        with zipfile.ZipFile(path) as archive:
            loaded = _read_arrays(archive, state, model.compiled, path)
    except (OSError, zipfile.BadZipFile, ValueError, RuntimeError, zlib.error, EOFError, MemoryError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{path} cannot be read: {str(error) or type(error).__name__}.") from None
    for name, value in loaded.items():
        if seeds or "seed_generator" not in name:
            state[name].assign(value)


def _read_arrays(archive, state, complete, path):
    """Return the arrays of a checkpoint, none of them read before its size is known to be that of its variable."""
    stored = [info.filename.removesuffix(".npy") for info in archive.infolist()]
    # Runs of before saved no means. A model that is only used needs no state of training.
    optional = {name for name in state if name.startswith(_MEANS)} - {*stored}
    missing, extra = {*state} - optional - {*stored}, {*stored} - {*state}
    if missing or len(stored) != len({*stored}) or (complete and extra):
        raise UserError(f"{path} holds the state of another model; choose another --run_dir.")
    loaded = {}
    for name in sorted({*state} - optional):
        with archive.open(f"{name}.npy") as file:
            version = np.lib.format.read_magic(file)
            if version != (1, 0):
                raise ValueError(f"{name} has a header of version {version}")
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        expected = np.asarray(state[name])
        if shape != expected.shape or dtype != expected.dtype:
            raise UserError(
                f"{path} holds the state of another model: {name} has shape {shape} of {dtype}, expected "
                f"{expected.shape} of {expected.dtype}."
            )
        with archive.open(f"{name}.npy") as file:
            loaded[name] = np.lib.format.read_array(file, allow_pickle=False)
    return loaded
