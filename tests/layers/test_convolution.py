"""The faster convolution layers are Keras' layers in every respect but speed."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.layers import convolution
from keras_facegan.seam import halving

# The first two take the fast path.
SETTINGS = [
    {"kernel_size": 4, "strides": 2, "padding": "same", "use_bias": False},
    {"kernel_size": 4, "strides": 2, "padding": "same", "activation": "relu", "bias_initializer": "ones"},
    {"kernel_size": 3, "strides": 2, "padding": "same"},
    {"kernel_size": 4, "strides": 2, "padding": "valid"},
    {"kernel_size": 4, "strides": 1, "padding": "same"},
]


def pair(name, settings):
    ours, theirs = getattr(convolution, name)(3, **settings), getattr(keras.layers, name)(3, **settings)
    for layer in (ours, theirs):
        layer.build((None, 8, 8, 5))
    theirs.set_weights(ours.get_weights())
    return ours, theirs


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("name", ["Conv2D", "Conv2DTranspose"])
@pytest.mark.parametrize("side", [8, 7])
def test_results_and_weight_gradients_equal_keras(name, settings, side):
    x = tf.constant(np.random.default_rng(0).normal(size=(2, side, side, 5)).astype("float32"))

    def results(layer):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
            loss = tf.reduce_sum(tf.square(y))
        return [y, *tape.gradient(loss, [x, *(weight.value for weight in layer.weights)])]

    for one, other in zip(*(results(layer) for layer in pair(name, settings)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["Conv2D", "Conv2DTranspose"])
def test_the_fast_path_is_taken(name, monkeypatch):
    taken = []
    for way in ("halve", "double"):
        monkeypatch.setattr(halving, way, lambda x, kernel, way=way: taken.append(way) or tf.zeros(()))
    pair(name, SETTINGS[0])[0](tf.zeros((1, 8, 8, 5)))
    assert taken == ["halve" if name == "Conv2D" else "double"]


@pytest.mark.parametrize("name", ["Conv2D", "Conv2DTranspose"])
def test_mixed_precision_and_unknown_batch(name, tmp_path):
    inputs = keras.Input((8, 8, 5))
    layer = getattr(convolution, name)(3, **SETTINGS[0], dtype="mixed_bfloat16")
    model = keras.Model(inputs, layer(inputs))
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 5)).astype("float32")
    assert model(x).dtype == "bfloat16"
    assert model(x).shape == (2, *model.output_shape[1:])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded.layers[-1]) is type(layer)
    np.testing.assert_array_equal(tf.cast(loaded(x), "float32"), tf.cast(model(x), "float32"))
