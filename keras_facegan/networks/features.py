"""What a network sees in a picture: one of its layers as a further output."""

import re

import keras
from keras import layers

from keras_facegan.errors import UserError, did_you_mean

# Layers that only disturb what they pass on.
_NOISE = (layers.Dropout, layers.SpatialDropout2D, layers.GaussianNoise, layers.GaussianDropout)


def with_features(network: keras.Model, layer: str = "") -> keras.Model:
    """Return the same network, on the same weights, with the output of one of its layers as `features`.

    Args:
        network: Functional network with a dict of outputs, `logits` among them.
        layer: Name of the layer, see `layer_names`; "" takes what the last layer with weights before the logits reads,
            before any dropout or noise.

    Returns:
        Functional network that gives `features`, float32 (B, ...), beside its own outputs.

    Raises:
        UserError: The network has no such layer.
    """
    features = _named(network, layer).output if layer else _before_logits(network)
    features = layers.Activation("linear", dtype="float32", name="features")(features)
    return keras.Model(network.input, {**network.output, "features": features}, name=network.name)


def layer_names(network: keras.Model) -> dict[str, layers.Layer]:
    """Return the layers of a network by name.

    Keras numbers layers without a name of their own through the whole process. Here they are numbered within their
    network, `conv2d`, `conv2d_1` and so on, so that a name means the same layer everywhere.

    Args:
        network: Functional network.
    """
    names, counts = {}, {}
    for layer in network.layers:
        name = re.sub(r"_\d+$", "", layer.name)
        if name.replace("_", "") == type(layer).__name__.lower():
            counts[name] = number = counts.get(name, -1) + 1
            names[f"{name}_{number}" if number else name] = layer
        else:
            names[layer.name] = layer
    return names


def _named(network, name):
    names = layer_names(network)
    if name not in names:
        raise UserError(f"The {network.name} has no layer `{name}`.{did_you_mean(name, names)}")
    return names[name]


def _before_logits(network):
    layer = network.output["logits"]._keras_history.operation
    while not layer.weights:
        # The first of several inputs.
        layer = keras.tree.flatten(layer.input)[0]._keras_history.operation
    tensor = layer.input
    while isinstance(tensor._keras_history.operation, _NOISE):
        tensor = tensor._keras_history.operation.input
    return tensor
