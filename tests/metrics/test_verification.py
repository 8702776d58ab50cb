"""Verification against loops over all pairs and against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from keras_facegan.errors import UserError
from keras_facegan.metrics import verification


def people(seed=0, count=30, each=6, spread=0.6, length=16):
    """Unit embeddings of people as clouds around directions."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(count, length))
    identity = np.repeat(np.arange(count), each)
    embeddings = centres[identity] + spread * rng.normal(size=(len(identity), length))
    return (embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)).astype("float32"), identity


def test_pairs_are_all_pairs_once():
    embeddings, identity = people(count=9, each=70)
    genuine, impostor = verification.pair_distances(embeddings, identity)
    distances = np.square(embeddings[:, None].astype("float64") - embeddings[None]).sum(-1)
    above = np.triu(np.ones(distances.shape, bool), 1)
    same = identity[:, None] == identity[None]
    np.testing.assert_allclose(np.sort(genuine), np.sort(distances[above & same]), atol=1e-5)
    np.testing.assert_allclose(np.sort(impostor), np.sort(distances[above & ~same]), atol=1e-5)


def test_most_draws_impostors_only():
    embeddings, identity = people()
    genuine, impostor = verification.pair_distances(embeddings, identity, most=100, seed=1)
    assert len(genuine) == 30 * 15 and len(impostor) == 100
    np.testing.assert_array_equal(impostor, verification.pair_distances(embeddings, identity, most=100, seed=1)[1])


distances = st.lists(st.floats(0, 4, width=32), min_size=2, max_size=40)


@given(distances, distances)
@settings(max_examples=80, deadline=None)
def test_auc_counts_couples(genuine, impostor):
    genuine, impostor = np.array(genuine), np.array(impostor)
    wins = (genuine[:, None] < impostor).mean() + 0.5 * (genuine[:, None] == impostor).mean()
    assert verification.auc(genuine, impostor) == pytest.approx(wins)


def test_auc_is_scikit_learns():
    genuine, impostor = verification.pair_distances(*people())
    labels = np.r_[np.ones(len(genuine)), np.zeros(len(impostor))]
    assert verification.auc(genuine, impostor) == pytest.approx(roc_auc_score(labels, -np.r_[genuine, impostor]))


def test_thresholds_accept_the_rate_they_promise():
    genuine, impostor = verification.pair_distances(*people(spread=1.0))
    for far in (0.01, 0.1, 0.5):
        threshold = verification.threshold_at_far(impostor, far)
        assert np.mean(impostor < threshold) == pytest.approx(far, abs=1 / len(impostor) + 1e-9)
        assert verification.tar_at_far(genuine, impostor, far) == np.mean(genuine < threshold)


def test_equal_error_rate_of_known_normals():
    from scipy.stats import norm

    rng = np.random.default_rng(0)
    genuine, impostor = rng.normal(1, 0.3, 100_000), rng.normal(2, 0.3, 100_000)
    expected = norm.cdf(-0.5 / 0.3)
    assert verification.equal_error_rate(genuine, impostor) == pytest.approx(expected, abs=2e-3)


def test_ends_of_the_scale():
    assert verification.equal_error_rate([0.1, 0.2], [1.0, 2.0]) == 0
    assert verification.auc([0.1, 0.2], [1.0, 2.0]) == 1
    assert verification.auc([3.0, 3.0], [1.0, 2.0]) == 0
    far, tar = verification.roc_curve([0.1, 0.2], [1.0, 2.0])
    assert (far[0], tar[0], far[-1], tar[-1]) == (0, 0, 1, 1)


def test_ten_folds_choose_the_threshold_on_the_others():
    embeddings, identity = people(count=60, spread=0.1)
    mean, deviation = verification.ten_fold_accuracy(embeddings, identity)
    assert mean > 0.995 and deviation < 0.005
    noise = np.random.default_rng(0).permutation(identity)
    mean, _ = verification.ten_fold_accuracy(embeddings, noise)
    assert mean == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("embeddings", "identity", "message"),
    [
        (np.eye(3), [0, 1, 2], "0 pairs of one person"),
        (np.eye(3), [0, 0, 0], "0 of two"),
        (np.eye(3), [0, 1], "must be"),
        (np.full((3, 2), np.nan), [0, 0, 1], "not finite"),
        (np.zeros((0, 2)), [], "0 pairs"),
    ],
)
def test_bad_input_is_named(embeddings, identity, message):
    with pytest.raises(UserError, match=message):
        verification.pair_distances(embeddings, np.array(identity))


def test_too_few_pairs_for_a_small_rate():
    with pytest.raises(UserError, match="needs 1,000 pairs, got 99"):
        verification.threshold_at_far(np.ones(99), 1e-2)
    with pytest.raises(UserError, match="between 0 and 1"):
        verification.threshold_at_far(np.ones(99), 0)
    with pytest.raises(UserError, match="genuine must hold"):
        verification.auc([], [1.0])
