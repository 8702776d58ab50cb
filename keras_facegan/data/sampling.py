"""Which examples make up step number `step`: pure functions of (seed, step), so a run resumes at any step."""

import functools

import numpy as np

from keras_facegan.errors import UserError, did_you_mean


def make_sampler(name, columns, num_examples, batch_size, seed):
    """Return the sampler called `name`.

    Args:
        name: "uniform".
        columns: Labels by name, examples on the first axis.
        num_examples: Number of examples to draw from.
        batch_size: Examples a step.
        seed: Non-negative int; the same seed gives the same batches.

    Returns:
        A function step -> int64 indices (batch_size,).

    Raises:
        UserError: No such sampler, or the examples do not suffice.
    """
    kind, _, _ = name.partition(":")
    if kind not in _SAMPLERS:
        raise UserError(f"`{name}` is not a sampler.{did_you_mean(kind, _SAMPLERS)}")
    return _SAMPLERS[kind](columns, num_examples, batch_size, seed)


def _uniform(columns, num_examples, batch_size, seed):
    """Draw every example once an epoch, in an order of its own for each epoch."""
    order = _shuffles(num_examples, seed)

    def indices(step):
        positions = step * batch_size + np.arange(batch_size)
        epochs, places = np.divmod(positions, num_examples)
        return np.concatenate([order(int(epoch))[places[epochs == epoch]] for epoch in np.unique(epochs)])

    return indices


def _shuffles(num_examples, *seed):
    """Return a function epoch -> int64 permutation; the last few are kept because steps may come out of order."""

    @functools.lru_cache(maxsize=4)
    def order(epoch):
        return np.random.default_rng([*seed, epoch]).permutation(num_examples)

    return order


_SAMPLERS = {"uniform": _uniform}
