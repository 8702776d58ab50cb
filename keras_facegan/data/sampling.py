"""Which examples make up step number `step`: pure functions of (seed, step), so a run resumes at any step."""

import functools
import math
import re

import numpy as np

from keras_facegan.errors import UserError, did_you_mean

# Upper edges in years of the age bins that `balanced:age` holds level, unless it is given others.
AGE_EDGES = (10, 20, 30, 40, 50, 60)


def make_sampler(name, columns, num_examples, batch_size, seed):
    """Return the sampler called `name` and the columns it serves.

    - `uniform`: every example once an epoch, shuffled anew each epoch.
    - `balanced:label`: every class equally often, within a class like `uniform`. Any integer column, or `age` by
      decades up to 60; `balanced:age:30/40/50` names the upper edges.
    - `identities:8x4`: 8 people with 4 different pictures each, next to each other.
    - `views:2`: like `uniform`, each example twice in a row, for models that compare what augmentation made of it.
    - `labelled:100`: 100 examples, equally many of each class, keep their `label` and fill every other place of a
      batch; the places between are drawn from all. Everything else has `labelled` False and `label` -1. Which
      examples these are does not depend on `seed`: `labelled:100:3` chooses them by seed 3, `labelled:100` by 0.
    - `uniform until 8000 then identities:8x4`: one before that step, another from it on.

    Args:
        name: One of the above.
        columns: Labels by name, examples on the first axis.
        num_examples: Number of examples to draw from.
        batch_size: Examples per step.
        seed: Non-negative int; the same seed gives the same batches.

    Returns:
        A function step -> int64 indices (batch_size,), and the columns, in which only `labelled` changes anything.

    Raises:
        UserError: No such sampler or column, or the examples do not suffice.
    """
    phases = []
    for single, kind, argument, until in parse_sampler(name):
        sample, columns = _SAMPLERS[kind](single, argument, columns, num_examples, batch_size, seed)
        phases.append((until, sample))
    if len(phases) == 1:
        return phases[0][1], columns
    return lambda step: next(sample for until, sample in phases if step < until)(step), columns


def parse_sampler(name):
    """Split a sampler's name into its phases.

    Returns:
        List of (name, kind, argument, step before which it applies), such as
        [("labelled:100", "labelled", "100", inf)].

    Raises:
        UserError: An unknown kind, steps that do not rise, or `labelled`, which changes the labels, as one of several.
    """
    name = " ".join(name.split())
    *before, last = name.split(" then ")
    phases, start = [], 0
    for phase in before:
        match = re.fullmatch(r"(.+) until ([1-9]\d*)", phase)
        if not match or int(match[2]) <= start:
            raise UserError(
                f"`uniform until 8000 then identities:8x4` names a later step each time, received `{name}`."
            )
        start = int(match[2])
        phases.append((match[1], start))
    parsed = []
    for single, until in [*phases, (last, math.inf)]:
        kind, _, argument = single.partition(":")
        if kind not in _SAMPLERS:
            raise UserError(f"`{single}` is not a sampler.{did_you_mean(kind, _SAMPLERS)}")
        if kind == "labelled" and before:
            raise UserError(f"`labelled` hides labels for the whole run, it is no phase of one; received `{name}`.")
        parsed.append((single, kind, argument, until))
    return parsed


def _uniform(name, argument, columns, num_examples, batch_size, seed):
    if argument:
        raise UserError(f"The sampler `uniform` takes no argument, received `{name}`.")
    draw = _epochs(num_examples, seed)
    return lambda step: draw(step * batch_size + np.arange(batch_size)), columns


def _views(name, argument, columns, num_examples, batch_size, seed):
    if not re.fullmatch(r"[1-9]\d*", argument):
        raise UserError(f"`views:2` means every picture twice in a batch, received `{name}`.")
    views = int(argument)
    if batch_size % views:
        raise UserError(f"`{name}` draws every picture {views} times: batch_size {batch_size} is no multiple.")
    draw, count = _epochs(num_examples, seed), batch_size // views
    return lambda step: np.repeat(draw(step * count + np.arange(count)), views), columns


def _epochs(num_examples, *seed):
    """Return a function positions (n,) -> int64 indices (n,) that meets every example once an epoch."""

    # Keep a few epochs: a batch may span two, and parallel calls come out of order.
    @functools.lru_cache(maxsize=4)
    def order(epoch):
        return np.random.default_rng([*seed, epoch]).permutation(num_examples)

    def draw(positions):
        epochs, places = np.divmod(positions, num_examples)
        indices = np.empty(len(positions), dtype="int64")
        for epoch in np.unique(epochs):
            indices[epochs == epoch] = order(int(epoch))[places[epochs == epoch]]
        return indices

    return draw


