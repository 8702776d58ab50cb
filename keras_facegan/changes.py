"""What may change when a run goes on: settings that cannot change weights always, others when it is allowed."""

import pathlib
from dataclasses import replace

from keras_facegan.errors import UserError
from keras_facegan.recipe import Change, Recipe, differences, flat

# Settings of [train] that cannot change weights. Steps and epochs say how far a run goes, not what it is.
LENGTH = ("steps", "epochs")
FREE = (
    *LENGTH, "log_every", "sample_every", "eval_every", "eval_metrics", "eval_extractor", "checkpoint_every",
    "keep_checkpoints", "keep_every", "on_divergence",
)  # fmt: skip
# What only the first step reads.
FIRST = ("init",)


def go_on(
    recorded: Recipe, wanted: Recipe, step: int, allow_changes: bool, root: pathlib.Path
) -> tuple[Recipe, list[str]]:
    """Return the recipe of a run that goes on, and a line for every setting that changes its weights.

    Args:
        recorded: Recipe of the run.
        wanted: Recipe that it was asked to go on with.
        step: Steps that the run has taken.
        allow_changes: Whether settings that change weights may change.
        root: Directory of the run, for messages.

    Raises:
        UserError: What a run is differs, key by key; or settings that change weights do, and that is not allowed.
    """
    # Compare: model and data are what a run is.
    before, now, asked = recorded.tables(), recorded.after(step).tables(), wanted.tables()
    lines = differences(*({key: each[key] for key in ("name", "preset", "model", "data")} for each in (before, asked)))
    target = _target(before["train"], now["train"], asked["train"], wanted)
    new = {name for name in {*target, *now["train"]} if target.get(name) != now["train"].get(name)}
    weighty = new - {*FREE}
    changed = differences(
        *({"train": {name: each[name] for name in weighty if name in each}} for each in (now["train"], target))
    )

    # Refuse what must not change.
    if lines or weighty & {*FIRST}:
        raise UserError(
            f"{root} holds a run of another recipe: {'; '.join([*lines, *changed])}. Give the same settings to resume, "
            f"or choose another --run_dir; there, --init={root} begins with the weights of this run."
        )
    if changed and not allow_changes:
        raise UserError(
            f"{root} holds a run of other settings: {'; '.join(changed)}. Add --allow_changes to go on with the new "
            "ones, give the same settings to resume, or choose another --run_dir."
        )

    # Take over: what is free holds for the whole run, what is not from this step on.
    free = {name: target[name] for name in new & {*FREE} & {*target}}
    if {*LENGTH} & {*free}:
        free = {**dict.fromkeys(LENGTH, 0), **free}
    recipe = replace(recorded, train=replace(recorded.train, **free))
    if weighty:
        recipe = _with(recipe, Change(step, {name: target[name] for name in weighty}))
    words = [line.replace("expected", "was").replace(", got", ", is now") for line in changed]
    return recipe, [f"Changed from step {step} on: {line}." for line in words]


def go_on_with(
    examples, recipe: Recipe, step: int, facts: dict, allow_changes: bool, root: pathlib.Path
) -> tuple[Recipe, list[str]]:
    """Return the recipe of a run that goes on with the pictures that there are, and a line where they are others.

    Args:
        examples: `Examples` that the run is to be trained on.
        recipe: Recipe of the run.
        step: Steps that the run has taken.
        facts: What its newest checkpoint says; those of before know the number of pictures only.
        allow_changes: Whether the pictures may be others.
        root: Directory of the run, for messages.

    Raises:
        UserError: The pictures are others, and that is not allowed.
    """
    count, now = facts.get("examples", len(examples)), len(examples)
    if count == now and facts.get("pictures", examples.stamp) == examples.stamp:
        return recipe, []
    others = f"there are {now} now" if count != now else "there are as many now, but of other names or sizes"
    if not allow_changes and all(change.stamp != examples.stamp for change in recipe.changes):
        raise UserError(
            f"The run in {root} was trained on {count} pictures, {others}. Bring the data back, add --allow_changes to "
            "go on with these, or choose another --run_dir."
        )
    # A later record is of steps that are taken again, on these pictures now.
    kept = [replace(change, pictures=0, stamp="") if change.step > step else change for change in recipe.changes]
    kept = tuple(change for change in kept if change.train or change.pictures)
    recipe = _with(replace(recipe, changes=kept), Change(step, {}, now, examples.stamp))
    return recipe, [f"Changed from step {step} on: the pictures. The run was trained on {count}, {others}."]


def _target(begun, now, wanted, recipe):
    """Return the table of [train] to go on with."""
    begun, now, wanted = flat(begun), flat(now), flat(wanted)
    asks_length = any(recipe.asks(f"train.{name}") for name in LENGTH)
    target = {"optimizer": {}}
    for key in sorted({*begun, *now, *wanted}):
        name = key.split(".")[0]
        asked = asks_length if name in LENGTH else recipe.asks(f"train.{key}")
        # What a preset says and nobody asked for stays as it is in the run.
        stays = not asked and (name in (*FREE, *FIRST) or wanted.get(key) == begun.get(key))
        source = now if stays else wanted
        if key in source:
            _set(target, key.split("."), source[key])
    return target


def _set(table, path, value):
    for part in path[:-1]:
        table = table.setdefault(part, {})
    table[path[-1]] = value


def _with(recipe, change):
    """Return a recipe with one more change, joined with one of the same step."""
    same = [each for each in recipe.changes if each.step == change.step]
    others = [each for each in recipe.changes if each.step != change.step]
    for each in same:
        change = Change(
            change.step, {**each.train, **change.train}, change.pictures or each.pictures, change.stamp or each.stamp
        )
    return replace(recipe, changes=tuple(sorted((*others, change), key=lambda each: each.step)))
