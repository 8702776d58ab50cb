"""Minimising with and without loss scales, and gradients by inputs in float32."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_facegan.seam import runtime
from keras_facegan.seam.gradients import float32_compute, gradients, input_gradient, minimize, value_and_input_gradient

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
    loss, terms = minimize(lambda: (bowl(w)()[0] * frozen, {}), [w], optimizer)
    assert float(loss) == pytest.approx(0.5 * np.square(TARGET).sum())
    assert float(terms["gradient_norm"]) == pytest.approx(np.linalg.norm(TARGET))
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

        step = functools.partial(minimize, bowl(w), [w], optimizer)
        step = tf.function(step) if compiled else step
        told = [step() for _ in range(3)]
        results.append((np.asarray(w), [(float(loss), float(terms["gradient_norm"])) for loss, terms in told]))
    np.testing.assert_allclose(results[1][0], results[0][0], rtol=1e-6)
    np.testing.assert_allclose(results[1][1], results[0][1], rtol=1e-6)


def test_overflow_skips_the_step_and_halves_the_scale():
    w = keras.Variable(np.ones(3, "float32"))
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=2.0**10)
    optimizer.build([w])
    # Half precision ends at 65504: the scaled loss does not fit, the loss itself does.
    loss, _ = minimize(lambda: (ops.cast(ops.sum(ops.cast(w, "float16")), "float32") * 1e36, {}), [w], optimizer)
    assert np.isfinite(float(loss))
    np.testing.assert_array_equal(w, np.ones(3, "float32"))
    assert float(optimizer.dynamic_scale) == 2.0**9


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
