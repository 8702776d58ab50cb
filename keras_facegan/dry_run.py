"""What a run would do: its recipe, the sizes of its networks, the data it found and the memory it wants."""

import math

import tomli_w
from rich.table import Table

from keras_facegan import run
from keras_facegan.console import plain_console
from keras_facegan.evaluation.training import check_eval_extractor
from keras_facegan.memory import check_fits, training_memory


def show(recipe, run_dir, data_dir=None, skip_bad=False):
    """Print the plan of a run without training a step.

    Args:
        recipe: Checked `Recipe`.
        run_dir: Path of the run directory, which is not written.
        data_dir: Folder of the data set, or of the data sets.
        skip_bad: Leave unreadable pictures out.

    Raises:
        UserError: Wrong data, or a step that does not fit into memory.
    """
    # Do what a run does before its first step.
    check_eval_extractor(recipe)
    console = plain_console()
    console.print(tomli_w.dumps(recipe.tables()), highlight=False)
    model = run.build(recipe)
    examples = run.open_examples(recipe, model, data_dir, skip_bad)
    model.check_examples(examples)
    model.check_batch(recipe.train.batch_size)

    # Show sizes, data, memory.
    table = Table("network", "parameters", "trained", box=None, pad_edge=False)
    for name in model.networks:
        network = getattr(model, name)
        trained = sum(math.prod(variable.shape) for variable in network.trainable_variables)
        table.add_row(name, f"{network.count_params():,}", f"{trained:,}")
    console.print(table)
    steps, needed = run.total_steps(recipe, model, examples), training_memory(model, recipe.train.batch_size)
    console.print(f"\ndata: {len(examples):,} pictures of {examples.name}, each {examples.images.shape[1:]}")
    console.print(f"steps: {steps:,} of {recipe.train.batch_size * model.batches_per_step} pictures")
    console.print(f"memory: about {needed / 2**20:,.0f} MiB beside the runtime's own")
    console.print(f"run directory: {run_dir}")
    check_fits(model, recipe.train.batch_size)
