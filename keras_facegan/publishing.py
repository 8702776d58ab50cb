"""The weights of a run under a name: in a zoo of one's own, or in the package's for a model that is to be committed."""

import pathlib
import re
import shutil
import tomllib

import tomli_w

from keras_facegan import checkpoint, paths, presets
from keras_facegan import recipe as recipes
from keras_facegan.changes import FREE, LENGTH
from keras_facegan.errors import UserError
from keras_facegan.evaluation.card import card_numbers
from keras_facegan.files import sha256, write_text
from keras_facegan.loading import load_model
from keras_facegan.preparation import open_examples, open_held_out
from keras_facegan.run_directory import RunDirectory
from keras_facegan.weights import save_inference_weights

_NAME = re.compile(r"[a-z0-9][a-z0-9_]*")


def publish(
    run_dir: str | pathlib.Path,
    name: str,
    *,
    step: int | str | None = None,
    data: str = "own pictures",
    terms: str = "not stated",
    data_dir: str | pathlib.Path | None = None,
    skip_bad: bool = False,
    to_package: bool = False,
) -> str:
    """Copy the weights of a run into a zoo, with a card, so that `load_pretrained("model/name")` finds them.

    Args:
        run_dir: Directory of the run, finished or not.
        name: What the weights are called: small letters, digits and underscores. In the package's zoo it is the preset
            that the run was trained by; in one's own the run's recipe becomes the preset of this name.
        step: Step of a kept checkpoint, or "best"; None takes the newest weights.
        data: What the run was trained on, by its full name.
        terms: The terms of that data.
        data_dir: Folder of the data set, or of the data sets.
        skip_bad: Leave unreadable pictures out.
        to_package: Write into the zoo of the package instead of `paths.user_zoo_root()`.

    Returns:
        The card, as TOML.

    Raises:
        UserError: The name is taken or does not fit, there is no such run, or the zoo cannot be written.
    """
    # Check the name and the place before anything is loaded.
    run = RunDirectory(run_dir).last_stage()
    recipe = run.read_recipe()
    if not _NAME.fullmatch(name) or name in ("weights", "renamed"):
        raise UserError(f"`{name}` cannot be the name of weights: take small letters, digits and underscores.")
    known = presets.zoo_file(recipe.name)
    if name in known.get("weights", {}):
        raise UserError(f"{recipe.name}/{name} is in the zoo already; take its card and file out first.")
    if to_package:
        _check_preset(recipe, name)
    elif name in known:
        raise UserError(f"{name} is a preset of {recipe.name}; call the weights otherwise.")
    zoo = paths.zoo_root() if to_package else paths.user_zoo_root()
    if not zoo.is_absolute():
        raise UserError("There is no home folder to publish into; set KERAS_FACEGAN_ZOO to a folder.")

    # Measure, copy, write the card.
    model = load_model(run_dir, step)
    is_final = step is None and run.weights.is_file()
    taken = None if is_final else step if isinstance(step, int) else _taken(run, step)
    examples = open_examples(recipe, model, data_dir, skip_bad)
    held_out = open_held_out(recipe, model, examples, data_dir, skip_bad)
    numbers = card_numbers(model, run.history, examples, held_out, taken)
    target = zoo / "weights" / f"{recipe.name}_{name}.weights.h5"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if is_final:
            shutil.copyfile(run.weights, target)
        else:
            save_inference_weights(model, target)
        card = {
            "file": f"weights/{target.name}",
            "sha256": sha256(target),
            "bytes": target.stat().st_size,
            "data": data,
            "terms": terms,
            "command": f"python train.py --model {recipe.name} --preset {name}" + " --data_dir DIR" * bool(data_dir),
            "numbers": numbers,
        }
        if not is_final:
            card["step"] = taken
        text = tomli_w.dumps({"weights": {name: card}})
        if to_package:
            # At the end of the file, whose comments stay.
            with (zoo / f"{recipe.name}.toml").open("a", encoding="utf-8") as file:
                file.write(f"\n{text}")
        else:
            _add(zoo / f"{recipe.name}.toml", name, recipe, card)
    except OSError as error:
        raise UserError(f"{zoo} cannot be written: {error.strerror or error}.") from None
    return text


def _check_preset(recipe, name):
    """Raise `UserError` where a run is not what a preset of the package says."""
    if name not in presets.preset_names(recipe.name):
        raise UserError(f"The weights are called like their preset; {name} is none of {recipe.name}.")
    tables = [recipes.resolve(recipe.name, name).tables(), {**recipe.tables(), "preset": name}]
    for table in tables:
        # How often a run was looked at does not change its weights.
        table["train"] = {key: value for key, value in table["train"].items() if key not in FREE or key in LENGTH}
    differing = recipes.differences(*tables)
    if differing:
        raise UserError(f"The run is not what the preset {name} says: {'; '.join(differing)}.")


def _add(path, name, recipe, card):
    """Add a preset and its weights to a zoo file of one's own."""
    tables = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    tables[name] = {table: recipe.tables()[table] for table in presets.TABLES}
    tables.setdefault("weights", {})[name] = card
    write_text(path, tomli_w.dumps(tables))


def _taken(run, step):
    """Return the steps behind the best checkpoint, or behind the newest one."""
    silent = [].append
    return (checkpoint.about(run.checkpoints, step) if step else checkpoint.newest(run.checkpoints, silent))[0]
