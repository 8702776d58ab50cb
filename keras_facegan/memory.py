"""What a training step takes in memory, estimated after building, and a refusal of what cannot fit."""

import math

import keras
import numpy as np
import psutil

from keras_facegan.errors import UserError
from keras_facegan.networks.minibatch import similarity_layers

# What is kept of one optimizer step that is looked ahead, in copies of the weights and of all activations: measured.
WEIGHT_COPIES, PASSES = 8, 6


def check_fits(model, batch_size: int):
    """Raise `UserError` where a training step needs more memory than the machine has free.

    Args:
        model: Compiled model.
        batch_size: Pictures per batch.
    """
    needed, free = training_memory(model, batch_size), free_memory()
    if needed > free:
        ahead = "model.unrolled_steps, " if any(model.steps_ahead.values()) else ""
        smaller = f"train.batch_size, {ahead}model.image_shape"
        raise UserError(
            f"A step of {model.name} with batches of {batch_size} takes about {needed / 2**30:.1f} GiB, "
            f"{free / 2**30:.1f} GiB are free. Lower {smaller} or the width of the networks."
        )


def free_memory() -> int:
    """Return the bytes of memory that the machine has free."""
    return psutil.virtual_memory().available


def training_memory(model, batch_size: int) -> int:
    """Estimate the bytes of a training step: variables, moments, gradients, and activations kept for backpropagation.

    Frozen networks that a model only looks at are not counted.

    Args:
        model: Compiled model.
        batch_size: Pictures per batch.
    """
    state = [*model.variables, *(each for optimizer in model.optimizers.values() for each in optimizer.variables)]
    stored = sum(math.prod(variable.shape) * np.dtype(variable.dtype).itemsize for variable in state)
    gradients = max(4 * sum(math.prod(v.shape) for v in getattr(model, n).trainable_variables) for n in model.networks)
    kept = sum(activations(getattr(model, name), model.shape_read_by(name)) for name in model.networks)
    # The generator's step holds both networks at once, and the discriminator's holds it twice, for real and fake.
    pairs = sum(bytes_of_pairs(getattr(model, name)) for name in model.networks)
    kept = 2 * kept * batch_size + 2 * pairs * batch_size**2
    return stored + gradients + kept + looked_ahead(model, batch_size)


def bytes_of_pairs(network) -> int:
    """Return the bytes that the layers of a network keep for one pair of the pictures of a batch."""
    return sum(4 * layer.kernels * (layer.dims + 1) for layer in similarity_layers(network))


def looked_ahead(model, batch_size: int) -> int:
    """Return the bytes of the optimizer steps that a training step differentiates through."""
    total = 0
    for name, steps in model.steps_ahead.items():
        network = getattr(model, name)
        weights = 4 * sum(math.prod(variable.shape) for variable in network.trainable_variables)
        kept = activations(network, model.image_shape) * batch_size + bytes_of_pairs(network) * batch_size**2
        # Per step new weights and moments, gradients and their squares; of real and of generated pictures the
        # activations of the forward and of the backward pass, and all of them again for their own gradients.
        total += steps * (WEIGHT_COPIES * weights + PASSES * kept)
    return total


def activations(network, image_shape):
    """Return the bytes of everything that the layers of a network give out for one picture.

    Args:
        network: Functional Keras model.
        image_shape: (side, side, channels) of its pictures, for networks that take any size.
    """

    def concrete(tensor):
        _, *shape = tensor.shape
        if None in shape:
            # A mask has another number of channels than the picture.
            shape = [own or known for own, known in zip(shape, image_shape, strict=True)]
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
