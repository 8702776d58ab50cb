"""The trained model that a command works on: weights of the zoo by name, or what a run of one's own ended with."""

import pathlib

from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.presets import list_models
from keras_facegan.pretrained import load_pretrained, weights_card

RUN_HELP = "Directory of a finished run, instead of a name of the zoo."

# What models can do, by the method that does it.
ABILITIES = (
    "generate", "age", "estimate_age", "embed", "features", "classify", "recognise", "rebuild", "transform", "restore",
    "log_prob",
)  # fmt: skip


def model_name(rest, run_dir):
    """Return the one positional argument of a command, or None where `--run` stands in for it.

    Args:
        rest: Arguments that are no flags.
        run_dir: Value of `--run`, or None.

    Raises:
        UserError: There is none, more than one, a run as well, or no such name in the zoo.
    """
    if run_dir is not None:
        if rest:
            raise UserError(f"`{rest[0]}` and --run {run_dir} are two models; give one.")
        return None
    if not rest:
        known = list_models(pretrained=True)
        raise UserError(f"Name pretrained weights, or a run of yours with --run DIR.{did_you_mean('', known)}")
    if len(rest) > 1:
        raise UserError(f"Expected one model, got {' '.join(rest)}.")
    if (pathlib.Path(rest[0]) / "recipe.toml").is_file():
        raise UserError(f"`{rest[0]}` is the directory of a run; say --run {rest[0]}.")
    weights_card(rest[0])
    return rest[0]


def load_model(name, run_dir):
    """Load a trained model, ready for use.

    Args:
        name: Name for `load_pretrained`, or None.
        run_dir: Path of a finished run, used where there is no name.

    Raises:
        UserError: The name is unknown, the directory holds no run, or its run is not finished.
    """
    if name is not None:
        return load_pretrained(name)
    from keras_facegan import recipe as recipes
    from keras_facegan.registry import MODELS
    from keras_facegan.run import RunDirectory
    from keras_facegan.weights import load_inference_weights

    run = RunDirectory(pathlib.Path(run_dir))
    if not run.recipe.is_file():
        raise UserError(f"{run.root} holds no run: there is no {run.recipe.name}.")
    recipe = recipes.from_tables(recipes.read(run.recipe))
    if not run.weights.is_file():
        raise UserError(
            f"The run in {run.root} is not finished: there is no {run.weights.name}. "
            f"`facegan train --run_dir {run.root}` goes on with it."
        )
    model = MODELS.create(recipe.name, **recipe.model)
    load_inference_weights(model, run.weights)
    return model


def require(model, *methods):
    """Raise `UserError` that says what a model can do, where it lacks one of the methods that a command calls."""
    missing = [method for method in methods if not hasattr(model, method)]
    if missing:
        can = [method for method in ABILITIES if hasattr(model, method)]
        raise UserError(f"{model.name} cannot {missing[0]}; it can {', '.join(can) or 'be trained only'}.")
