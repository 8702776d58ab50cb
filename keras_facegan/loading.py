"""Trained models from wherever they are: weights of the zoo by name, or the directory of a run of one's own."""

from collections.abc import Callable
from typing import Any

from keras_facegan import checkpoint, presets
from keras_facegan import recipe as recipes
from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.pretrained import load_pretrained
from keras_facegan.run_directory import RunDirectory
from keras_facegan.weights import load_inference_weights


def load_model(source, step: int | str | None = None, report: Callable[[str], Any] = print):
    """Load a trained model, ready for use.

    Args:
        source: Name for `load_pretrained`, such as "dcgan/cats_64", or the directory of a run, finished or not; of a
            run of stages the last one is loaded.
        step: Step of a checkpoint of the run, or "best" for the best one by the metric of `train.eval_every`; None
            takes its final weights, or its newest checkpoint while it is not finished.
        report: Callable that shows a line of text, called where the weights are not the final ones of a run.

    Returns:
        The `keras.Model`.

    Raises:
        UserError: Neither a name nor a run, a run without a checkpoint of that step, or damaged files.

    Example:
        >>> from keras_facegan import load_model
        >>> load_model("dcgan/mnist_32").generate(2, seed=1).shape
        (2, 32, 32, 1)
    """
    files = run_of(source)
    if files is None:
        if step is not None:
            raise UserError(f"Only runs have steps; `{source}` is the name of pretrained weights.")
        return load_pretrained(str(source))
    model = _create(files)
    if step is None and files.weights.is_file():
        load_inference_weights(model, files.weights)
    else:
        _restore(model, files, step, report)
    return model


def load_networks(source):
    """Load a trained model with all the networks that there are, to train on: of a run, those of a checkpoint.

    Args:
        source: As for `load_model`.

    Returns:
        The `keras.Model`; its `fresh_networks` are untrained.

    Raises:
        UserError: As for `load_model`.
    """
    files = run_of(source)
    if files is None or not checkpoint.steps(files.checkpoints):
        return load_model(source)
    model = _create(files)
    _restore(model, files, None, report=lambda line: None)
    return model


def load_helper(source: str, kind: str):
    """Load a trained model that another one looks at while it trains.

    Args:
        source: As for `load_model`; or the kind, ":" and a preset called "tiny..." for an untrained one, to try a
            model out.
        kind: Registered name of the model that it must be, such as "age_estimator".

    Returns:
        The `keras.Model`, frozen.

    Raises:
        UserError: It cannot be had, or is another model; says which weights there are and what trains some.
    """
    if source.startswith(f"{kind}:tiny"):
        # Always the same one, whatever the seed of the run.
        return _frozen(presets.create_model(kind, source.partition(":")[2], seed=0))
    _check_stage(source, f"the {kind} of an earlier stage", f" of {kind}")
    known = [name for name in presets.list_models(pretrained=True) if name.startswith(f"{kind}/")]
    way_out = f"Name one of {', '.join(known) or 'none'}, or the directory of a run of `train.py --model {kind}`."
    files = RunDirectory(source).last_stage()
    if source not in known and not files.recipe.is_file():
        raise UserError(f"`{source}` is neither trained weights of {kind} nor a run. {way_out}")
    if source not in known and (name := recipes.read(files.recipe)["name"]) != kind:
        raise UserError(f"{files.root} is a run of {name}, expected {kind}. {way_out}")
    return _frozen(load_model(source))


def _check_stage(source, what, kind=""):
    # A run of stages has put a path in the place of this name.
    if str(source).startswith("stage:"):
        raise UserError(
            f"`{source}` is {what}, which this is no stage behind: train a preset of stages, or name trained weights "
            f"or the directory of a run{kind}."
        )


def _frozen(model):
    for network in model.inference:
        model.network(network).trainable = False
    return model


def run_of(source) -> RunDirectory | None:
    """Return the files of a run; None for a name of pretrained weights, or what comes near to one.

    Args:
        source: As for `load_model`.

    Raises:
        UserError: Neither a name nor a run.
    """
    _check_stage(source, "an earlier stage")
    files = RunDirectory(source).last_stage()
    if files.recipe.is_file():
        return files
    if files.root.is_dir():
        raise UserError(f"{files.root} holds no run: there is no {files.recipe.name}.")
    known = presets.list_models(pretrained=True)
    if str(source) not in known and str(source).partition("/")[0] not in presets.list_models():
        raise UserError(
            f"`{source}` is neither the name of pretrained weights nor the directory of a run."
            f"{did_you_mean(str(source), known)}"
        )
    return None


def _create(files):
    recipe = files.read_recipe()
    return presets.create_model(recipe.name, **files.arguments(recipe))


def _restore(model, files, step, report):
    """Take a checkpoint of a run, or the weights with which it once ended at a step."""
    if step in files.ended_at():
        load_inference_weights(model, files.weights_of(step))
        return
    if step is None:
        newest = checkpoint.newest(files.checkpoints, report)
        if newest is None:
            raise UserError(
                f"The run in {files.root} has neither weights nor a checkpoint yet. "
                f"`facegan train --run_dir {files.root}` goes on with it."
            )
        step = newest[0]
        report(f"The run in {files.root} is not finished: the weights are those of step {step}.")
    elif step not in available(files):
        raise UserError(
            f"The run in {files.root} keeps no checkpoint of step {step}. "
            f"Available: {', '.join(map(str, available(files))) or 'none'}."
        )
    else:
        taken, facts = checkpoint.about(files.checkpoints, step)
        of = f", the best by {facts['metric']} ({facts['value']:.4g})" if "value" in facts else ""
        report(f"The weights are those of step {taken} of the run in {files.root}{of}.")
    checkpoint.restore(files.checkpoints, step, model)


def available(files: RunDirectory) -> list[int | str]:
    """Return the steps of a run whose weights can be loaded, and "best" where it keeps a best one.

    Args:
        files: Where the files of the run lie.
    """
    best = [checkpoint.BEST] if checkpoint.has_best(files.checkpoints) else []
    return [*sorted({*checkpoint.steps(files.checkpoints), *files.ended_at()}), *best]
