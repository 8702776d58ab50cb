"""Weights and training state from one model into another: when settings change, and to begin from trained weights."""

import difflib
from collections.abc import Callable
from typing import Any

import keras

from keras_facegan.errors import UserError
from keras_facegan.loading import load_networks, run_of
from keras_facegan.run_directory import RunDirectory

# Layers that are named when they cannot be taken over.
MOST_NAMED = 5


def carry_over(before, now):
    """Give a model the training state of another one that differs in its settings of training only.

    Moments are kept where the optimizer stays of one kind; the count of steps, by which schedules go, always.

    Args:
        before: Compiled model that was trained.
        now: Compiled model that goes on.
    """
    _assign(before.variables, now.variables)
    _assign(before.metrics_variables, now.metrics_variables)
    for network, optimizer in now.optimizers.items():
        earlier = before.optimizers[network]
        if hasattr(earlier, "dynamic_scale") and hasattr(optimizer, "dynamic_scale"):
            _assign([earlier.dynamic_scale, earlier.step_counter], [optimizer.dynamic_scale, optimizer.step_counter])
        _carry_moments(getattr(earlier, "inner_optimizer", earlier), getattr(optimizer, "inner_optimizer", optimizer))


def _carry_moments(before, now):
    old, new = ([each for each in one.variables if each.name != "learning_rate"] for one in (before, now))
    if type(before) is type(now) and [each.shape for each in old] == [each.shape for each in new]:
        _assign(old, new)
    now.iterations.assign(before.iterations)


def _assign(old, new):
    for source, target in zip(old, new, strict=True):
        target.assign(source)


def check_init(init: str, files: RunDirectory):
    """Raise `UserError` where `train.init` of a run names no weights; nothing is loaded.

    Args:
        init: Name, directory of a run, or "stage:1"; "" begins with fresh weights.
        files: `RunDirectory` of the run, beside which earlier stages lie.
    """
    if init:
        run_of(files.beside(init))


def begin_from(source: str, model, report: Callable[[str], Any] = print):
    """Give a fresh model the weights of a trained one, layer by layer where the shapes allow it.

    Args:
        source: Name of pretrained weights, or directory of a run.
        model: Model to begin with, of any data and picture size.
        report: Callable that shows a line of text, called once per network.

    Raises:
        UserError: There is no such source, or nothing of it fits.
    """
    trained = load_networks(source)
    names = [name for name in dict.fromkeys((*model.networks, *model.inference)) if _is_network(model, name)]
    taken_in_all = 0
    for name in names:
        network = getattr(model, name)
        if name in trained.fresh_networks or not _is_network(trained, name):
            if name in model.networks:
                report(f"Begun from {source}: the {name} is fresh, there is none in these weights.")
            continue
        taken, left = _take_over(getattr(trained, name), network)
        if name in model.averages:
            _take_over(trained.network(name), model.averages[name])
        taken_in_all += taken
        fresh = f" Fresh, for their shapes differ: {_named(left)}." if left else ""
        report(f"Begun from {source}: the {name} has {taken} of {taken + len(left)} layers from there.{fresh}")
    if not taken_in_all:
        raise UserError(f"Nothing of `{source}` fits {model.name}: no layer has the shape of one of its own.")


def _is_network(model, name):
    return isinstance(getattr(model, name, None), keras.Model)


def _take_over(source, target):
    """Copy the weights of matching layers; return how many match, and the layers of `target` that do not.

    Layers are matched by the shapes of their weights, in the order in which the networks hold them: a network for
    pictures of twice the size has the layers of the smaller one and some more.
    """
    old, new = _layers(source), _layers(target)
    matcher = difflib.SequenceMatcher(None, [key for key, *_ in old], [key for key, *_ in new], autojunk=False)
    left = dict(enumerate(new))
    for start, other, size in matcher.get_matching_blocks():
        for offset in range(size):
            _assign(old[start + offset][2], new[other + offset][2])
            del left[other + offset]
    return len(new) - len(left), [(path, variables) for _, path, variables in left.values()]


def _layers(network):
    """Return `(shapes, path, variables)` of every layer of a network that has weights."""
    layers = {}
    for variable in network.weights:
        layers.setdefault(variable.path.rpartition("/")[0], []).append(variable)
    return [(tuple((each.name, tuple(each.shape)) for each in held), path, held) for path, held in layers.items()]


def _named(layers):
    words = [f"{path} {tuple(variables[0].shape)}" for path, variables in layers[:MOST_NAMED]]
    return ", ".join(words) + (f" and {len(layers) - MOST_NAMED} more" if len(layers) > MOST_NAMED else "")
