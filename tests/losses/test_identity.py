"""Triplets against a loop over all of them, and the margin softmax against NumPy."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_facegan.losses.identity import margin_softmax, triplet_loss


def unit(rng, count, length=6):
    x = rng.normal(size=(count, length))
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype("float32")


def loop(embeddings, identity, margin):
    """The loss as the paper tells it: each anchor and positive, the nearest negative that is farther."""
    distances = np.square(embeddings[:, None] - embeddings[None]).sum(-1)
    losses = []
    for a in range(len(identity)):
        negatives = distances[a, identity != identity[a]]
        for p in range(len(identity)):
            if p == a or identity[p] != identity[a] or not len(negatives):
                continue
            farther = negatives[negatives > distances[a, p]]
            negative = farther.min() if len(farther) else negatives.max()
            losses.append(max(distances[a, p] - negative + margin, 0.0))
    active = [each for each in losses if each > 0]
    return (np.mean(active) if active else 0.0), len(active) / max(len(losses), 1)


@given(st.integers(0, 10_000), st.lists(st.integers(0, 3), min_size=3, max_size=12), st.sampled_from([0.1, 0.2, 0.5]))
@settings(max_examples=60, deadline=None)
def test_triplets_are_those_of_the_paper(seed, identity, margin):
    embeddings, identity = unit(np.random.default_rng(seed), len(identity)), np.array(identity)
    if len(np.unique(identity)) < 2:
        return
    terms = triplet_loss(tf.constant(embeddings), tf.constant(identity), margin)
    loss, active = loop(embeddings, identity, margin)
    assert float(terms["triplet_loss"]) == pytest.approx(loss, abs=1e-4)
    pairs = sum(identity[a] == identity[p] for a in range(len(identity)) for p in range(len(identity)) if a != p)
    assert float(terms["active_share"]) == pytest.approx(active, abs=1.5 / max(pairs, 1))


def test_distances_of_the_terms_are_means_over_pairs():
    embeddings, identity = unit(np.random.default_rng(0), 6), np.array([0, 0, 1, 1, 1, 2])
    terms = triplet_loss(tf.constant(embeddings), tf.constant(identity), 0.2)
    distances = np.square(embeddings[:, None] - embeddings[None]).sum(-1)
    same = identity[:, None] == identity[None]
    positives = distances[same & ~np.eye(6, dtype=bool)]
    assert float(terms["positive_distance"]) == pytest.approx(positives.mean(), rel=1e-5)
    assert float(terms["negative_distance"]) == pytest.approx(distances[~same].mean(), rel=1e-5)


def test_collapsed_embeddings_stand_at_the_margin_and_solved_ones_at_zero():
    identity = tf.constant([0, 0, 1, 1])
    collapsed = tf.tile(tf.constant([[1.0, 0.0]]), (4, 1))
    assert float(triplet_loss(collapsed, identity, 0.2)["triplet_loss"]) == pytest.approx(0.2)
    solved = tf.constant([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]])
    terms = triplet_loss(solved, identity, 0.2)
    assert float(terms["triplet_loss"]) == 0 and float(terms["active_share"]) == 0


def test_the_gradient_is_the_slope():
    embeddings = tf.constant(unit(np.random.default_rng(3), 8))
    identity = tf.constant([0, 0, 1, 1, 2, 2, 3, 3])
    with tf.GradientTape() as tape:
        tape.watch(embeddings)
        loss = triplet_loss(embeddings, identity, 0.5)["triplet_loss"]
    gradient = tape.gradient(loss, embeddings)
    up, down = (triplet_loss(embeddings + step * gradient, identity, 0.5)["triplet_loss"] for step in (1e-3, -1e-3))
    assert float(up - down) / 2e-3 == pytest.approx(float(tf.reduce_sum(gradient**2)), rel=1e-2)


def test_margin_softmax_is_a_cross_entropy_with_a_handicap():
    rng = np.random.default_rng(0)
    cosines, identity = rng.uniform(-1, 1, (5, 4)), np.array([0, 3, 1, 1, 2])
    loss, accuracy = margin_softmax(tf.constant(cosines, "float32"), tf.constant(identity), 16.0, 0.15)
    logits = 16.0 * (cosines - 0.15 * np.eye(4)[identity])
    expected = np.log(np.exp(logits).sum(1)) - logits[np.arange(5), identity]
    assert float(loss) == pytest.approx(expected.mean(), rel=1e-5)
    assert float(accuracy) == pytest.approx(np.mean(cosines.argmax(1) == identity))
