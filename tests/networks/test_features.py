"""Features of a network: the same weights, stable names, the layer before the logits."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_facegan.errors import UserError
from keras_facegan.networks.features import layer_names, with_features

PICTURES = np.random.default_rng(0).uniform(-1, 1, (3, 4, 4, 1)).astype("float32")


def small(noise=()):
    image = keras.Input((4, 4, 1), name="image")
    x = layers.Conv2D(2, 2, 2)(image)
    x = layers.LeakyReLU(0.2)(x)
    x = layers.Dense(5, "relu", name="hidden")(layers.Flatten()(x))
    for layer in noise:
        x = layer(x)
    logits = layers.Activation("linear", dtype="float32")(layers.Dense(1)(x))
    return keras.Model({"image": image}, {"logits": logits}, name="discriminator")


def seen(network, layer):
    return keras.Model(network.input, network.get_layer(layer).output)({"image": PICTURES})


def test_a_network_with_features_has_the_same_weights_and_logits():
    network = small()
    more = with_features(network)
    assert [id(each) for each in more.weights] == [id(each) for each in network.weights]
    assert more.name == "discriminator" and set(more.output) == {"logits", "features"}
    outputs = more({"image": PICTURES})
    np.testing.assert_array_equal(outputs["logits"], network({"image": PICTURES})["logits"])
    np.testing.assert_array_equal(outputs["features"], seen(network, "hidden"))


@pytest.mark.parametrize("noise", [(layers.Dropout(0.5),), (layers.GaussianNoise(0.5), layers.Dropout(0.5))])
def test_features_are_taken_before_noise(noise):
    network = small(noise)
    outputs = with_features(network)({"image": PICTURES}, training=True)
    np.testing.assert_array_equal(outputs["features"], seen(network, "hidden"))


def test_layers_are_numbered_within_their_network():
    first, second = (layer_names(small()) for _ in range(2))
    assert list(first) == list(second)
    assert list(first) == ["image", "conv2d", "leaky_re_lu", "flatten", "hidden", "dense", "activation"]
    deep = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Dense(5), layers.Dense(6)])
    assert {name: layer.units for name, layer in layer_names(deep).items()} == {"dense": 4, "dense_1": 5, "dense_2": 6}


def test_a_layer_is_chosen_by_name():
    small()
    network = small()
    maps = with_features(network, "leaky_re_lu")({"image": PICTURES})["features"]
    assert maps.shape == (3, 2, 2, 2)
    np.testing.assert_array_equal(maps, seen(network, layer_names(network)["leaky_re_lu"].name))


@pytest.mark.parametrize(
    ("layer", "message"),
    [("leaky_relu", "The discriminator has no layer `leaky_relu`. Did you mean `leaky_re_lu`"), ("map", "Available:")],
)
def test_an_unknown_layer_is_refused(layer, message):
    with pytest.raises(UserError, match=message):
        with_features(small(), layer)


def test_features_are_float32_in_half_precision():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        network = with_features(small(), "hidden")
    finally:
        keras.config.set_dtype_policy("float32")
    assert keras.ops.dtype(network({"image": PICTURES})["features"]) == "float32"
