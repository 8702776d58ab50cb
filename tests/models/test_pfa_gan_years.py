"""PFA-GAN between its age groups: gates that are open in part, what they are trained for, ages that are refused."""

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import checkpoint
from keras_facegan.errors import UserError
from tests.models.test_pfa_gan import AGES, SIDE, element, faces, tiny, trainable


def known(**settings):
    """A tiny model that was taught nothing but the mean ages of its groups."""
    model = tiny(**settings)
    model.group_ages.means.assign([22.0, 35.0, 45.0, 61.0])
    return model


@pytest.fixture(scope="module")
def older():
    return known()


def test_years_between_two_means_open_the_last_gate_in_part(older):
    years = np.array([20.0, 22.0, 28.5, 35.0, 40.0, 45.0, 57.0, 61.0, 65.0, 120.0])
    np.testing.assert_allclose(older.places_of(years), [0, 0, 0.5, 1, 1.5, 2, 2.75, 3, 3, 3])
    images = faces(3)
    aged = older.age(images, to=[57.0, 31.0, 38.0], source_group=0)
    whole, part = np.array([2, 0, 1]), np.array([0.75, 9 / 13, 0.3])
    before = np.asarray(older.age_step(images, np.zeros(3, "int32"), whole, None))
    # Each step adds to the face before it, the last one a part of what it would add.
    after = older.age_step(before, whole, whole + 1, None)
    expected = before + part[:, None, None, None] * (after - before)
    np.testing.assert_allclose(aged, np.clip(expected, -1, 1), atol=1e-5)


def test_whole_gates_are_those_of_a_target_group_bit_by_bit(older):
    images = faces(5)
    aged = older.age(images, to=[35.0, 45.0, 61.0, 65.0, 120.0], source_group=0)
    np.testing.assert_array_equal(aged, older.age(images, np.array([1, 2, 3, 3, 3]), 0))
    # Years in the own group, also later ones than its mean, change nothing.
    np.testing.assert_array_equal(older.age(images[:2], to=[31.0, 40.0], source_group=1), images[:2])
    # Without means there is nothing to interpolate between.
    np.testing.assert_array_equal(tiny().places_of([25, 31, 57, 65]), [0, 1, 3, 3])


def test_faces_grow_with_the_years_that_are_asked_for():
    model = known()
    # Steps that add a third, whatever the face.
    for layer in model.generator.layers:
        if hasattr(layer, "residual"):
            *_, kernel, bias = layer.residual.trainable_variables
            kernel.assign(0 * kernel)
            bias.assign(0 * bias + 1 / 3)
    years = np.array([31, 34, 36, 42, 46, 50, 57, 61, 70])
    light = model.age(np.zeros((9, SIDE, SIDE, 3), "float32"), to=years, source_group=0).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(light, np.interp(years, [22, 35, 45, 61], [0, 1 / 3, 2 / 3, 1]), atol=1e-6)
    assert (np.diff(light)[:-1] > 0).all()


def test_years_count_backwards_in_a_younger_model():
    model, images = known(direction="younger"), faces(2)
    np.testing.assert_allclose(model.places_of([70, 61, 53, 45, 40, 35, 22, 10]), [0, 0, 0.5, 1, 1.5, 2, 3, 3])
    # The groups of the estimator begin with the youngest, the places of this model with the oldest.
    np.testing.assert_allclose(model.shares([0.25, 3.0]), [[0, 0, 0.25, 0.75], [1, 0, 0, 0]])
    path = model.age_path(images, 3)
    half = model.age(images, to=40, source_group=3)
    assert 0 < np.abs(half - path[:, 1]).mean() < np.abs(path[:, 2] - path[:, 1]).mean()
    with pytest.raises(UserError, match=r"makes faces younger: it cannot go from group 1 \(31-40\) to group 2"):
        model.age(images, to=43, source_group=1)


def test_a_share_of_the_faces_gets_gates_that_are_open_in_part():
    model = tiny(partial_gates=0.25)
    ages = tf.constant(np.repeat([20.0, 35.0, 45.0, 60.0], 3000).astype("float32"))
    source, target, _ = (np.asarray(each) for each in model.draw_pairs(ages))
    assert (target[source == 3] == 3).all()
    source, target = source[source < 3], target[source < 3]
    part = target % 1
    # Four standard deviations of a share of 9,000, and of a mean of uniform numbers.
    assert abs((part > 0).mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 9000)
    assert abs(part[part > 0].mean() - 0.5) < 4 / np.sqrt(12 * 0.25 * 9000)
    assert (target >= source).all() and (target[part == 0] > source[part == 0]).all() and target.max() == 3
    # From every group, to before every group.
    pairs = np.unique(np.stack([source, np.ceil(target)], axis=1)[part > 0], axis=0)
    np.testing.assert_array_equal(pairs, [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]])


def test_gates_in_part_are_asked_for_the_years_and_the_groups_between():
    model = trainable()
    image = element(AGES[:3])["image"]
    source, target = tf.constant([0, 0, 1]), tf.constant([0.25, 2.75, 2.0])
    aged = model.generator({"image": image, "source_group": source, "target_group": target})["images"]
    judged = {name: np.asarray(value) for name, value in model.judge(np.clip(aged, -1, 1)).items()}
    log_shares = np.asarray(tf.nn.log_softmax(judged["group_logits"]))
    shares = np.array([[0.75, 0.25, 0, 0], [0, 0, 0.25, 0.75], [0, 0, 1, 0]])
    logits = np.asarray(model.discriminator({"image": aged, "group": tf.constant([0, 3, 2])})["logits"])
    for face in range(3):
        weight = tf.one_hot(face, 3)
        terms = {name: float(value) for name, value in model.generator_terms(image, aged, target, weight).items()}
        years = shares[face] @ [22.0, 35.0, 45.0, 62.0]
        assert terms["age_loss"] == pytest.approx((judged["age"][face] - years) ** 2, rel=1e-4)
        assert terms["group_loss"] == pytest.approx(-shares[face] @ log_shares[face], rel=1e-4)
        assert terms["adversarial_loss"] == pytest.approx(0.5 * np.mean((logits[face] - 1) ** 2), rel=1e-4)


def test_gates_are_drawn_alike_when_a_run_goes_on(tmp_path):
    first, second = trainable(partial_gates=0.5), trainable(partial_gates=0.5)
    logs = first.train_step(element())
    assert np.isfinite([float(value) for value in logs.values()]).all() and float(logs["open_gates"]) % 0.125 != 0
    checkpoint.save(tmp_path, first, 1, {})
    checkpoint.restore(tmp_path, 1, second)
    drawn = [[np.asarray(each) for each in model.draw_pairs(tf.constant(AGES))] for model in (first, second)]
    for a, b in zip(*drawn, strict=True):
        np.testing.assert_array_equal(a, b)
    # A recipe of before knows nothing of the argument.
    old = first.get_config()
    del old["partial_gates"]
    assert type(first).from_config(old).partial_gates == 0


@pytest.mark.parametrize(
    ("years", "message"),
    [
        (-1, "to must be one age in years from 0 to 120, or 2 of them, got -1"),
        (121.0, "got 121.0"),
        (float("nan"), "got nan"),
        ([50, float("inf")], "got \\[50.0, inf\\]"),
        ([50.0, 60.0, 70.0], r"or 2 of them, got float64 \(3,\)"),
        ("60", "got <U2"),
        (True, "got bool"),
    ],
)
def test_ages_that_nobody_has_are_refused(older, years, message):
    with pytest.raises(UserError, match=message):
        older.age(faces(2), to=years, source_group=0)
