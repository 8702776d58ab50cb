"""Cross-entropy against its definition, in NumPy and float64."""

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.losses.ages import soft_labels
from keras_facegan.losses.classification import cross_entropy

RNG = np.random.default_rng(0)


def test_cross_entropy_is_its_definition_and_so_is_its_gradient():
    labels = RNG.dirichlet(np.ones(5), 7).astype("float32")
    logits = RNG.normal(0, 4, (7, 5)).astype("float32")
    softmax = np.exp(logits - logits.max(axis=1, keepdims=True).astype("float64"))
    softmax /= softmax.sum(axis=1, keepdims=True)
    x = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = cross_entropy(tf.constant(labels), x)
    assert loss.dtype == tf.float32 and loss.shape == ()
    assert float(loss) == pytest.approx(-(labels * np.log(softmax)).sum(axis=1).mean(), rel=1e-6)
    np.testing.assert_allclose(tape.gradient(loss, x), (softmax - labels) / 7, atol=1e-7)


def test_cross_entropy_of_large_logits_is_finite():
    labels = tf.constant([[0.0, 1.0]])
    assert float(cross_entropy(labels, tf.constant([[1e4, 0.0]]))) == pytest.approx(1e4)
    assert float(cross_entropy(labels, tf.constant([[0.0, 1e4]]))) == 0


def test_cross_entropy_is_smallest_at_the_labels():
    labels = soft_labels(tf.constant([40.0]), 3.0)
    at_labels = float(cross_entropy(labels, tf.math.log(labels + 1e-30)))
    entropy = -np.sum(labels * np.log(labels + 1e-30))
    assert at_labels == pytest.approx(entropy, rel=1e-4)
    assert float(cross_entropy(labels, tf.zeros((1, 101)))) == pytest.approx(np.log(101), rel=1e-5)
