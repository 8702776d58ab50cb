"""What a run needs before its first step: the model of its recipe, its pictures, and how many steps it takes."""

import dataclasses
import math

import keras

from keras_facegan import recipe as recipes
from keras_facegan.data.pipeline import open_table
from keras_facegan.data.sources import parse_split
from keras_facegan.errors import UserError
from keras_facegan.memory import free_memory
from keras_facegan.registry import MODELS
from keras_facegan.seam import runtime
from keras_facegan.seam.allocation import weight_limit


def build(recipe, rollbacks=0, files=None):
    """Build and compile the model of a recipe, its initial weights fixed by the recipe's seed.

    Args:
        recipe: Checked `Recipe`.
        rollbacks: How often the run diverged so far: each takes another seed and half the learning rates.
        files: `RunDirectory` of the run, beside which earlier stages lie; None where there is none.

    Raises:
        UserError: The model needs more memory than there is.
    """
    keras.utils.set_random_seed(recipe.train.seed + rollbacks)
    with runtime.precision(recipes.PRECISIONS[recipe.train.mixed_precision]), weight_limit(free_memory()):
        model = MODELS.create(recipe.name, **(files.arguments(recipe) if files else recipe.model))
        model.compile(recipe.train.optimizer, learning_rate_scale=0.5**rollbacks, jit_compile=recipe.train.jit_compile)
    return model


def open_examples(recipe, model, data_dir=None, skip_bad=False):
    """Open the pictures that a recipe trains on, at the size its model wants."""
    settings = {"image_shape": model.image_shape, "data_dir": data_dir, "skip_bad": skip_bad, "reads": model.reads}
    return open_table(recipe.data, **settings)


def open_held_out(recipe, model, examples, data_dir=None, skip_bad=False, report=print):
    """Open the validation split for a model that is validated; None, and why, where there is nothing to look at."""
    if not model.uses_held_out:
        return None
    if "validation" in parse_split(recipe.data.get("split", "train")):
        report("The validation split is trained on, so the run is not validated.")
        return None
    try:
        held_out = open_examples(with_split(recipe, "validation"), model, data_dir, skip_bad)
        if note := model.check_held_out(held_out, examples):
            report(note)
        return held_out
    except UserError as error:
        report(f"{error} The run is not validated.")
        return None


def with_split(recipe, split):
    """Return a recipe that reads another split of its data set."""
    return dataclasses.replace(recipe, data={**recipe.data, "split": split})


def total_steps(recipe, model, examples) -> int:
    """Return the steps of a run: as set, or enough for the epochs asked for, whatever the batch sizes on the way."""
    if recipe.train.steps:
        return recipe.train.steps
    step, left = 0, recipe.train.epochs * len(examples)
    for change in recipe.changes:
        per_step = recipe.after(step).train.batch_size * model.batches_per_step
        if change.step * per_step >= left + step * per_step:
            break
        step, left = change.step, left - (change.step - step) * per_step
    return step + math.ceil(left / (recipe.after(step).train.batch_size * model.batches_per_step))
