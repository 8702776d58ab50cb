"""The contrastive loss against a loop over views in NumPy."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_facegan.losses.contrastive import contrastive_loss


def unit(seed, count, length=6):
    x = np.random.default_rng(seed).normal(size=(count, length))
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype("float32")


def loop(embeddings, picture, temperature):
    """Return loss and accuracy as the papers tell them: each view, its partners, the softmax over all others."""
    losses, found = [], []
    for i in range(len(picture)):
        others = [j for j in range(len(picture)) if j != i]
        partners = [j for j in others if picture[j] == picture[i]]
        if not partners:
            continue
        logits = {j: float(embeddings[i] @ embeddings[j]) / temperature for j in others}
        total = np.log(sum(np.exp(logit) for logit in logits.values()))
        losses.append(np.mean([total - logits[j] for j in partners]))
        found.append(max(logits, key=logits.get) in partners)
    return (np.mean(losses), np.mean(found)) if losses else (0.0, 0.0)


@given(st.integers(0, 10_000), st.lists(st.integers(0, 4), min_size=2, max_size=12), st.sampled_from([0.1, 0.5, 1.0]))
@settings(max_examples=60, deadline=None)
def test_it_is_the_loop_of_the_papers(seed, picture, temperature):
    embeddings = unit(seed, len(picture))
    terms = contrastive_loss(tf.constant(embeddings), tf.constant(picture, tf.int64), temperature)
    loss, accuracy = loop(embeddings, picture, temperature)
    assert float(terms["loss"]) == pytest.approx(loss, rel=1e-4, abs=1e-5)
    assert float(terms["accuracy"]) == pytest.approx(accuracy, abs=1e-6)


def test_two_views_at_right_angles_to_all_others_have_the_loss_of_a_sure_answer():
    embeddings = np.repeat(np.eye(4, dtype="float32"), 2, axis=0)
    terms = contrastive_loss(tf.constant(embeddings), tf.constant(np.repeat(np.arange(4), 2)), 0.5)
    assert float(terms["loss"]) == pytest.approx(np.log(np.exp(2.0) + 6.0) - 2.0, rel=1e-5)
    cosines = float(terms["positive_cosine"]), float(terms["negative_cosine"])
    assert cosines == pytest.approx((1.0, 0.0), abs=1e-6) and float(terms["accuracy"]) == 1.0


def test_its_slope_is_finite_where_nothing_has_a_partner():
    embeddings = tf.constant(unit(0, 5))
    with tf.GradientTape() as tape:
        tape.watch(embeddings)
        loss = contrastive_loss(embeddings, tf.range(5), 0.1)["loss"]
    assert float(loss) == 0.0
    np.testing.assert_array_equal(tape.gradient(loss, embeddings), 0.0)
