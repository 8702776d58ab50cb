"""Trained models from wherever they are: weights of the zoo by name, or the directory of a run of one's own."""

import pathlib

from keras_facegan import checkpoint, presets
from keras_facegan import recipe as recipes
from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.pretrained import load_pretrained
from keras_facegan.run_directory import RunDirectory
from keras_facegan.weights import load_inference_weights


def load_model(source: str | pathlib.Path, step: int | None = None):
    """Load a trained model, ready for use.

    Args:
        source: Name for `load_pretrained`, such as "dcgan/cats_64", or the directory of a run, finished or not.
        step: Step of a checkpoint of the run; None takes its final weights, or its newest checkpoint before it has
            some.

    Returns:
        The `keras.Model`.

    Raises:
        UserError: Neither a name nor a run, a run without a checkpoint of that step, or damaged files.

    Example:
        >>> from keras_facegan import load_model
        >>> model = load_model("digit_net/default")
        >>> model.classify(digits).shape
        (5, 10)
    """
    files = RunDirectory(pathlib.Path(source).expanduser())
    if files.recipe.is_file():
        return _load_run(files, step)
    known = presets.list_models(pretrained=True)
    if files.root.is_dir():
        raise UserError(f"{files.root} holds no run: there is no {files.recipe.name}.")
    if str(source) not in known and str(source).partition("/")[0] not in presets.list_models():
        raise UserError(
            f"`{source}` is neither the name of pretrained weights nor the directory of a run."
            f"{did_you_mean(str(source), known)}"
        )
    if step is not None:
        raise UserError(f"Only runs have steps; `{source}` is the name of pretrained weights.")
    return load_pretrained(str(source))


def load_helper(source: str, kind: str):
    """Load a trained model that another one looks at while it trains.

    Args:
        source: As for `load_model`.
        kind: Registered name of the model that it must be, such as "age_estimator".

    Returns:
        The `keras.Model`, frozen.

    Raises:
        UserError: It cannot be had, or is another model; says which weights there are and what trains some.
    """
    known = [name for name in presets.list_models(pretrained=True) if name.startswith(f"{kind}/")]
    way_out = f"Name one of {', '.join(known) or 'none'}, or the directory of a run of `train.py --model {kind}`."
    files = RunDirectory(pathlib.Path(source).expanduser())
    if source not in known and not files.recipe.is_file():
        raise UserError(f"`{source}` is neither trained weights of {kind} nor a run. {way_out}")
    if source not in known and (name := recipes.read(files.recipe)["name"]) != kind:
        raise UserError(f"{files.root} is a run of {name}, expected {kind}. {way_out}")
    model = load_model(source)
    for network in model.inference:
        model.network(network).trainable = False
    return model


def _load_run(files, step):
    """Load the model of a run, of its final weights or of one of its checkpoints."""
    recipe = recipes.from_tables(recipes.read(files.recipe))
    model = presets.create_model(recipe.name, **recipe.model)
    if step is None and files.weights.is_file():
        load_inference_weights(model, files.weights)
        return model
    steps = checkpoint.steps(files.checkpoints)
    if step is None:
        newest = checkpoint.newest(files.checkpoints)
        if newest is None:
            raise UserError(
                f"The run in {files.root} has neither weights nor a checkpoint yet. "
                f"`facegan train --run_dir {files.root}` goes on with it."
            )
        step = newest[0]
    elif step not in steps:
        kept = ", ".join(map(str, steps)) or "none"
        raise UserError(f"The run in {files.root} keeps no checkpoint of step {step}. Available: {kept}.")
    else:
        checkpoint.about(files.checkpoints, step)
    checkpoint.restore(files.checkpoints, step, model)
    return model
