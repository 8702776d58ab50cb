"""Put the weights of a run into the zoo, with their card.

usage: facegan publish RUN_DIR NAME --data_dir DIR --data "..." --terms "..." [--step best]
"""

import shutil

import tomli_w
from absl import flags

from keras_facegan import paths
from keras_facegan.cli import _sources
from keras_facegan.cli._flags import Flags
from keras_facegan.errors import UserError


def main(argv):
    """Copy the weights file, measure the model, append the card to the model's zoo file."""
    given = Flags(__doc__)
    given.set_gnu_getopt()
    flags.DEFINE_string("data", None, "What it was trained on, by its full name.", flag_values=given)
    flags.DEFINE_string("terms", None, "The terms of that data, as known.", flag_values=given)
    flags.DEFINE_string("data_dir", None, "Folder of the data set, or of the data sets.", flag_values=given)
    flags.DEFINE_string("step", None, _sources.STEP_HELP, flag_values=given)
    rest = given.parse(argv)
    if len(rest) != 2 or not given.data or not given.terms:
        raise UserError("publish expects RUN_DIR, the name of the weights, --data and --terms.")
    run_dir, name = rest
    from keras_facegan.seam import backend

    backend.start()
    from keras_facegan import recipe as recipes
    from keras_facegan.changes import FREE, LENGTH
    from keras_facegan.evaluation.card import card_numbers
    from keras_facegan.files import sha256
    from keras_facegan.loading import load_model
    from keras_facegan.preparation import open_examples, open_held_out
    from keras_facegan.presets import preset_names, zoo_file
    from keras_facegan.run_directory import RunDirectory
    from keras_facegan.weights import save_inference_weights

    step = _sources.wanted_step(given.step)
    model = load_model(run_dir, step)
    run = RunDirectory(run_dir).last_stage()
    recipe = run.read_recipe()
    if name not in preset_names(recipe.name):
        raise UserError(f"The weights are called like their preset; {name} is none of {recipe.name}.")
    tables = [recipes.resolve(recipe.name, name).tables(), {**recipe.tables(), "preset": name}]
    for table in tables:
        # How often a run was looked at is nobody's concern.
        table["train"] = {key: value for key, value in table["train"].items() if key not in FREE or key in LENGTH}
    differing = recipes.differences(*tables)
    if differing:
        raise UserError(f"The run is not what the preset {name} says: {'; '.join(differing)}.")
    if name in zoo_file(recipe.name).get("weights", {}):
        raise UserError(f"{recipe.name}/{name} is in the zoo already; take its card and file out first.")
    examples = open_examples(recipe, model, given.data_dir)
    held_out = open_held_out(recipe, model, examples, given.data_dir)
    numbers = card_numbers(model, run.history, examples, held_out)
    target = paths.zoo_root() / "weights" / f"{recipe.name}_{name}.weights.h5"
    target.parent.mkdir(exist_ok=True)
    is_final = step is None and run.weights.is_file()
    if is_final:
        shutil.copyfile(run.weights, target)
    else:
        save_inference_weights(model, target)
    card = {
        "file": f"weights/{target.name}",
        "sha256": sha256(target),
        "bytes": target.stat().st_size,
        "data": given.data,
        "terms": given.terms,
        "command": f"python train.py --model {recipe.name} --preset {name}" + " --data_dir DIR" * bool(given.data_dir),
        "numbers": numbers,
    }
    if not is_final:
        card["step"] = step if isinstance(step, int) else _taken(run, step)
    text = tomli_w.dumps({"weights": {name: card}})
    with (paths.zoo_root() / f"{recipe.name}.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}")
    print(text)
    return 0


def _taken(run, step):
    """Return the steps behind the best checkpoint, or behind the newest one."""
    from keras_facegan import checkpoint

    report = lambda line: None  # noqa: E731
    return (checkpoint.about(run.checkpoints, step) if step else checkpoint.newest(run.checkpoints, report))[0]
