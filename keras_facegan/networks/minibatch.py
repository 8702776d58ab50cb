"""Minibatch discrimination inside a discriminator: where it enters, and how it starts."""

import keras
from keras import layers

from keras_facegan.layers.minibatch_discrimination import MinibatchDiscrimination

# Features of more than `LARGE` values are compared by `REDUCED` linear combinations of them.
LARGE, REDUCED = 1024, 128


def with_similarities(features, kernels: int, dims: int):
    """Append to features how near they are to those of the other pictures of a batch.

    Args:
        features: Keras tensor (B, A), the input of a final dense layer.
        kernels: Similarities per picture; 0 returns the features alone.
        dims: Length of the projections that one of them compares.

    Returns:
        Keras tensor (B, A + kernels).
    """
    if not kernels:
        return features
    compared = features
    if features.shape[-1] > LARGE:
        # Paper: not said. T would have millions of weights; this is T in two factors.
        compared = layers.Dense(REDUCED, use_bias=False, kernel_initializer=keras.initializers.GlorotUniform())(
            compared
        )
    return layers.Concatenate()([features, MinibatchDiscrimination(kernels, dims)(compared)])


def similarity_layers(network) -> list[MinibatchDiscrimination]:
    """Return the layers of a network that compare the pictures of a batch."""
    return [layer for layer in network.layers if isinstance(layer, MinibatchDiscrimination)]


def start_similarities(network, images):
    """Start the layers that compare the pictures of a batch, where they never were.

    Args:
        network: Functional model with the input "image".
        images: Tensor (n, H, W, C) of real pictures, as many as a batch holds.
    """
    for layer in similarity_layers(network):
        if layer.has_started():
            # A look at the features would move dropout and moving statistics, and a resumed run with them.
            continue
        features = keras.Model(network.input, layer.input)({"image": images}, training=True)
        layer.start(features)
