"""The trained model that a command works on: weights of the zoo by name, or a run of one's own by its directory."""

import pathlib

from absl import flags

from keras_facegan.cli._flags import Flags
from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.presets import list_models
from keras_facegan.pretrained import weights_card

STEP_HELP = "Step of a kept checkpoint of the run, or `best`; its newest weights unless given."


def define_flags(values: Flags):
    """Define `--run` and `--step`, which name a model of one's own.

    Args:
        values: Flags of the command.
    """
    text = {"flag_values": values}
    flags.DEFINE_string("run", None, "Directory of a run, finished or not, instead of a name of the zoo.", **text)
    flags.DEFINE_string("step", None, STEP_HELP, **text)


def load_model(source: str, step: str | None = None):
    """Load the model that a command works on; says so where its weights are not the final ones of a run.

    Args:
        source: As `model_source` returns it.
        step: Value of `--step`.

    Raises:
        UserError: There is no such model, or the run keeps no such checkpoint.
    """
    from keras_facegan import loading

    if step is not None and step != "best" and not step.isdecimal():
        raise UserError(f"--step is the number of a step, or `best`; got `{step}`.")
    return loading.load_model(source, int(step) if step is not None and step.isdecimal() else step)


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
        return run_dir
    if not rest:
        known = list_models(pretrained=True)
        raise UserError(f"Name pretrained weights, or a run of yours with --run DIR.{did_you_mean('', known)}")
    if len(rest) > 1:
        raise UserError(f"Expected one model, got {' '.join(rest)}.")
    if not (pathlib.Path(rest[0]) / "recipe.toml").is_file():
        weights_card(rest[0])
    return rest[0]


def source_name(source: str) -> str:
    """Return what files are called that come from a model: "dcgan-cats_64", or the name of a run's directory."""
    is_run = (pathlib.Path(source) / "recipe.toml").is_file()
    return pathlib.Path(source).resolve().name if is_run else source.replace("/", "-")
