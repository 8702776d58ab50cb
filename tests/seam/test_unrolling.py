"""Steps that are looked ahead: as the optimizer would take them, differentiable, and without a trace."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_facegan.errors import UserError
from keras_facegan.layers.batch_norm import BatchNormalization
from keras_facegan.layers.convolution import Conv2D
from keras_facegan.optimizers import build_optimizers
from keras_facegan.seam.adam import Adam
from keras_facegan.seam.unrolling import check_can_look_ahead, looking_ahead

REAL, FAKE = np.array([0.9, 1.3, 0.4]), np.array([-0.2, 0.5, 0.1])
START = np.array([0.7, -0.3])


def line():
    """Return a network of two parameters: logit = w x + b."""
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    network.set_weights([START[:1, None], START[1:]])
    return network


def objective(network, fake):
    """Cross-entropy of the network on real and generated numbers."""
    real, fake = network(ops.convert_to_tensor(REAL[:, None], "float32")), network(fake[:, None])
    return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))


def objective_by_hand(parameters, fake):
    """Return the same in float64, and its gradient by the two parameters."""
    value, gradient = 0.0, np.zeros(2)
    for points, sign in ((REAL, -1.0), (fake, 1.0)):
        logits = sign * (parameters[0] * points + parameters[1])
        slope = sign / (1 + np.exp(-logits)) / len(points)
        value += np.log1p(np.exp(logits)).mean()
        gradient += [(slope * points).sum(), slope.sum()]
    return value, gradient


def ahead_by_hand(fake, steps, optimizer, moments=None):
    """Return the parameters after steps of SGD (rate 0.5) or of Adam (rate 0.1, betas 0.5 and 0.9)."""
    parameters = START.copy()
    count, momentum, velocity = moments or (0, np.zeros(2), np.zeros(2))
    for step in range(count + 1, count + steps + 1):
        _, gradient = objective_by_hand(parameters, fake)
        if optimizer == "sgd":
            parameters = parameters - 0.5 * gradient
            continue
        momentum = 0.5 * momentum + 0.5 * gradient
        velocity = 0.9 * velocity + 0.1 * gradient**2
        rate = 0.1 * np.sqrt(1 - 0.9**step) / (1 - 0.5**step)
        parameters = parameters - rate * momentum / (np.sqrt(velocity) + 1e-7)
    return parameters


def optimizer_of(kind, network):
    table = {"name": "sgd", "learning_rate": 0.5} if kind == "sgd" else {"learning_rate": 0.1, "beta_2": 0.9}
    optimizer = build_optimizers({"beta_1": 0.5, "epsilon": 1e-7, **table} if kind == "adam" else table, ("d",))["d"]
    optimizer.build(network.trainable_variables)
    return optimizer


def generator_loss(network, optimizer, fake, steps):
    """Return how generated numbers are judged after some steps ahead, and the gradient by the numbers."""
    fake = tf.constant(fake, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(fake)
        with looking_ahead(network, optimizer, lambda: objective(network, fake), steps):
            loss = ops.mean(ops.softplus(-network(fake[:, None])))
    return float(loss), np.asarray(tape.gradient(loss, fake))


def loss_by_hand(fake, steps, optimizer, moments=None):
    w, b = ahead_by_hand(fake, steps, optimizer, moments)
    return np.log1p(np.exp(-(w * fake + b))).mean()


def differences(function, x, width=1e-5):
    """Return the gradient of a function of a vector by central differences, in float64."""
    return np.array([(function(x + d) - function(x - d)) / (2 * width) for d in width * np.eye(len(x))])


@pytest.mark.parametrize("kind", ["sgd", "adam"])
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_the_gradient_through_steps_is_that_of_finite_differences(kind, steps):
    network = line()
    loss, gradient = generator_loss(network, optimizer_of(kind, network), FAKE, steps)
    assert loss == pytest.approx(loss_by_hand(FAKE, steps, kind), rel=1e-5)
    wanted = differences(lambda fake: loss_by_hand(fake, steps, kind), FAKE)
    np.testing.assert_allclose(gradient, wanted, rtol=2e-4, atol=1e-6)
    # Without the terms of second order, through weights that depend on the numbers, it is another gradient.
    w, b = ahead_by_hand(FAKE, steps, kind)
    first_order = differences(lambda fake: np.log1p(np.exp(-(w * fake + b))).mean(), FAKE)
    # Adam divides its first step by the size of the gradient: there only the sign of the gradient counts.
    assert kind == "adam" and steps == 1 or np.abs(first_order - wanted).max() > 0.1 * np.abs(wanted).max()


def test_convolutions_and_batch_statistics_are_differentiated_twice():
    keras.utils.set_random_seed(0)
    x = keras.Input((8, 8, 2))
    y = BatchNormalization()(Conv2D(4, 4, 2, "same")(x))
    y = BatchNormalization()(Conv2D(4, 4, 2, "same")(keras.layers.Activation("tanh")(y)))
    network = keras.Model(x, keras.layers.Dense(1)(keras.layers.Flatten()(keras.layers.Activation("tanh")(y))))
    optimizer = keras.optimizers.SGD(0.3)
    optimizer.build(network.trainable_variables)
    real, start, way = (tf.random.stateless_normal((5, 8, 8, 2), (0, number)) for number in range(3))

    def judged(place, steps):
        fake = start + place * way

        def loss():
            logits = (network(images, training=True) for images in (real, fake))
            return sum(ops.mean(ops.softplus(sign * each)) for sign, each in zip((-1, 1), logits, strict=True))

        with looking_ahead(network, optimizer, loss, steps):
            return ops.mean(ops.softplus(-network(fake, training=True)))

    slopes = []
    for steps in (0, 3):
        place = tf.constant(0.0)
        with tf.GradientTape() as tape:
            tape.watch(place)
            value = judged(place, steps)
        slopes.append(float(tape.gradient(value, place)))
        assert slopes[-1] == pytest.approx(float(judged(0.01, steps) - judged(-0.01, steps)) / 0.02, rel=0.01)
    assert abs(slopes[1] - slopes[0]) > 0.1 * abs(slopes[0])


@pytest.mark.parametrize("kind", ["sgd", "adam"])
def test_steps_ahead_continue_from_the_state_of_the_optimizer(kind):
    """After an ordinary step and steps ahead the network is where it is after as many ordinary steps."""
    networks = [line(), line()]
    optimizers = [optimizer_of(kind, network) for network in networks]
    fake = tf.constant(FAKE, tf.float32)

    def step(network, optimizer):
        with tf.GradientTape() as tape:
            loss = objective(network, fake)
        optimizer.apply(tape.gradient(loss, [each.value for each in network.trainable_variables]))

    for _ in range(4):
        step(networks[0], optimizers[0])
    step(networks[1], optimizers[1])
    before = [np.asarray(each).copy() for each in (*networks[1].variables, *optimizers[1].variables)]
    with looking_ahead(networks[1], optimizers[1], lambda: objective(networks[1], fake), 3):
        ahead = [ops.convert_to_numpy(ops.convert_to_tensor(each.value)) for each in networks[1].trainable_variables]
    for variable, value in zip(networks[0].trainable_variables, ahead, strict=True):
        np.testing.assert_allclose(value, variable, rtol=1e-5)
    # Nothing has moved, neither weights nor moments nor the count of steps.
    after = [*networks[1].variables, *optimizers[1].variables]
    assert all(np.array_equal(old, np.asarray(new)) for old, new in zip(before, after, strict=True))


def test_a_gradient_of_exactly_0_gives_no_infinite_derivative():
    """The square root of Adam's velocity has none at 0, where it stays for units that never answer."""
    network = line()
    optimizer = optimizer_of("adam", network)
    fake = tf.constant([0.5, 0.25])
    with tf.GradientTape() as tape:
        tape.watch(fake)
        with looking_ahead(network, optimizer, lambda: ops.sum(ops.relu(network(fake[:, None]) - 100.0)), 2):
            loss = ops.sum(network(fake[:, None]))
    np.testing.assert_allclose(loss, (START[0] * fake + START[1]).numpy().sum(), rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(loss, fake), [START[0]] * 2, rtol=1e-6)


