"""The age estimator: counts of the sheet, ages, bad input, gradients to the picture, frozen statistics."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import create_model, load_pretrained
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.errors import UserError
from tests.models.pictures import assert_slope_is_the_gradient, drawn_people


@pytest.mark.parametrize(("side", "count"), [(64, 3_586_365), (256, 11_978_045)])
def test_parameters_are_those_of_the_sheet(side, count):
    model = create_model("age_estimator", image_shape=(side, side, 3))
    assert sum(int(np.prod(each.shape)) for each in model.estimator.trainable_variables) == count


def test_ages_are_the_expectation_over_the_logits():
    model = create_model("age_estimator", "tiny", seed=0)
    images, _ = drawn_people(32)
    logits = np.asarray(model.estimator({"image": images})["age_logits"], "float64")
    share = np.exp(logits - logits.max(1, keepdims=True))
    share /= share.sum(1, keepdims=True)
    np.testing.assert_allclose(model.estimate_age(images), share @ np.arange(101), rtol=1e-4)


@pytest.mark.parametrize("preset", ["tiny", "judge_64"])
def test_features_are_what_the_ages_are_told_from(preset):
    model = create_model("age_estimator", preset, seed=0)
    images, _ = drawn_people(model.image_shape[0], people=2, pictures=2)
    kernel, bias = model.estimator.get_layer("ages").get_weights()
    features = model.features(images)
    logits = np.asarray(model.estimator({"image": images})["age_logits"])
    np.testing.assert_allclose(features @ kernel + bias, logits, atol=1e-4 * np.abs(logits).max())
    assert features.shape == (4, kernel.shape[0]) and features.dtype == np.float32


@pytest.mark.parametrize("side", [16, 32, 50, 100])
def test_pictures_of_any_size_grey_or_colour(side):
    model = create_model("age_estimator", "tiny", seed=0)
    images, _ = drawn_people(side)
    assert model.estimate_age(images).shape == (40,)
    grey = images.mean(-1, keepdims=True)
    np.testing.assert_allclose(model.estimate_age(grey), model.estimate_age(np.repeat(grey, 3, -1)), rtol=1e-6)
    assert model.estimate_age(images[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 32, 32, 3), "uint8"), "must be floats"),
        (np.full((2, 32, 32, 3), 255.0), "in \\[-1, 1\\]"),
        (np.full((2, 32, 32, 3), np.nan, "float32"), "finite"),
        (np.zeros((2, 32, 30, 3), "float32"), "crop them to squares"),
        (np.zeros((32, 32, 3), "float32"), "must be"),
        (np.zeros((2, 4, 4, 3), "float32"), "4 px are too small for a network of 32 px"),
    ],
)
def test_bad_pictures_are_named(images, message):
    with pytest.raises(UserError, match=message):
        create_model("age_estimator", "tiny").estimate_age(images)


def with_ages(ages):
    examples = open_dataset("drawn_faces", "train", image_shape=(32, 32, 3), size=len(ages))
    return dataclasses.replace(examples, columns=examples.columns | {"age": np.asarray(ages, "float32")})


@pytest.mark.parametrize(
    ("ages", "message"),
    [
        ([20, 35, 45, 60, -1], "has the age -1: ages are years from 0 to 120"),
        ([20, 35, 45, 60, 121], "has the age 121"),
        ([20, 35, 45, 60, np.nan], "has the age nan"),
        ([20, 35, 60, 70], r"no pictures of some ages \(0-30: 1, 31-40: 1, 41-50: 0, 51\+: 2\)"),
    ],
)
def test_ages_that_cannot_be_learned_from_are_named(ages, message):
    with pytest.raises(UserError, match=message):
        create_model("age_estimator", "tiny").check_examples(with_ages(ages))


def test_ages_up_to_120_are_taken():
    create_model("age_estimator", "tiny").check_examples(with_ages([0, 35, 45, 120]))


def test_thresholds_must_rise():
    with pytest.raises(UserError, match="thresholds that must rise"):
        create_model("age_estimator", age_groups=(30, 30, 50))


def test_an_age_of_110_trains_like_one_of_100():
    losses = []
    for age in (100.0, 110.0):
        model = create_model("age_estimator", "tiny", seed=0)
        model.compile({"name": "sgd", "learning_rate": 1e-3})
        images, _ = drawn_people(32)
        logs = model.train_step({"image": tf.constant(images), "age": tf.fill([40], age)})
        losses.append(float(logs["loss"]))
    assert losses[0] == losses[1] and np.isfinite(losses[0])


@pytest.mark.parametrize("error", ["squared", "absolute"])
def test_the_error_of_the_expectation_is_squared_or_absolute(error):
    model = create_model("age_estimator", "tiny", expectation_error=error, group_weight=0.0, seed=0)
    model.compile({"name": "sgd", "learning_rate": 1e-3})
    images, columns = drawn_people(32)
    age = np.minimum(columns["age"], 100).astype("float32")
    expected = np.asarray(model.estimator({"image": images}, training=True)["age"], "float64") - age
    logs = model.train_step({"image": tf.constant(images), "age": tf.constant(age)})
    wanted = np.mean(expected**2 if error == "squared" else np.abs(expected))
    assert float(logs["expectation_loss"]) == pytest.approx(wanted, rel=1e-3)
    weight = model.config["expectation_weight"]
    assert float(logs["loss"]) == pytest.approx(float(logs["age_loss"]) + weight * wanted, rel=1e-3)


def test_another_error_is_refused():
    with pytest.raises(UserError, match="expectation_error `cubed` is unknown. Available: `absolute`, `squared`"):
        create_model("age_estimator", "tiny", expectation_error="cubed")


def test_a_mirrored_estimate_is_the_mean_for_a_picture_and_its_mirror_image():
    plain, mirrored = (create_model("age_estimator", "tiny", mirrored=each, seed=0) for each in (False, True))
    images, _ = drawn_people(32)
    one, other = plain.estimate_age(images), plain.estimate_age(images[:, :, ::-1])
    assert np.abs(one - other).max() > 1e-3
    np.testing.assert_allclose(mirrored.estimate_age(images), (one + other) / 2, rtol=1e-5)


@pytest.mark.parametrize("name", ["utkface_112", "utkface_64", "judge_64", "drawn_faces_64"])
def test_gradients_reach_the_picture(name):
    model = load_pretrained(f"age_estimator/{name}")
    estimator = model.network("estimator")
    estimator.trainable = False
    images, _ = drawn_people(64, people=2, pictures=1)
    assert_slope_is_the_gradient(lambda x: estimator({"image": x}, training=False)["age"], images)


def test_frozen_it_stays_as_it_is_even_in_training():
    model = load_pretrained("age_estimator/utkface_64")
    estimator = model.network("estimator")
    estimator.trainable = False
    before = [np.asarray(each).copy() for each in estimator.variables]
    images, _ = drawn_people(64)
    alone = estimator({"image": images[:1]})["age"]
    together = estimator({"image": images})["age"]
    np.testing.assert_allclose(alone[0], together[0], rtol=1e-4)
    for old, new in zip(before, estimator.variables, strict=True):
        np.testing.assert_array_equal(old, np.asarray(new))


def test_validation_reports_error_and_bias():
    model = create_model("age_estimator", "tiny", seed=0)
    images, columns = drawn_people(32)
    error = model.estimate_age(images) - columns["age"]
    found = model.validate(images, columns)
    assert found == pytest.approx({"mae": np.abs(error).mean(), "bias": error.mean()}, rel=1e-5)
