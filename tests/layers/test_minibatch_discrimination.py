"""Minibatch discrimination: its sums by hand, what it does not depend on, and how it starts."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.layers.minibatch_discrimination import MinibatchDiscrimination
from keras_facegan.seam import runtime

FEATURES = np.random.default_rng(0).normal(size=(7, 6)).astype("float32")


def layer(**arguments):
    keras.utils.set_random_seed(3)
    made = MinibatchDiscrimination(**({"kernels": 4, "dims": 3} | arguments))
    made.build((None, 6))
    made.bias.assign([0.5, -0.25, 0.0, 2.0][: made.kernels])
    made.log_scale.assign(np.random.default_rng(1).normal(-1.0, 0.3, (made.kernels, made.dims)))
    return made


def by_hand(made, features):
    """Return the outputs as section 3.2 writes them, pair by pair, an example not counted as its own neighbour."""
    theta, scale, bias = (np.asarray(each, "float64") for each in (made.theta, made.log_scale, made.bias))
    outputs = np.zeros((len(features), made.kernels))
    for kernel in range(made.kernels):
        columns = theta[:, kernel, :]
        columns = columns / np.linalg.norm(columns, axis=0) * np.exp(scale[kernel])
        projected = features.astype("float64") @ columns
        for i in range(len(features)):
            outputs[i, kernel] = bias[kernel] + sum(
                np.exp(-np.abs(projected[i] - projected[j]).sum()) for j in range(len(features)) if j != i
            )
    return outputs


def test_sums_are_those_of_the_paper():
    made = layer()
    np.testing.assert_allclose(made(FEATURES), by_hand(made, FEATURES), rtol=1e-5)


def test_two_pictures_computed_on_paper():
    made = MinibatchDiscrimination(1, 2)
    made.build((None, 2))
    made.theta.assign([[[2.0, 0.0]], [[0.0, -3.0]]])
    made.log_scale.assign([[0.0, np.log(0.5)]])
    made.bias.assign([0.25])
    # T is [[1, 0], [0, -0.5]], so the projections are (1, -1) and (0.5, -2): a distance of 1.5.
    expected = 0.25 + np.exp(-1.5)
    np.testing.assert_allclose(made(np.array([[1.0, 2.0], [0.5, 4.0]], "float32")), [[expected]] * 2, rtol=1e-6)


def test_equal_examples_are_similar_to_all_others():
    made = layer()
    same = np.repeat(FEATURES[:1], 5, axis=0)
    np.testing.assert_allclose(made(same), np.tile(np.asarray(made.bias) + 4, (5, 1)), rtol=1e-6)


def test_examples_far_apart_are_similar_to_none():
    made = layer()
    np.testing.assert_allclose(made(1e4 * FEATURES), np.tile(made.bias, (7, 1)), atol=1e-6)


def test_an_example_alone_gives_the_bias():
    made = layer()
    np.testing.assert_array_equal(made(FEATURES[:1]), [np.asarray(made.bias)])


def test_examples_are_counted_as_similar_to_themselves_where_asked():
    plain, included = layer(), layer(include_self=True)
    plain.bias.assign(np.zeros(4))
    included.bias.assign(np.zeros(4))
    np.testing.assert_array_equal(np.asarray(included(FEATURES)), np.asarray(plain(FEATURES)) + np.float32(1.0))


def test_order_of_the_examples_does_not_matter():
    made, order = layer(), [3, 0, 6, 1, 5, 2, 4]
    np.testing.assert_allclose(made(FEATURES[order]), np.asarray(made(FEATURES))[order], rtol=1e-6)


def test_gradients_at_ties_are_finite_and_those_of_differences_elsewhere():
    made = layer()
    ties = tf.constant(np.concatenate([FEATURES[:3], FEATURES[:2]]))

    def slopes(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(made(x) * tf.constant([1.0, 2.0, -1.0, 0.5]))
        return tape.gradient(total, [x, *(each.value for each in made.trainable_variables)])

    for gradient in slopes(ties):
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0
    at = slopes(tf.constant(FEATURES))[0].numpy()
    step, weights = 1e-4, np.array([1.0, 2.0, -1.0, 0.5])
    for place in ((0, 0), (4, 2), (6, 5)):
        moved = []
        for sign in (1, -1):
            changed = FEATURES.astype("float64")
            changed[place] += sign * step
            moved.append((by_hand(made, changed) * weights).sum())
        assert at[place] == pytest.approx((moved[0] - moved[1]) / (2 * step), rel=1e-3, abs=1e-4)


def test_it_starts_with_distances_of_the_size_that_exp_can_tell_apart():
    made = layer()
    made.log_scale.assign(np.zeros((4, 3)))
    made.start(40.0 * FEATURES)
    distances = np.array(made._distances(tf.constant(40.0 * FEATURES)))
    distances[np.arange(7), np.arange(7)] = np.inf
    np.testing.assert_allclose(0.5 * distances.min(axis=1).mean(axis=0), np.ones(4), rtol=1e-5)
    outputs = np.asarray(made(40.0 * FEATURES))
    np.testing.assert_allclose(outputs.mean(axis=0), np.zeros(4), atol=1e-6)
    assert outputs.std(axis=0).min() > 1e-3


def test_whether_it_has_started_is_saved_with_it():
    made, twin = layer(), layer()
    made.start(FEATURES)
    assert made.has_started() and not twin.has_started()
    twin.set_weights(made.get_weights())
    assert twin.has_started()


def test_a_batch_of_equal_examples_starts_it_finitely():
    made = layer()
    made.start(np.ones((4, 6), "float32"))
    assert all(np.isfinite(np.asarray(each)).all() for each in made.weights)


def test_it_computes_in_float32_whatever_the_policy():
    made = layer()
    with runtime.precision("mixed_bfloat16"):
        half = layer()
    rounded = tf.cast(FEATURES, "bfloat16")
    assert half(rounded).dtype == tf.float32
    np.testing.assert_array_equal(half(rounded), made(tf.cast(rounded, "float32")))


def test_weights_are_as_many_as_the_reference_has():
    made = MinibatchDiscrimination(100, 5)
    made.build((None, 192))
    assert sum(int(np.prod(each.shape)) for each in made.trainable_variables) == 96_000 + 500 + 100


def test_its_configuration_comes_back():
    twin = MinibatchDiscrimination.from_config(layer(include_self=True, name="mine").get_config())
    assert (twin.kernels, twin.dims, twin.include_self, twin.name) == (4, 3, True, "mine")
    assert keras.saving.get_registered_object("keras_facegan>MinibatchDiscrimination") is MinibatchDiscrimination