def test_moving_statistics_and_random_states_are_seen_ahead_and_forgotten():
    keras.utils.set_random_seed(0)
    dropout = keras.layers.Dropout(0.5)
    norm = BatchNormalization()
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), norm, dropout, keras.layers.Dense(1)])
    optimizer = Adam(0.1)
    optimizer.build(network.trainable_variables)
    x, masks = tf.random.stateless_normal((6, 4), (0, 1)), []

    def loss():
        masks.append(np.asarray(dropout(ops.ones((6, 8)), training=True)) > 0)
        return ops.mean(ops.square(network(x, training=True) - 1.0))

    before = [np.asarray(each).copy() for each in network.variables]
    with looking_ahead(network, optimizer, loss, 3):
        moved = np.asarray(ops.convert_to_tensor(norm.moving_mean))
    assert np.abs(moved - np.asarray(norm.moving_mean)).max() > 1e-3
    assert not np.array_equal(masks[0], masks[1]) and not np.array_equal(masks[1], masks[2])
    assert all(np.array_equal(old, np.asarray(new)) for old, new in zip(before, network.variables, strict=True))


def test_steps_ahead_are_taken_in_float32_whatever_the_precision_of_training():
    values = []
    for policy in ("float32", "mixed_bfloat16", "mixed_float16"):
        layer = keras.layers.Dense(1, dtype=policy)
        network = keras.Sequential([keras.Input((1,)), layer])
        network.set_weights([START[:1, None], START[1:]])
        optimizer = Adam(0.1, beta_1=0.5, beta_2=0.9)
        if policy == "mixed_float16":
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        optimizer.build(network.trainable_variables)
        values.append(generator_loss(network, optimizer, FAKE, 3)[1])
        assert layer.dtype_policy.name == policy
    np.testing.assert_array_equal(values[1], values[0])
    np.testing.assert_array_equal(values[2], values[0])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"name": "rmsprop"}, "name = RMSprop"),
        ({"name": "adamw"}, "name = AdamW"),
        ({"name": "sgd", "momentum": 0.5}, "momentum = 0.5"),
        ({"clipnorm": 1.0}, "clipnorm = 1.0"),
        ({"amsgrad": True}, "amsgrad = True"),
    ],
)
def test_optimizers_that_cannot_be_looked_ahead_are_refused(table, message):
    optimizer = build_optimizers(table, ("d",))["d"]
    for each in (optimizer, keras.optimizers.LossScaleOptimizer(optimizer)):
        with pytest.raises(UserError, match=f"train.optimizer.{message}. Change it for the discriminator"):
            check_can_look_ahead(each)


def test_adam_and_sgd_can_be_looked_ahead():
    for table in ({}, {"name": "sgd", "learning_rate": 0.1}):
        check_can_look_ahead(build_optimizers(table, ("d",))["d"])
