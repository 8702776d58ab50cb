"""Layers of progressive ageing: gates, instance and spectral norms, the low-pass filter."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from keras_facegan.layers.age_gate import AgeGate
from keras_facegan.layers.binomial_blur import BinomialBlur
from keras_facegan.layers.group_ages import GroupAges
from keras_facegan.layers.instance_norm import InstanceNormalization
from keras_facegan.layers.spectral_norm import SpectralConv2D

RNG = np.random.default_rng(0)


def shift(amount=1.0):
    """A network that adds a constant, whose only weight is learned."""
    image = keras.Input((4, 4, 1))
    x = keras.layers.Conv2D(1, 1, kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(amount))
    return keras.Model(image, x(image))


@pytest.mark.parametrize("groups", [4, 5, 7])
def test_gates_are_open_from_source_up_to_target(groups):
    x = RNG.normal(size=(groups * groups, 4, 4, 1)).astype("float32")
    source, target = (each.ravel().astype("int32") for each in np.indices((groups, groups)))
    total = tf.constant(x)
    for position in range(groups - 1):
        total = AgeGate(shift(), position)(total, source, target)
    steps = np.maximum(target - source, 0)
    np.testing.assert_allclose(total, x + steps[:, None, None, None], atol=1e-5)
    closed = steps == 0
    np.testing.assert_array_equal(np.asarray(total)[closed], x[closed])


def test_the_last_gate_is_open_in_part_for_a_target_between_two_groups():
    x = RNG.normal(size=(4, 4, 4, 1)).astype("float32")
    source, target = np.array([0, 0, 1, 1], "int32"), np.array([1.25, 0.0, 1.5, 2.0], "float32")
    total = tf.constant(x)
    for position, amount in enumerate((1.0, 10.0, 100.0)):
        total = AgeGate(shift(amount), position)(total, source, target)
    added = np.array([1.0 + 2.5, 0.0, 5.0, 10.0])
    np.testing.assert_allclose(total, x + added[:, None, None, None], rtol=1e-5)
    np.testing.assert_array_equal(np.asarray(total)[1], x[1])
    # Whole numbers are whole gates, bit by bit.
    whole = AgeGate(shift(), 1)(x, source, np.array([2, 1, 2, 1], "int32"))
    np.testing.assert_array_equal(whole, x + np.array([1, 0, 1, 0], "float32")[:, None, None, None])


def test_the_gradient_of_a_gate_is_its_weight():
    gate, x = AgeGate(shift(), 0), tf.constant(RNG.normal(size=(2, 4, 4, 1)).astype("float32"))
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(gate(x, np.array([0, 0]), np.array([0.25, 0.5], "float32")))
    np.testing.assert_allclose(tape.gradient(y, gate.residual.trainable_variables[1].value), 16 * 0.75)


def test_a_closed_gate_hides_even_what_is_not_finite():
    x = RNG.normal(size=(2, 4, 4, 1)).astype("float32")
    found = AgeGate(shift(np.inf), 0)(x, np.array([0, 1]), np.array([1, 1]))
    np.testing.assert_array_equal(found[1], x[1])
    assert np.isinf(found[0]).all()


@pytest.mark.parametrize("source", [[0, 0], [1, 0], [1, 1]])
def test_only_open_gates_have_a_gradient(source):
    gate, source = AgeGate(shift(), 0), np.array(source)
    x = tf.constant(RNG.normal(size=(2, 4, 4, 1)).astype("float32"))

    @tf.function
    def slopes(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(gate(x, source, np.array([1, 1])))
        return tape.gradient(y, [x, gate.residual.trainable_variables[1].value])

    by_image, by_bias = slopes(x)
    np.testing.assert_allclose(by_image, 1.0)
    np.testing.assert_allclose(by_bias, 16 * np.sum(source == 0))


def test_instance_norm_is_of_each_channel_of_each_picture():
    x = RNG.normal(3, 5, size=(3, 6, 5, 4)).astype("float32")
    mean, variance = x.mean((1, 2), keepdims=True), x.var((1, 2), keepdims=True)
    np.testing.assert_allclose(InstanceNormalization()(x), (x - mean) / np.sqrt(variance + 1e-5), atol=1e-5)
    keras_own = keras.layers.GroupNormalization(groups=-1, epsilon=1e-5, center=False, scale=False)
    np.testing.assert_allclose(InstanceNormalization()(x), keras_own(x), atol=1e-5)
    plain = np.full((1, 4, 4, 2), 7.0, "float32")
    assert np.isfinite(InstanceNormalization()(plain)).all()
    half = InstanceNormalization(dtype="mixed_bfloat16")(x)
    assert half.dtype == "bfloat16"
    np.testing.assert_allclose(tf.cast(half, "float32"), InstanceNormalization()(x), atol=0.03)


def test_instance_norm_learns_a_scale_and_a_shift_where_it_is_asked_to():
    x = RNG.normal(3, 5, size=(2, 6, 5, 3)).astype("float32")
    layer = InstanceNormalization(affine=True)
    np.testing.assert_array_equal(layer(x), InstanceNormalization()(x))
    layer.gamma.assign([1.0, 2.0, -3.0])
    layer.beta.assign([0.5, 0.0, 4.0])
    expected = np.asarray(InstanceNormalization()(x)) * [1.0, 2.0, -3.0] + [0.5, 0.0, 4.0]
    np.testing.assert_allclose(layer(x), expected, rtol=1e-5)
    assert not InstanceNormalization().weights and len(layer.trainable_weights) == 2


def spectral(steps, **settings):
    layer = SpectralConv2D(6, 3, padding="same", **settings)
    x = tf.constant(RNG.normal(size=(2, 8, 8, 4)).astype("float32"))
    for _ in range(steps):
        layer(x, training=True)
    return layer, x


def test_spectral_norm_divides_by_the_largest_singular_value():
    layer, x = spectral(200, use_bias=False)
    kernel = np.asarray(layer.kernel)
    sigma = np.linalg.svd(kernel.reshape(-1, 6), compute_uv=False)[0]
    expected = tf.nn.conv2d(x, kernel / sigma, 1, "SAME")
    np.testing.assert_allclose(layer(x), expected, rtol=1e-3, atol=1e-5)
    layer.kernel.assign(10 * kernel)
    np.testing.assert_allclose(layer(x), expected, rtol=1e-3, atol=1e-5)


def test_the_gradient_leaves_the_length_of_the_kernel_alone():
    layer, x = spectral(50)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.sin(layer(x)))
    gradient = tape.gradient(loss, layer.kernel.value)
    # The output does not depend on the kernel's scale, so the slope along it is nothing.
    along = tf.reduce_sum(gradient * layer.kernel.value)
    assert abs(float(along)) < 1e-3 * float(tf.norm(gradient) * tf.norm(layer.kernel.value))


def test_the_singular_vector_moves_in_training_only():
    layer, x = spectral(1)
    before = np.asarray(layer.u).copy()
    layer(x)
    np.testing.assert_array_equal(before, layer.u)
    kernel = np.asarray(layer.kernel).copy()
    layer(x, training=True)
    assert not np.array_equal(before, layer.u)
    np.testing.assert_array_equal(kernel, layer.kernel)
    assert [each.name for each in layer.trainable_variables] == ["kernel", "bias"]


def test_blur_is_the_binomial_filter():
    x = RNG.normal(size=(2, 7, 6, 3)).astype("float32")
    expected = ndimage.convolve1d(
        ndimage.convolve1d(x, [0.25, 0.5, 0.25], 1, mode="nearest"), [0.25, 0.5, 0.25], 2, mode="nearest"
    )
    np.testing.assert_allclose(BinomialBlur()(x), expected, atol=1e-6)
    checks = np.indices((8, 8)).sum(0)[None, ..., None].astype("float32") % 2
    np.testing.assert_allclose(BinomialBlur()(checks)[:, 1:-1, 1:-1], 0.5)
    with tf.GradientTape() as tape:
        empty = tf.zeros((0, 4, 4, 1))
        tape.watch(empty)
        y = tf.reduce_sum(BinomialBlur()(empty))
    assert tape.gradient(y, empty).shape == (0, 4, 4, 1)


@pytest.mark.parametrize(
    "layer",
    [
        AgeGate(shift(), 2),
        InstanceNormalization(1e-3, affine=True),
        SpectralConv2D(3, 4, 2, "same"),
        BinomialBlur(),
        GroupAges(4),
    ],
)
def test_layers_come_back_from_their_config(layer):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(again) is type(layer)
    if isinstance(layer, AgeGate):
        assert again.position == 2 and len(again.residual.layers) == len(layer.residual.layers)
    else:
        assert again.get_config() == layer.get_config()
