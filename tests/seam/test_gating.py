"""Networks that run on the examples that need them: what passes by is untouched, and no gradient leaks."""

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.layers.convolution import Conv2D
from keras_facegan.seam.gating import apply_where

MASKS = {"none": [False] * 4, "some": [True, False, False, True], "all": [True] * 4}


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS.keys())
def test_only_the_examples_of_the_mask_change(mask):
    x = np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype("float32")
    result = apply_where(lambda part: 2.0 * part + 1.0, tf.constant(mask), tf.constant(x)).numpy()
    expected = np.where(np.array(mask)[:, None, None, None], 2.0 * x + 1.0, x)
    np.testing.assert_array_equal(result, expected)


def test_the_function_sees_the_examples_of_the_mask_alone():
    seen = []
    apply_where(lambda part: seen.append(part.shape[0]) or part, tf.constant(MASKS["some"]), tf.zeros((4, 2)))
    apply_where(lambda part: seen.append(part.shape[0]) or part, tf.constant(MASKS["none"]), tf.zeros((4, 2)))
    assert seen == [2]


def test_other_tensors_are_gathered_alike():
    x, factor = tf.constant([[1.0], [2.0], [3.0], [4.0]]), tf.constant([10.0, 20.0, 30.0, 40.0])
    result = apply_where(lambda part, by: by[:, None] * part, tf.constant(MASKS["some"]), x, factor)
    np.testing.assert_array_equal(result, [[10.0], [2.0], [3.0], [160.0]])


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS.keys())
def test_a_strided_convolution_in_a_graph_has_the_gradient_of_the_chosen_examples(mask):
    # On an empty batch such a network fails: oneDNN gives its results a wrong shape.
    layers = [Conv2D(3, 3, padding="same"), Conv2D(4, 4, 2, "same"), Conv2D(8 * 8 * 3 // 16, 1)]
    x = np.random.default_rng(1).normal(size=(4, 8, 8, 3)).astype("float32")

    def network(part):
        for layer in layers:
            part = tf.nn.leaky_relu(layer(part))
        return tf.reshape(part, (-1, 8, 8, 3))

    network(tf.constant(x))
    variables = [variable.value for layer in layers for variable in layer.trainable_variables]

    @tf.function
    def gradients(mask):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(apply_where(network, mask, tf.constant(x))))
        return tape.gradient(loss, variables)

    with tf.GradientTape() as tape:
        chosen = x[np.array(mask)] if any(mask) else x
        loss = tf.reduce_sum(tf.square(network(tf.constant(chosen)))) * float(any(mask))
    for found, expected in zip(gradients(tf.constant(mask)), tape.gradient(loss, variables), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
