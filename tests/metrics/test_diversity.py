"""Diversity of sets whose value is known, and against SciPy's distances."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from keras_facegan.errors import UserError
from keras_facegan.metrics.diversity import duplicate_rate, mean_distance, picture_similarity
from keras_facegan.metrics.similarity import multiscale_ssim

RNG = np.random.default_rng(0)


def test_mean_distance_is_scipys():
    features = RNG.normal(size=(60, 7))
    assert mean_distance(features) == pytest.approx(pdist(features).mean(), rel=1e-9)
    assert mean_distance(np.ones((5, 3))) == 0


def test_similarity_is_near_the_mean_over_all_pairs():
    images = np.clip(RNG.normal(0, 0.5, (12, 24, 24, 1)) + np.linspace(-0.5, 0.5, 24)[:, None], -1, 1)
    i, j = np.triu_indices(12, 1)
    every = multiscale_ssim(images[i], images[j])
    found = picture_similarity(images, pairs=500)
    assert found == pytest.approx(every.mean(), abs=4 * every.std() / np.sqrt(500))
    assert found == picture_similarity(images, pairs=500) != picture_similarity(images, pairs=500, seed=1)


def test_equal_pictures_are_wholly_alike_and_never_paired_with_themselves():
    image = RNG.uniform(-1, 1, (1, 16, 16, 3))
    assert picture_similarity(np.repeat(image, 5, axis=0)) == pytest.approx(1)
    assert picture_similarity(np.concatenate([image, -image])) == pytest.approx(0, abs=1e-9)


def test_duplicates_are_counted_on_both_sides():
    features = np.arange(10.0)[:, None]
    assert duplicate_rate(features, 0.5) == 0
    assert duplicate_rate(np.concatenate([features, [[3.0]]]), 0.5) == pytest.approx(2 / 11)
    assert duplicate_rate(features, 1.001) == 1


def test_one_picture_has_no_diversity():
    with pytest.raises(UserError, match="takes two pictures"):
        picture_similarity(np.zeros((1, 16, 16, 3)))
    for measure in (mean_distance, lambda features: duplicate_rate(features, 1)):
        with pytest.raises(UserError, match="at least 2 pictures"):
            measure(np.zeros((1, 3)))
