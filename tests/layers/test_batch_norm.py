"""The fast BatchNormalization is Keras' layer in every respect but speed."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_facegan.layers.batch_norm import BatchNormalization

TOLERANCE = {"float32": 1e-5, "mixed_bfloat16": 3e-2, "mixed_float16": 4e-3}


def pictures(shape=(6, 5, 4, 3), seed=0):
    return np.random.default_rng(seed).normal(0.5, 2.0, shape).astype("float32")


def pair(shape=(None, 5, 4, 3), **arguments):
    """Ours and Keras' layer with the same variables away from their initial values."""
    arguments = {"momentum": 0.9, "epsilon": 1e-5, **arguments}
    ours, theirs = BatchNormalization(**arguments), keras.layers.BatchNormalization(**arguments)
    ours.build(shape)
    theirs.build(shape)
    random = np.random.default_rng(1)
    weights = [random.uniform(0.5, 2.0, weight.shape) for weight in theirs.weights]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    return ours, theirs


def assert_same(actual, expected, tolerance=1e-5):
    actual, expected = (np.asarray(ops.cast(each, "float32")) for each in (actual, expected))
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())


def assert_same_weights(ours, theirs):
    for one, other in zip(ours.weights, theirs.weights, strict=True):
        assert one.path.split("/")[-1] == other.path.split("/")[-1]
        assert one.trainable == other.trainable
        assert_same(one.value, other.value)


@pytest.mark.parametrize("policy", TOLERANCE)
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("compiled", [True, False])
def test_results_and_moving_statistics_equal_keras(policy, training, compiled):
    ours, theirs = pair(dtype=policy)
    run = tf.function if compiled else (lambda function: function)
    for seed in range(3):
        x = pictures(seed=seed)
        actual = run(lambda x, layer=ours: layer(x, training=training))(x)
        expected = run(lambda x, layer=theirs: layer(x, training=training))(x)
        assert actual.dtype == expected.dtype
        assert_same(actual, expected, TOLERANCE[policy])
        assert_same_weights(ours, theirs)


@pytest.mark.parametrize("arguments", [{"scale": False}, {"center": False}, {"scale": False, "center": False}])
@pytest.mark.parametrize("training", [True, False])
def test_without_scale_or_offset(arguments, training):
    ours, theirs = pair(**arguments)
    assert_same(ours(pictures(), training=training), theirs(pictures(), training=training))
    assert_same_weights(ours, theirs)


@pytest.mark.parametrize(
    ("shape", "arguments"),
    [
        ((8, 3), {}),
        ((6, 5, 3), {}),
        ((2, 3, 4, 2, 3), {}),
        ((6, 5, 4, 3), {"axis": 1}),
        ((6, 5, 4, 3), {"renorm": True}),
    ],
)
def test_what_the_kernel_does_not_take_is_keras_own(shape, arguments):
    ours, theirs = pair((None, *shape[1:]), **arguments)
    assert_same(ours(pictures(shape), training=True), theirs(pictures(shape), training=True))
    assert_same_weights(ours, theirs)


def test_axis_may_be_written_from_the_front():
    ours, theirs = pair(axis=3)
    assert_same(ours(pictures(), training=True), theirs(pictures(), training=True))


def test_mask():
    ours, theirs = pair()
    mask = np.random.default_rng(2).uniform(size=(6, 5, 4)) < 0.5
    assert_same(ours(pictures(), training=True, mask=mask), theirs(pictures(), training=True, mask=mask))
    assert_same_weights(ours, theirs)


@pytest.mark.parametrize("training", [True, False])
def test_weight_and_input_gradients_equal_keras(training):
    def gradients(layer):
        x = tf.constant(pictures())
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(pictures(seed=3) * tf.square(layer(x, training=training)))
        return tape.gradient(loss, [x, *(weight.value for weight in layer.trainable_weights)])

    for one, other in zip(*(gradients(layer) for layer in pair()), strict=True):
        assert_same(one, other)


def test_gradient_penalty_equals_keras():
    """The weight gradient of a squared input gradient: what R1 needs."""

    def penalty(layer):
        x = tf.constant(pictures())
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(x)
                score = tf.reduce_sum(tf.nn.softplus(layer(x, training=True)))
            value = tf.reduce_sum(tf.square(inner.gradient(score, x)))
        return [value, *outer.gradient(value, [layer.gamma.value, layer.beta.value])]

    for one, other in zip(*(penalty(layer) for layer in pair()), strict=True):
        assert_same(one, other, 1e-4)


def test_policy_set_to_float32_at_call_gives_float32():
    half, full = BatchNormalization(dtype="mixed_bfloat16"), BatchNormalization()
    half.build((None, 5, 4, 3))
    full.build((None, 5, 4, 3))
    half.dtype_policy = "float32"
    actual = half(pictures(), training=True)
    half.dtype_policy = "mixed_bfloat16"
    assert actual.dtype == "float32"
    np.testing.assert_array_equal(actual, full(pictures(), training=True))
    assert half(pictures(), training=True).dtype == "bfloat16"


def test_a_frozen_layer_uses_and_keeps_its_moving_statistics():
    ours, theirs = pair()
    ours.trainable = theirs.trainable = False
    before = ours.get_weights()
    assert_same(ours(pictures(), training=True), theirs(pictures(), training=True))
    for one, other in zip(before, ours.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_functional_model_of_unknown_batch_and_size_saves_and_loads(tmp_path):
    inputs = keras.Input((None, None, 3))
    outputs = BatchNormalization()(keras.layers.Conv2D(4, 3)(inputs))
    assert outputs.shape == (None, None, None, 4)
    model = keras.Model(inputs, outputs)
    model(pictures(), training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert isinstance(loaded.layers[-1], BatchNormalization)
    np.testing.assert_array_equal(loaded(pictures()), model(pictures()))


def test_config_holds_every_argument_and_its_defaults_mirror_pytorch():
    layer = BatchNormalization(scale=False, name="norm")
    again = BatchNormalization.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert (again.momentum, again.epsilon, again.scale) == (0.9, 1e-5, False)
    assert set(layer.get_config()) == set(keras.layers.BatchNormalization().get_config())


def test_weights_go_both_ways():
    ours, theirs = pair()
    theirs(pictures(), training=True)
    ours.set_weights(theirs.get_weights())
    assert_same(ours(pictures()), theirs(pictures()))


def test_replicas_of_a_strategy_train():
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with strategy.scope():
        layer = BatchNormalization()
        layer.build((None, 5, 4, 3))
    strategy.run(tf.function(lambda: layer(pictures(), training=True)))
    assert_same(layer.moving_mean.value, 0.1 * pictures().mean((0, 1, 2)))
