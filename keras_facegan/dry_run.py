"""What a run would do: its recipe, the sizes of its networks, the data it found and the memory it wants."""

import math

import numpy as np
import tomli_w
from rich.console import Console
from rich.table import Table

from keras_facegan import run


def show(recipe, run_dir, data_dir=None, skip_bad=False):
    """Print the plan of a run without training a step.

    Args:
        recipe: Checked `Recipe`.
        run_dir: Path of the run directory, which is not written.
        data_dir: Folder of the data set, or of the data sets.
        skip_bad: Leave unreadable pictures out.
    """
    console = Console()
    console.print(tomli_w.dumps(recipe.tables()), highlight=False, markup=False)
    examples = run.open_examples(recipe, data_dir, skip_bad)
    model = run.build(recipe)
    if hasattr(model, "check_examples"):
        model.check_examples(examples)
    table = Table("network", "parameters", "trained", box=None, pad_edge=False)
    for name in model.networks:
        network = getattr(model, name)
        trained = sum(math.prod(variable.shape) for variable in network.trainable_variables)
        table.add_row(name, f"{network.count_params():,}", f"{trained:,}")
    console.print(table)
    steps = run.total_steps(recipe, examples)
    console.print(f"\ndata: {len(examples):,} pictures of {examples.name}, each {examples.images.shape[1:]}")
    console.print(f"steps: {steps:,} of {recipe.train.batch_size * model.batches_per_step} pictures")
    console.print(f"memory: about {memory(model, recipe.train.batch_size) / 2**20:,.0f} MiB beside the runtime's own")
    console.print(f"run directory: {run_dir}")


def memory(model, batch_size):
    """Estimate the bytes of a training step: variables, moments, gradients, and activations kept for backpropagation.

    Args:
        model: Compiled model.
        batch_size: Pictures a batch.
    """
    state = [*model.variables, *(each for optimizer in model.optimizers.values() for each in optimizer.variables)]
    stored = sum(math.prod(variable.shape) * np.dtype(variable.dtype).itemsize for variable in state)
    gradients = max(4 * sum(math.prod(v.shape) for v in getattr(model, n).trainable_variables) for n in model.networks)
    kept = 0
    for name in model.networks:
        network = getattr(model, name)
        width = 4 if network.compute_dtype == "float32" else 2
        outputs = [tensor for layer in network.layers for tensor in _tensors(layer.output)]
        kept += width * sum(math.prod(tensor.shape[1:]) for tensor in outputs)
    # The generator's step holds both networks at once, and the discriminator's holds it twice, for real and fake.
    return stored + gradients + 2 * kept * batch_size


def _tensors(output):
    if isinstance(output, dict):
        return list(output.values())
    return list(output) if isinstance(output, list | tuple) else [output]
