"""The trained model that a command works on: weights of the zoo by name, or a run of one's own by its directory."""

import pathlib

from absl import flags

from keras_facegan.abilities import require
from keras_facegan.cli._flags import Flags
from keras_facegan.data.files import printable
from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.presets import list_models
from keras_facegan.pretrained import weights_card
from keras_facegan.run_directory import RunDirectory

STEP_HELP = "Step of a kept checkpoint of the run, or `best`; its newest weights unless given."


def define_flags(values: Flags):
    """Define `--run` and `--step`, which name a model of one's own.

    Args:
        values: Flags of the command.
    """
    text = {"flag_values": values}
    flags.DEFINE_string("run", None, "Directory of a run, finished or not, instead of a name of the zoo.", **text)
    flags.DEFINE_string("step", None, STEP_HELP, **text)


def model_source(rest: list[str], run_dir: str | None) -> str:
    """Return what `load_model` takes: the one positional argument of a command, or the value of `--run`.

    Args:
        rest: Arguments that are no flags.
        run_dir: Value of `--run`, or None.

    Raises:
        UserError: There is none, more than one, both, or no such name and no such run.
    """
    if run_dir is not None:
        if rest:
            raise UserError(f"`{rest[0]}` and --run {run_dir} are two models; give one.")
        if not _recipe_file(run_dir).is_file():
            raise UserError(f"{printable(run_dir)} holds no run: there is no recipe.toml in it.")
        return run_dir
    if not rest:
        known = list_models(pretrained=True)
        raise UserError(f"Name pretrained weights, or a run of yours with --run DIR.{did_you_mean('', known)}")
    if len(rest) > 1:
        raise UserError(f"Expected one model, got {' '.join(rest)}.")
    if not _recipe_file(rest[0]).is_file():
        weights_card(rest[0])
    return rest[0]


def source_name(source: str) -> str:
    """Return what files are called that come from a model: "dcgan-cats_64", or the name of a run's directory."""
    return pathlib.Path(source).resolve().name if _recipe_file(source).is_file() else source.replace("/", "-")


def wanted_step(step: str | None) -> int | str | None:
    """Return the value of `--step` as `load_model` takes it; raises `UserError` for what is no step."""
    if step is None or step == "best":
        return step
    if not step.isdecimal():
        raise UserError(f"--step is the number of a step, or `best`; got `{step}`.")
    return int(step)


def open_model(source: str, *abilities: type, step: str | None = None):
    """Start the backend and load a model that a command works on; says so where its weights are not the final ones.

    Args:
        source: Name of weights of the zoo, or directory of a run.
        *abilities: What the model must be able to do. Its class is asked before any weights are loaded.
        step: Value of `--step`.

    Returns:
        The `keras.Model`.

    Raises:
        UserError: No such model, damaged files, or a model that lacks an ability.
    """
    step = wanted_step(step)
    from keras_facegan.seam import backend

    backend.start()
    from keras_facegan import recipe as recipes
    from keras_facegan.loading import load_model
    from keras_facegan.registry import MODELS

    file = _recipe_file(source)
    name = recipes.read(file)["name"] if file.is_file() else str(source).partition("/")[0]
    if name in MODELS.names():
        require(MODELS.get(name), *abilities, name=source)
    model = load_model(source, step)
    require(model, *abilities)
    return model


def _recipe_file(source):
    return RunDirectory(source).last_stage().recipe
