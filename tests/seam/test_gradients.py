"""Minimising with and without loss scales, and gradients by inputs in float32."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_facegan.seam import runtime
from keras_facegan.seam.gradients import (
    float32_compute,
    gradients,
    input_gradient,
    minimize,
    minimize_each,
    value_and_input_gradient,
)

TARGET = np.array([1.0, -2.0, 0.5], "float32")


def bowl(w):
    """A loss whose gradient is w - TARGET."""
    return lambda: (0.5 * ops.sum(ops.square(w - TARGET)), {"error": ops.max(ops.abs(w - TARGET))})


def test_gradients_of_two_variables_and_their_terms():
    a, b, other = keras.Variable(3.0), keras.Variable([1.0, 2.0]), keras.Variable(1.0)
    loss, terms, found = gradients(lambda: (a**2 * ops.sum(b), {"a": a * 1.0}), [a, b, other])
    assert float(loss) == pytest.approx(27.0) and float(terms["a"]) == 3.0
    assert float(found[0]) == pytest.approx(18.0)
    np.testing.assert_allclose(found[1], [9.0, 9.0])
    assert found[2] is None


def test_minimize_takes_one_step_and_tells_the_gradient_norm():
    w, frozen = keras.Variable(np.zeros(3, "float32")), keras.Variable(1.0)
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.build([w])
    loss, terms, norms = minimize(lambda: (bowl(w)()[0] * frozen, {"error": 1.0}), [([w], optimizer)])
    assert float(loss) == pytest.approx(0.5 * np.square(TARGET).sum()) and terms == {"error": 1.0}
    assert [float(norm) for norm in norms] == pytest.approx([np.linalg.norm(TARGET)])
    np.testing.assert_allclose(w, 0.1 * TARGET, rtol=1e-6)
    assert float(frozen) == 1.0


@pytest.mark.parametrize("compiled", [False, True])
def test_loss_scale_changes_no_number(compiled):
    results = []
    for scaled in (False, True):
        w = keras.Variable(np.zeros(3, "float32"))
        optimizer = keras.optimizers.Adam(0.1)
        if scaled:
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=2.0**15)
        optimizer.build([w])

        step = functools.partial(minimize, bowl(w), [([w], optimizer)])
        step = tf.function(step) if compiled else step
        steps = [step() for _ in range(3)]
        results.append((np.asarray(w), [(float(loss), float(norm)) for loss, _, (norm,) in steps]))
    np.testing.assert_allclose(results[1][0], results[0][0], rtol=1e-6)
    np.testing.assert_allclose(results[1][1], results[0][1], rtol=1e-6)


def test_overflow_skips_the_step_and_halves_the_scale():
    w = keras.Variable(np.ones(3, "float32"))
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=2.0**10)
    optimizer.build([w])
    # Half precision ends at 65504: the scaled loss does not fit, the loss itself does.
    loss, _, _ = minimize(lambda: (ops.cast(ops.sum(ops.cast(w, "float16")), "float32") * 1e36, {}), [([w], optimizer)])
    assert np.isfinite(float(loss))
    np.testing.assert_array_equal(w, np.ones(3, "float32"))
    assert float(optimizer.dynamic_scale) == 2.0**9


def players(*scales):
    """Return two variables with built optimizers, Adam and momentum, each under a loss scale of its own or none."""
    a, b = keras.Variable([1.0, 2.0, -1.0], name="a"), keras.Variable([[0.5], [-3.0], [2.0]], name="b")
    optimizers = [keras.optimizers.Adam(0.05), keras.optimizers.SGD(0.02, momentum=0.9)]
    for place, scale in enumerate(scales):
        if scale:
            optimizers[place] = keras.optimizers.LossScaleOptimizer(optimizers[place], initial_scale=scale)
    for variable, optimizer in zip((a, b), optimizers, strict=True):
        optimizer.build([variable])
    return (a, b), optimizers


def joint(a, b):
    """A loss in which each of two variables moves the other's gradient."""
    return lambda: (ops.sum(ops.square(ops.matmul(a[None], b))) + ops.sum(a**2), {})


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("scales", [(0, 0), (2.0**12, 0), (0, 2.0**12), (2.0**6, 2.0**14)])
def test_two_networks_move_as_with_a_tape_each(scales, compiled):
    (a, b), optimizers = players(*scales)
    (c, d), plain = players(0, 0)

    def together():
        return minimize(joint(a, b), [([a], optimizers[0]), ([b], optimizers[1])])

    def apart():
        # Both gradients are taken before either moves.
        grads = [gradients(joint(c, d), [each])[2] for each in (c, d)]
        for optimizer, grad, variable in zip(plain, grads, (c, d), strict=True):
            optimizer.apply(grad, [variable])
        return [tf.norm(grad[0]) for grad in grads]

    together, apart = (tf.function(each) if compiled else each for each in (together, apart))
    for _ in range(4):
        _, _, norms = together()
        np.testing.assert_allclose([float(norm) for norm in norms], [float(norm) for norm in apart()], rtol=1e-5)
        np.testing.assert_allclose(a, c, rtol=1e-5)
        np.testing.assert_allclose(b, d, rtol=1e-5)


def test_an_overflow_stops_all_networks_of_a_step_and_halves_their_scales():
    (a, b), optimizers = players(2.0**40, 2.0)
    before = np.asarray(b)
    # The tape carries the first scale: by it both gradients leave float32, and a ratio of scales leaves them infinite.
    minimize(lambda: (joint(a, b)()[0] * 1e30, {}), [([a], optimizers[0]), ([b], optimizers[1])])
    np.testing.assert_array_equal(a, [1.0, 2.0, -1.0])
    np.testing.assert_array_equal(b, before)
    assert [float(each.dynamic_scale) for each in optimizers] == [2.0**39, 1.0]


