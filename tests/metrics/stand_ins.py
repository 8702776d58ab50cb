"""Small things that stand in for what a test cannot have: a network of random weights, faces by our own pen."""

import keras
import numpy as np

from keras_facegan.metrics.extractors import Extractor, weights_hash


def network(side=16, features=8, seed=0):
    """Return a convolution, a non-linearity and a mean: (B, side, side, 3) -> (B, features)."""
    kernel = keras.initializers.GlorotNormal(seed=seed)
    return keras.Sequential(
        [
            keras.Input((side, side, 3)),
            keras.layers.Conv2D(features, 3, 2, activation="relu", kernel_initializer=kernel),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )


def extractor(side=16, features=8, seed=0, name="stand_in"):
    """Return an `Extractor` over `network`, which counts the pictures it was shown in `.seen`."""
    seen = []
    inner = network(side, features, seed)

    def counting(images):
        seen.append(len(images))
        return inner(images, training=False)

    found = Extractor(name, counting, (side, side, 3), weights_hash(inner))
    return found, seen


def pictures(seed, n=10, side=20, channels=3):
    """Return uint8 noise (n, side, side, channels)."""
    return np.random.default_rng(seed).integers(0, 256, (n, side, side, channels)).astype("uint8")
