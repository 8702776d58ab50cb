"""Pictures spoilt step by step: as much as the level says, and farther away by the features of any sound network."""

import numpy as np
import pytest
from scipy import ndimage

from keras_facegan.data.images import to_float
from keras_facegan.evaluation.measures.corruptions import LEVELS, SPOILT, blurred, covered, noisy, torn
from tests.evaluation.subjects import faces, generator, pooled, subject


@pytest.fixture(scope="module")
def images():
    return np.asarray(faces().images)


@pytest.mark.parametrize("name", SPOILT)
def test_each_level_changes_more_and_the_seed_fixes_it(images, name):
    spoilt = [SPOILT[name](images, level, 0) for level in LEVELS]
    changes = [np.abs(each.astype(float) - images).mean() for each in spoilt]
    assert all(each.dtype == np.uint8 and each.shape == images.shape for each in spoilt)
    assert changes[0] > 0 and (np.diff(changes) > 0).all()
    np.testing.assert_array_equal(spoilt[1], SPOILT[name](images, 2, 0))


def test_they_do_what_their_names_say(images):
    large = np.repeat(np.repeat(images, 8, axis=1), 8, axis=2)[:5]
    expected = ndimage.gaussian_filter(large.astype(float), (0, 2.56, 2.56, 0), mode="nearest")
    assert np.abs(blurred(large, 2, 0) - expected).mean() < 1.5
    grey = np.full((200, 16, 16, 3), 128, "uint8")
    assert noisy(grey, 3, 0).std() == pytest.approx(24, rel=0.02)
    white = np.full((50, 16, 16, 3), 255, "uint8")
    assert ((covered(white, 2, 0) == 128).sum(axis=(1, 2, 3)) == 4 * 4 * 3).all()
    np.testing.assert_array_equal(torn(images, 4, 0)[:, :8], np.roll(images[:, :8], 4, axis=2))
    np.testing.assert_array_equal(torn(images, 4, 0)[:, 8:], images[:, 8:])


def test_features_that_see_are_told_from_those_that_do_not(images):
    seeing, blind = generator(None), generator(None)
    del seeing.generate, blind.generate
    seeing.features = pooled
    blind.features = lambda pictures: np.random.default_rng(0).normal(size=(len(pictures), 4))
    found = [
        {each.name: each.value for each in subject(model, faces(), num=None, batch_size=120).measure("corruptions")}
        for model in (seeing, blind)
    ]
    assert found[0]["rising_steps"] > 0.85 and found[0]["cover_4"] > found[0]["cover_1"] > 0
    assert found[1]["rising_steps"] == 0 and found[1]["two_halves"] > 0
    assert to_float(images).min() >= -1
