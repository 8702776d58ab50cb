"""Stages: a model whose training begins when that of another is finished, each a run in the directory of one run.

A preset says `stages = ["cgan/faces_64", "age_cgan/encoder_64"]`; the runs lie in `RUN/1-faces` and `RUN/2-encoder`. A
later stage names an earlier one as its helper: `generator = "stage:1"`. Nothing else knows of stages.
"""

import dataclasses
import pathlib
import re

from keras_facegan import presets
from keras_facegan import recipe as recipes
from keras_facegan.errors import UserError
from keras_facegan.run_directory import RunDirectory


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is to be trained: one run, or the runs of several stages.

    Attributes:
        name: Registered name of the model.
        preset: Name of its preset.
        root: Directory of it all.
        stages: "model/preset" of every stage; empty for one run.
        runs: Directory and recipe of every run, in their order.
    """

    name: str
    preset: str
    root: pathlib.Path
    stages: tuple[str, ...]
    runs: tuple[tuple[pathlib.Path, recipes.Recipe], ...]

    def write(self):
        """Write down which stages the directory holds; one run alone needs no such record.

        Raises:
            UserError: Something else lies there, or it cannot be written.
        """
        if not self.stages:
            return
        files = RunDirectory(self.root)
        if files.recipe.exists():
            there = recipes.read_stages(files.recipe)
            if there != [*self.stages]:
                other = f"the stages {', '.join(there)}" if there else "one stage"
                raise UserError(
                    f"{self.root} holds a run of {other}, expected {', '.join(self.stages)}. Choose another --run_dir."
                )
            return
        files.create()
        files.write_stages(self.name, self.preset, [*self.stages])


def plan_of_run(files: RunDirectory, changes=()) -> Plan:
    """Return the plan of a run that goes on with its own recipe.

    Args:
        files: Its directory.
        changes: As for `plan`.

    Raises:
        UserError: The recipe is damaged, or as for `plan`.
    """
    if recipes.read_stages(files.recipe):
        return plan(*recipes.read_names(files.recipe), files.root, changes)
    recipe = recipes.changed(recipes.read(files.recipe), changes)
    return Plan(recipe.name, recipe.preset, files.root, (), ((files.root, recipe),))


def plan(model: str, preset: str, root: str | pathlib.Path, changes=()) -> Plan:
    """Return what a preset trains in a directory.

    Args:
        model: Registered name.
        preset: Name of one of its presets.
        root: Directory of the run.
        changes: Pairs of a dotted key and a value; of a preset of stages the key begins with the number of the stage:
            "2.train.steps".

    Raises:
        UserError: A name, key or value is wrong, or a stage lacks its number.
    """
    files, changes = RunDirectory(root), [*changes]
    stages = presets.read_stages(model, preset)
    if not stages:
        return Plan(model, preset, files.root, (), ((files.root, recipes.resolve(model, preset, changes)),))
    own = {number: [] for number in range(1, len(stages) + 1)}
    for key, value in changes:
        match = re.fullmatch(r"([1-9]\d*)\.(.+)", key)
        if not match or int(match[1]) not in own:
            raise UserError(
                f"`{key}`: {model}/{preset} has {len(stages)} stages, so a setting begins with the number of one: "
                f"--set {len(stages)}.{key.lstrip('0123456789.')}=..."
            )
        own[int(match[1])].append((match[2], value))
    names = tuple(f"{stage}/{name}" for stage, name in stages)
    runs = tuple(
        (files.stage(number, names[number - 1]), recipes.resolve(*stages[number - 1], own[number])) for number in own
    )
    return Plan(model, preset, files.root, names, runs)
