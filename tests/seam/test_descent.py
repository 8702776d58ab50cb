"""Adam on inputs against a loop in float64: where it goes, what it remembers, and that rows do not meet."""

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.seam.descent import Descent, adam_descent

RATE, STEPS = 0.1, 60
SCALES = np.array([1.0, 30.0, 0.01])


def beginning(inputs):
    inputs = np.asarray(inputs, "float32")
    nothing = np.zeros_like(inputs)
    return Descent(inputs, nothing, nothing, inputs, np.full(len(inputs), np.inf, "float32"))


def bowl(x, step, targets):
    """A loss of very different curvatures whose minimum is at the targets."""
    return tf.reduce_sum(tf.constant(SCALES, tf.float32) * tf.square(x - targets), axis=1)


def rows(n, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 3)).astype("float32"), rng.standard_normal((n, 3)).astype("float32")


def reference(x, targets):
    """Return the way of Adam as Kingma and Ba's algorithm 1 has it, (steps + 1, n, 3), and the losses."""
    x, targets = x.astype("float64"), targets.astype("float64")
    m, v, way, losses = np.zeros_like(x), np.zeros_like(x), [x], []
    for t in range(1, STEPS + 1):
        losses.append((SCALES * (x - targets) ** 2).sum(1))
        g = 2 * SCALES * (x - targets)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        x = x - RATE * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        way.append(x)
    return np.array(way), np.array(losses)


def test_it_is_adam_and_keeps_the_best():
    start, targets = rows(4)
    way, expected = reference(start, targets)
    end, losses = adam_descent(bowl, RATE)(beginning(start), 0, STEPS, targets)
    np.testing.assert_allclose(end.inputs, way[-1], atol=1e-4)
    np.testing.assert_allclose(losses, expected, rtol=1e-3, atol=1e-5)
    best = expected.argmin(axis=0)
    # The steep coordinate overshoots, so that the best is not the last.
    assert (best < STEPS - 1).any()
    np.testing.assert_allclose(end.lowest, expected.min(axis=0), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(end.best, way[best, range(4)], atol=1e-4)


@pytest.mark.parametrize("cuts", [[20], [1, 2, 59]])
def test_steps_in_pieces_are_the_same_steps(cuts):
    start, targets = rows(3)
    run = adam_descent(bowl, RATE)
    whole, losses = run(beginning(start), 0, STEPS, targets)
    descent, pieces = beginning(start), []
    for first, last in zip([0, *cuts], [*cuts, STEPS], strict=True):
        # Through NumPy, as a state that was saved comes back.
        descent, piece = run(Descent(*(np.asarray(each) for each in descent)), first, last, targets)
        pieces.append(piece)
    np.testing.assert_array_equal(np.concatenate(pieces), losses)
    for name, value in descent._asdict().items():
        np.testing.assert_array_equal(value, getattr(whole, name), err_msg=name)


def test_a_row_moves_as_it_would_alone():
    start, targets = rows(5)
    run = adam_descent(bowl, RATE)
    together, _ = run(beginning(start), 0, STEPS, targets)
    alone, _ = run(beginning(start[2:3]), 0, STEPS, targets[2:3])
    np.testing.assert_allclose(alone.best[0], together.best[2], rtol=1e-6)


def test_a_loss_that_is_not_a_number_is_never_the_best():
    def broken(x, step):
        # Row 1 turns to NaN at step 3, row 2 is so from the beginning.
        fatal = tf.constant([1000, 3, 0])
        return tf.where(step >= fatal, np.nan, tf.reduce_sum(tf.square(x), axis=1))

    end, losses = adam_descent(broken, RATE)(beginning(np.ones((3, 2))), 0, 10)
    assert np.isfinite(losses[:, 0]).all() and np.isnan(losses[3:, 1]).all() and np.isnan(losses[:, 2]).all()
    np.testing.assert_allclose(end.lowest[1], losses[2, 1])
    assert np.isinf(end.lowest[2])
    np.testing.assert_array_equal(end.best[2], [1.0, 1.0])
