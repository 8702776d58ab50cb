"""What a run would do: its recipe, the sizes of its networks, the data it found and the memory it wants."""

import math

import keras
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

    Frozen networks that a model only looks at are not counted.

    Args:
        model: Compiled model.
        batch_size: Pictures a batch.
    """
    state = [*model.variables, *(each for optimizer in model.optimizers.values() for each in optimizer.variables)]
    stored = sum(math.prod(variable.shape) * np.dtype(variable.dtype).itemsize for variable in state)
    gradients = max(4 * sum(math.prod(v.shape) for v in getattr(model, n).trainable_variables) for n in model.networks)
    kept = sum(activations(getattr(model, name), model.image_shape) for name in model.networks)
    # The generator's step holds both networks at once, and the discriminator's holds it twice, for real and fake.
    return stored + gradients + 2 * kept * batch_size


def activations(network, image_shape):
    """Return the bytes of everything that the layers of a network give out for one picture.

    Args:
        network: Functional Keras model.
        image_shape: (side, side, channels) of its pictures, for networks that take any size.
    """

    def concrete(tensor):
        _, *shape = tensor.shape
        if None in shape:
            shape = image_shape
        return keras.Input(shape, dtype=tensor.dtype, name=tensor.name)

    total = 0

    def call(layer, *args, **kwargs):
        nonlocal total
        output = layer(*args, **kwargs)
        if isinstance(layer, keras.Model):
            total += activations(layer, image_shape)
        else:
            inner = [each for each in vars(layer).values() if isinstance(each, keras.Model)]
            total += sum(activations(each, image_shape) for each in inner)
            total += sum(_bytes(tensor) for tensor in keras.tree.flatten(output))
        return output

    # Go through the graph again, for a layer that is called twice gives out twice; the weights stay the same.
    inputs = keras.tree.map_structure(concrete, network.input)
    keras.models.clone_model(network, inputs, clone_function=lambda layer: layer, call_function=call)
    return total


def _bytes(tensor):
    return math.prod(tensor.shape[1:]) * (2 if tensor.dtype.endswith("float16") else 4)