@pytest.mark.parametrize("compiled", [False, True])
def test_what_is_not_due_does_not_move(compiled):
    (a, b), optimizers = players(0, 2.0**4)
    pairs = [([a], optimizers[0]), ([b], optimizers[1])]
    state = [a, b, *optimizers[0].variables, *optimizers[1].variables]

    def step(when):
        loss, _, norms = minimize(joint(a, b), pairs, when)
        return loss, norms

    step = tf.function(step) if compiled else step
    step(tf.constant(True))
    before = [np.asarray(each).tobytes() for each in state]
    loss, norms = step(tf.constant(False))
    assert [np.asarray(each).tobytes() for each in state] == before
    # It is still told how the loss stands.
    assert float(loss) == pytest.approx(float(joint(a, b)()[0])) and all(float(norm) > 0 for norm in norms)
    step(tf.constant(True))
    assert [int(each.iterations) for each in optimizers] == [2, 2]
    moved = [np.asarray(each).tobytes() for each in state]
    assert moved[0] != before[0] and moved[1] != before[1]


def test_a_step_that_is_due_is_a_plain_step():
    (a, b), first = players(0, 0)
    (c, d), second = players(0, 0)
    minimize(joint(a, b), [([a], first[0]), ([b], first[1])], tf.constant(True))
    minimize(joint(c, d), [([c], second[0]), ([d], second[1])])
    np.testing.assert_array_equal(a, c)
    np.testing.assert_array_equal(b, d)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("scales", [(0, 0), (2.0**6, 2.0**14)])
def test_losses_of_one_pass_move_a_network_each(scales, compiled):
    (a, b), optimizers = players(*scales)
    (c, d), plain = players(0, 0)
    passes = []

    def losses(a, b):
        product = ops.sum(ops.square(ops.matmul(a[None], b)))
        return {"a": product + ops.sum(a**2), "b": 3.0 * product - ops.sum(b)}

    def told():
        passes.append(1)
        return losses(a, b), {"seen": ops.sum(a)}

    def together():
        return minimize_each(told, {"a": ([a], optimizers[0]), "b": ([b], optimizers[1])}, lambda terms: {})

    def apart():
        own = {"a": c, "b": d}
        grads = [gradients(lambda name=name: (losses(c, d)[name], {}), [own[name]])[2] for name in own]
        for optimizer, grad, variable in zip(plain, grads, (c, d), strict=True):
            optimizer.apply(grad, [variable])
        return [tf.norm(grad[0]) for grad in grads]

    together, apart = (tf.function(each) if compiled else each for each in (together, apart))
    for _ in range(4):
        before = float(ops.sum(a))
        _, terms, norms = together()
        assert float(terms["seen"]) == before
        np.testing.assert_allclose([float(norms[each]) for each in "ab"], [float(norm) for norm in apart()], rtol=1e-5)
        np.testing.assert_allclose(a, c, rtol=1e-5)
        np.testing.assert_allclose(b, d, rtol=1e-5)
    assert compiled or len(passes) == 4


@pytest.mark.parametrize("compiled", [False, True])
def test_a_player_of_one_pass_rests_where_its_terms_say_so(compiled):
    (a, b), optimizers = players(0, 0)
    pairs = {"a": ([a], optimizers[0]), "b": ([b], optimizers[1])}

    def losses():
        loss, _ = joint(a, b)()
        return {"a": loss, "b": loss}, {"total": loss}

    def step():
        return minimize_each(losses, pairs, lambda terms: {"b": terms["total"] < 0})

    step = tf.function(step) if compiled else step
    state = [np.asarray(each).tobytes() for each in (b, *optimizers[1].variables)]
    start = np.array(a)
    step()
    assert [np.asarray(each).tobytes() for each in (b, *optimizers[1].variables)] == state
    assert (np.asarray(a) != start).all()


def test_input_gradient_is_differentiable_and_float32():
    w = keras.Variable([2.0, 3.0])
    x = np.array([[1.0, 1.0], [2.0, 0.5]], "float16")

    def loss():
        # D = sum (w x)^2, dD/dx = 2 w^2 x; its sum has the gradient 4 w sum x by w.
        found = input_gradient(lambda x: ops.sum(ops.square(w * x)), x)
        assert found.dtype == "float32"
        np.testing.assert_allclose(found, 2 * np.array([4.0, 9.0]) * x)
        return ops.sum(found), {}

    _, _, (found,) = gradients(loss, [w])
    np.testing.assert_allclose(found, 4 * np.array([2.0, 3.0]) * [3.0, 1.5], rtol=1e-6)


def test_value_and_input_gradient_come_from_one_pass():
    calls = []

    def square(x):
        calls.append(x)
        return ops.square(x)

    value, gradient = value_and_input_gradient(square, np.array([[1.0, -3.0]]))
    assert len(calls) == 1
    np.testing.assert_allclose(value, [[1.0, 9.0]])
    np.testing.assert_allclose(gradient, [[2.0, -6.0]])


def test_float32_compute_puts_the_policies_back_even_after_an_error():
    with runtime.precision("mixed_bfloat16"):
        image = keras.Input((4,))
        inner = keras.Sequential([keras.layers.Dense(3)])
        network = keras.Model(image, keras.layers.Activation("linear", dtype="float32")(inner(image)))

    def policies():
        return [layer.dtype_policy.name for layer in network._flatten_layers()]

    before = policies()
    assert {"mixed_bfloat16", "float32"} <= set(before)
    with pytest.raises(ZeroDivisionError), float32_compute(network):
        assert set(policies()) == {"float32"}
        1 / 0  # noqa: B018
    assert policies() == before
    assert keras.config.dtype_policy().name == "float32"
