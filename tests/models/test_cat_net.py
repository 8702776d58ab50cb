"""Features without labels: what they are, what is said when nothing is learned, and that they rank what is worse."""

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import create_model, load_pretrained
from keras_facegan.losses.contrastive import contrastive_loss
from keras_facegan.metrics.frechet import frechet_distance
from keras_facegan.models.cat_net import ORDERS, rearranged
from tests.models.pictures import drawn_people


@pytest.fixture(scope="module")
def tiny():
    return create_model("cat_net", "tiny", seed=0), drawn_people(32, people=12, pictures=5)[0]


def test_features_do_not_depend_on_how_many_are_asked_for(tiny):
    model, images = tiny
    features = model.features(images)
    assert features.shape == (60, 32) and features.dtype == np.float32
    np.testing.assert_array_equal(model.features(images[:3]), features[:3])
    assert model.features(images[:0]).shape == (0, 32)
    assert model.features(images[..., :1]).shape == (60, 32)


def test_a_step_minimises_the_contrastive_loss_of_the_pairs_and_the_puzzle():
    model = create_model("cat_net", "tiny", seed=0)
    model.compile({"name": "sgd", "learning_rate": 1e-3})
    images, index = np.repeat(drawn_people(32)[0][:8], 2, axis=0), np.repeat(np.arange(8), 2)
    images[1::2] = images[1::2, :, ::-1]
    projection = model.projector({"image": images}, training=True)["projection"]
    np.testing.assert_allclose(np.linalg.norm(projection, axis=1), 1.0, rtol=1e-5)
    expected = contrastive_loss(projection, tf.constant(index), model.temperature)
    logs = model.train_step({"image": tf.constant(images), "index": tf.constant(index)})
    assert float(logs["contrastive_loss"]) == pytest.approx(float(expected["loss"]), rel=1e-3)
    assert float(logs["loss"]) == pytest.approx(float(logs["contrastive_loss"] + logs["puzzle_loss"]), rel=1e-5)
    # Fresh weights know nothing of 24 orders.
    assert float(logs["puzzle_loss"]) == pytest.approx(np.log(24), rel=0.3)


def test_quadrants_change_places_as_the_order_says():
    picture = np.arange(36, dtype="float32").reshape(1, 6, 6, 1)
    quadrants = [picture[:, 3 * row : 3 * row + 3, 3 * column : 3 * column + 3] for row in (0, 1) for column in (0, 1)]
    seen = set()
    for order in range(24):
        places = ORDERS[order].argmax(axis=1)
        a, b, c, d = (quadrants[place] for place in places)
        expected = np.concatenate([np.concatenate([a, b], axis=2), np.concatenate([c, d], axis=2)], axis=1)
        found = np.asarray(rearranged(tf.constant(picture), tf.constant([order])))
        np.testing.assert_array_equal(found, expected)
        seen.add(found.tobytes())
    assert len(seen) == 24
    np.testing.assert_array_equal(rearranged(tf.constant(picture), tf.constant([0])), picture)


def test_validation_finds_mirror_images_and_counts_directions(tiny):
    model, images = tiny
    found = model.validate(images, {})
    features, mirrored = model.features(images), model.features(images[:, :, ::-1])
    distance = np.square(features[:, None] - mirrored[None]).sum(-1)
    assert found["retrieval"] == np.mean(distance.argmin(axis=1) == np.arange(60))
    values = np.linalg.eigvalsh(np.cov(features.astype("float64"), rowvar=False))
    assert found["dimensions"] == pytest.approx(values.sum() ** 2 / np.square(values).sum(), rel=1e-6)
    assert 1 <= found["dimensions"] <= 32


def test_what_cannot_be_learned_is_said(tiny):
    logs = {"contrastive_loss": 2.0, "negative_cosine": 0.1}
    assert tiny[0].diagnose(logs) is None
    assert "views:2" in tiny[0].diagnose({**logs, "contrastive_loss": 0.0})
    assert "all features are alike" in tiny[0].diagnose({**logs, "negative_cosine": 0.999})


def blurred(images, level):
    for _ in range(level):
        images = (np.roll(images, 1, 1) + 2 * images + np.roll(images, -1, 1)) / 4
        images = (np.roll(images, 1, 2) + 2 * images + np.roll(images, -1, 2)) / 4
    return images


def noisy(images, level):
    noise = np.random.default_rng(0).normal(size=images.shape)
    return np.clip(images + 0.08 * level * noise, -1, 1).astype("float32")


def covered(images, level):
    images, side = images.copy(), 5 * level
    for number, (top, left) in enumerate(np.random.default_rng(0).integers(0, 64 - 5 * 4, (len(images), 2))):
        images[number, top : top + side, left : left + side] = 0
    return images


def torn(images, level):
    upper, lower = images[:, :32], images[:, 32:]
    return np.concatenate([np.roll(upper, 2 * level, axis=2), lower], axis=1)


@pytest.mark.parametrize("corrupted", [blurred, noisy, covered, torn])
def test_worse_pictures_are_farther_away(corrupted):
    model = load_pretrained("cat_net/cats_64")
    images, _ = drawn_people(64, people=20, pictures=10)
    real = model.features(images)
    distances = [frechet_distance(real, model.features(corrupted(images, level))) for level in range(5)]
    assert distances[0] == pytest.approx(0.0, abs=1e-6 * distances[1])
    assert (np.diff(distances) > 0.2 * distances[1]).all()
