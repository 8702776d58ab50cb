"""The one-kernel Adam takes Keras' steps and keeps Keras' state."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.seam.adam import Adam

SETTINGS = [
    {"learning_rate": 2e-4, "beta_1": 0.5},
    {"learning_rate": keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)},
    {"learning_rate": 0.01, "amsgrad": True},
    {"learning_rate": 0.01, "global_clipnorm": 0.1, "weight_decay": 0.1},
]


def train(optimizer, compiled=True, steps=5):
    """Steps along fixed gradients; return the optimizer's and the model's variables, by name."""
    variables = [keras.Variable(np.ones((3, 4), "float32"), name="w"), keras.Variable(np.ones(4, "float32"), name="b")]
    optimizer.build(variables)
    random = np.random.default_rng(0)
    apply = tf.function(optimizer.apply) if compiled else optimizer.apply
    for _ in range(steps):
        apply([tf.constant(random.normal(size=each.shape), tf.float32) for each in variables])
    return {each.path.split("/", 1)[-1]: each.numpy() for each in [*optimizer.variables, *variables]}


def assert_same_states(actual, expected):
    assert list(actual) == list(expected)
    for name, value in expected.items():
        # The kernel takes 1 - beta_2 in float32, where 1 - 0.999 is off by 1.3e-5 of itself.
        np.testing.assert_allclose(actual[name], value, rtol=3e-5, atol=1e-9)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("compiled", [True, False])
def test_steps_and_state_equal_keras(settings, compiled):
    assert_same_states(train(Adam(**settings), compiled), train(keras.optimizers.Adam(**settings), compiled))


def test_first_step_is_the_learning_rate_against_the_sign():
    variable = keras.Variable([1.0, 1.0])
    Adam(0.1, epsilon=0.0).apply([tf.constant([3.0, -0.5])], [variable])
    np.testing.assert_allclose(variable.numpy(), [0.9, 1.1], rtol=1e-6)


def test_inside_a_loss_scale_optimizer():
    wrap = keras.optimizers.LossScaleOptimizer
    assert_same_states(train(wrap(Adam(0.01))), train(wrap(keras.optimizers.Adam(0.01))))


def test_sparse_gradients():
    rows = tf.IndexedSlices(tf.ones((1, 2)), tf.constant([1]), tf.constant([3, 2]))
    ours, theirs = keras.Variable(np.ones((3, 2), "float32")), keras.Variable(np.ones((3, 2), "float32"))
    Adam(0.1).apply([rows], [ours])
    keras.optimizers.Adam(0.1).apply([rows], [theirs])
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6)


def test_config_and_state_load_into_keras_adam():
    ours = Adam(2e-4, beta_1=0.5)
    theirs = keras.optimizers.Adam.from_config(ours.get_config())
    assert theirs.get_config() == ours.get_config()
    assert keras.optimizers.get(keras.optimizers.serialize(ours)).get_config() == ours.get_config()


def test_under_a_strategy():
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with strategy.scope():
        variable = keras.Variable([1.0, 1.0])
        optimizer = Adam(0.1, epsilon=0.0)
        optimizer.build([variable])
    strategy.run(tf.function(lambda: optimizer.apply([tf.constant([3.0, -0.5])])))
    np.testing.assert_allclose(variable.numpy(), [0.9, 1.1], rtol=1e-6)