def _balanced(name, argument, columns, num_examples, batch_size, seed):
    column, _, edges = argument.partition(":")
    classes = _classes(name, _column(name, columns, column), edges)
    members = [np.flatnonzero(classes == each) for each in np.unique(classes)]
    turns = [_epochs(len(examples), seed, number) for number, examples in enumerate(members)]
    count = len(members)

    def indices(step):
        # Each run of `count` positions holds every class once, in an order of its own.
        positions = step * batch_size + np.arange(batch_size)
        rounds, places = np.divmod(positions, count)
        orders = {int(each): np.random.default_rng([seed, count, int(each)]).permutation(count) for each in set(rounds)}
        chosen = np.array([orders[int(r)][place] for r, place in zip(rounds, places, strict=True)])
        drawn = np.empty(batch_size, dtype="int64")
        for number in np.unique(chosen):
            drawn[chosen == number] = members[number][turns[number](rounds[chosen == number])]
        return drawn

    return indices, columns


def _classes(name, values, edges):
    """Return the class of each example: its own value, or the bin of its age."""
    if values.dtype == np.float32 and values.ndim == 1:
        edges = edges or "/".join(map(str, AGE_EDGES))
        if not re.fullmatch(r"\d+(/\d+)*", edges):
            raise UserError(f"`balanced:age:30/40/50` names upper edges of ages in years, received `{name}`.")
        return np.searchsorted([int(edge) for edge in edges.split("/")], values)
    if edges or values.ndim != 1:
        raise UserError(f"`balanced` needs one class per example, or `age` with edges; received `{name}`.")
    return values


def _identities(name, argument, columns, num_examples, batch_size, seed):
    match = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)", argument)
    if not match:
        raise UserError(f"`identities:8x4` means 8 people with 4 pictures each, received `{name}`.")
    people, pictures = int(match[1]), int(match[2])
    if batch_size % (people * pictures):
        raise UserError(
            f"`{name}` draws {people * pictures} pictures at a time: batch_size {batch_size} is no multiple."
        )
    identity = _column(name, columns, "identity")
    present, counts = np.unique(identity, return_counts=True)
    members = [np.flatnonzero(identity == each) for each in present[counts >= pictures]]
    if len(members) < people:
        raise UserError(
            f"`{name}` needs {people} people with {pictures} pictures or more; {len(members)} of {len(present)} people "
            "in this split have as many."
        )
    # Leave the odd people of an epoch out, so that nobody is met twice in a group.
    groups_an_epoch = len(members) // people
    order = _epochs(len(members), seed)

    def group(number):
        epoch, place = divmod(number, groups_an_epoch)
        chosen = order(epoch * len(members) + place * people + np.arange(people))
        random = np.random.default_rng([seed, people, number])
        return [random.choice(members[person], pictures, replace=False) for person in chosen]

    groups = batch_size // (people * pictures)
    return lambda step: np.concatenate([row for g in range(groups) for row in group(step * groups + g)]), columns


def _labelled(name, argument, columns, num_examples, batch_size, seed):
    match = re.fullmatch(r"([1-9]\d{0,8})(?::(\d{1,9}))?", argument)
    if not match:
        raise UserError(
            f"`labelled:100` means 100 labelled examples, `labelled:100:3` those of seed 3; received `{name}`."
        )
    wanted, label = int(match[1]), _column(name, columns, "label")
    # A seed of its own: a rollback, or a run with another seed, is told the same labels.
    order = np.random.default_rng([int(match[2] or 0), 2, wanted]).permutation(num_examples)
    classes = np.unique(label)
    if wanted > num_examples:
        raise UserError(f"`{name}` needs {wanted:,} examples with labels; there are {num_examples:,} in this split.")
    if wanted < len(classes):
        raise UserError(f"`{name}` leaves a class without a label: there are {len(classes)} classes in this split.")
    # Rank each example within its class, so that the first ranks hold equally many of every class.
    rank = np.empty(num_examples, dtype="int64")
    for each in classes:
        members = order[label[order] == each]
        rank[members] = np.arange(len(members))
    chosen = order[np.argsort(rank[order], kind="stable")][:wanted]
    labelled = np.zeros(num_examples, dtype=bool)
    labelled[chosen] = True
    some, every = _epochs(wanted, seed, 0), _epochs(num_examples, seed, 1)

    def indices(step):
        positions = step * batch_size + np.arange(batch_size)
        halves = positions // 2
        return np.where(positions % 2 == 0, chosen[some(halves)], every(halves))

    hidden = {"label": np.where(labelled, label, -1).astype("int32"), "labelled": labelled}
    return indices, columns | hidden


def _column(name, columns, column):
    if column not in columns:
        raise UserError(
            f"`{name}` needs the column `{column}`, which this data set lacks.{did_you_mean(column, columns)}"
        )
    return columns[column]


_SAMPLERS = {
    "uniform": _uniform,
    "views": _views,
    "balanced": _balanced,
    "identities": _identities,
    "labelled": _labelled,
}
