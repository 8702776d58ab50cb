"""A model to measure, before anything of it is loaded: weights of the zoo, a run, fresh weights, or a model at hand."""

import dataclasses
import functools
import os
import pathlib
from collections.abc import Callable
from typing import Any

from keras_facegan.errors import UserError
from keras_facegan.loading import load_model
from keras_facegan.presets import create_model, read_preset
from keras_facegan.pretrained import load_pretrained, weights_card
from keras_facegan.run_directory import RunDirectory


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A model to measure.

    Attributes:
        name: What to call it, such as "dcgan/cats_64" or "runs/mine".
        data: Its `[data]` table: `dataset`, `split` and the options of the data set.
        load: Callable (report) -> model; `report` shows a line of text.
        trained: Whether its weights are more than random.
        history: Path of the history.csv of its run, or None.
    """

    name: str
    data: dict
    load: Callable[[Callable[[str], Any]], Any]
    trained: bool = True
    history: pathlib.Path | None = None

    @property
    def file_name(self) -> str:
        """What files of it are called: "dcgan-cats_64", or the name of its run's folder."""
        name = os.path.basename(os.path.abspath(self.name)) if self.history else self.name.replace("/", "-")
        return name.replace(" ", "-")


def candidate(source, dataset: str | None = None, step: int | str | None = None) -> Candidate:
    """Return what there is to measure.

    Args:
        source: Name for `load_pretrained`, the directory of a run, a model, or a `Candidate`.
        dataset: Name of the data set of a model, which knows none itself.
        step: Step of a run, as for `load_model`.

    Raises:
        UserError: Neither a name nor a run, a model without a data set, or a step of what is no run.
    """
    if isinstance(source, str | os.PathLike) and os.path.isdir(os.path.expanduser(source)):
        return run(source, step)
    if step is not None:
        raise UserError(f"Only runs have steps; {getattr(source, 'name', source)} is none.")
    if isinstance(source, Candidate):
        return source
    if isinstance(source, str | os.PathLike):
        return weights(str(source))
    if dataset is None:
        raise UserError(f"A model does not say what it learnt: name the data set of {source.name} with dataset=.")
    return Candidate(source.name, {"dataset": dataset}, lambda report: source)


def weights(name: str) -> Candidate:
    """Return trained weights of the zoo; a wrong name raises `UserError`."""
    model, card = weights_card(name)
    data = read_preset(model, card.get("preset", name.split("/")[1]))["data"]
    return Candidate(name, data, lambda report: load_pretrained(name))


def run(directory: str | os.PathLike, step: int | str | None = None) -> Candidate:
    """Return the model of a run, finished or not.

    Args:
        directory: Its directory; of a run of stages the last one is measured.
        step: As for `load_model`.

    Raises:
        UserError: The directory holds no run, or its recipe is damaged.
    """
    files = RunDirectory(directory).last_stage()
    if not files.recipe.is_file():
        raise UserError(f"{directory} holds no run: there is no {files.recipe.name}.")
    name = f"{directory} {step}" if step else str(directory)
    load = functools.partial(load_model, files.root, step)
    return Candidate(name, files.read_recipe().data, load, history=files.history)


def untrained(model: str, preset: str = "default", seed: int = 0) -> Candidate:
    """Return a model with fresh weights, whose numbers say what noise reaches.

    Args:
        model: Registered name.
        preset: Name of one of its presets.
        seed: Fixes the weights.
    """
    data = read_preset(model, preset)["data"]
    return Candidate(
        f"{model}/{preset} untrained", data, lambda report: create_model(model, preset, seed=seed), trained=False
    )
