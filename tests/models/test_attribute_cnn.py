"""The attribute network: counts of the sheet, probabilities, constant attributes, bad input, and that it learns."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import create_model
from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.errors import UserError
from keras_facegan.metrics.attributes import hamming_loss, macro_f1
from tests.models.pictures import drawn_people

NAMES = ("Male", "Eyeglasses", "Attractive")


def faces(size=64):
    return open_dataset("drawn_faces", "train", image_shape=(32, 32, 3), size=size)


def with_attributes(examples, values):
    return dataclasses.replace(examples, columns={**examples.columns, "attributes": np.asarray(values, "float32")})


def lively(**settings):
    """A model whose fresh weights tell faces apart: ten times as large as they begin."""
    model = create_model("attribute_cnn", "tiny", ema_decay=0.0, seed=0, **settings)
    for weight in model.recogniser.trainable_variables:
        if len(weight.shape) > 1:
            weight.assign(10 * weight)
    return model


@pytest.fixture(scope="module")
def tiny():
    return lively()


@pytest.mark.parametrize(("side", "count"), [(64, 4_308_352 + 8_391_680 + 136_616), (128, 38_002_472)])
def test_parameters_are_those_of_the_sheets_trunk_share_and_label_head(side, count):
    model = create_model("attribute_cnn", image_shape=(side, side, 3))
    assert sum(int(np.prod(each.shape)) for each in model.recogniser.trainable_variables) == count


def test_its_published_preset_fits_into_1_6_megabytes():
    network = create_model("attribute_cnn", "celeba_64").recogniser
    size = sum(int(np.prod(each.shape)) * (2 if len(each.shape) > 1 else 4) for each in network.weights)
    assert 1.2e6 < size < 1.57e6


def test_probabilities_are_the_mean_over_a_picture_and_its_mirror_image(tiny):
    images, _ = drawn_people(32)
    told = tiny.recognise(images)
    assert told.shape == (40, 40) and told.dtype == np.float32 and tiny.attributes == CELEBA_ATTRIBUTES
    network = tiny.network("recogniser")
    logits = [np.asarray(network({"image": each})["logits"], "float64") for each in (images, images[:, :, ::-1])]
    np.testing.assert_allclose(told, sum(1 / (1 + np.exp(-each)) for each in logits) / 2, atol=1e-5)
    np.testing.assert_allclose(tiny.recognise(images[:, :, ::-1]), told, atol=1e-6)
    one_sided = lively(mirrored=False)
    assert np.abs(one_sided.recognise(images) - one_sided.recognise(images[:, :, ::-1])).max() > 1e-4


@pytest.mark.parametrize("side", [16, 32, 50])
def test_pictures_of_any_size_grey_or_colour(tiny, side):
    images, _ = drawn_people(side, people=2)
    grey = images.mean(-1, keepdims=True)
    np.testing.assert_allclose(tiny.recognise(grey), tiny.recognise(np.repeat(grey, 3, -1)), atol=1e-5)
    np.testing.assert_array_equal(tiny.recognise(images[:3]), tiny.recognise(images)[:3])
    assert tiny.recognise(images[:0]).shape == (0, 40)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 32, 32, 3), "uint8"), "must be floats"),
        (np.full((2, 32, 32, 3), np.nan, "float32"), "finite"),
        (np.zeros((2, 32, 30, 3), "float32"), "crop them to squares"),
        (np.zeros((2, 4, 4, 3), "float32"), "4 px are too small for a network of 32 px"),
    ],
)
def test_bad_pictures_are_named(tiny, images, message):
    with pytest.raises(UserError, match=message):
        tiny.recognise(images)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image_shape": (40, 40, 3)}, "a multiple of 16, such as 32, 64, 80 or 128; got \\[40, 40, 3\\]"),
        ({"image_shape": (64, 32, 3)}, "\\[side, side, channels\\]"),
        ({"attributes": ("Eyeglases",)}, "`Eyeglases` is not an attribute. Did you mean `Eyeglasses`"),
        ({"attributes": ("Male", "Male")}, "named twice"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(UserError, match=message):
        create_model("attribute_cnn", **settings)


def test_a_step_minimises_the_cross_entropy_of_its_own_attributes():
    model = create_model("attribute_cnn", "tiny", attributes=NAMES, seed=0)
    model.compile({"name": "sgd", "learning_rate": 1e-3})
    images, columns = drawn_people(32)
    labels = columns["attributes"][:, [CELEBA_ATTRIBUTES.index(name) for name in NAMES]]
    logits = np.asarray(model.recogniser({"image": images}, training=True)["logits"], "float64")
    expected = np.mean(np.sum(np.log1p(np.exp(logits)) - labels * logits, axis=1))
    logs = model.train_step({"image": tf.constant(images), "attributes": tf.constant(columns["attributes"])})
    assert float(logs["loss"]) == pytest.approx(expected, rel=1e-4)
    assert float(logs["hamming_loss"]) == pytest.approx(np.mean((logits > 0) != (labels > 0.5)), abs=1e-6)


def test_attributes_of_one_value_are_named_and_always_told_as_that(capsys):
    examples, model = faces(), create_model("attribute_cnn", "tiny", seed=0)
    values = examples.columns["attributes"].copy()
    values[:, CELEBA_ATTRIBUTES.index("Bald")] = 1
    examples = with_attributes(examples, values)
    model.check_examples(examples)
    assert "have the same Attractive, Bald" in capsys.readouterr().err
    model.adapt(examples)
    told = dict(zip(model.attributes, model.recognise(to_float(examples.images)).T, strict=True))
    assert told["Bald"].min() > 0.999 and told["Attractive"].max() < 0.001
    assert told["Male"].min() > 0.01 and told["Male"].max() < 0.99
    # The output of a constant attribute is not trained.
    model.compile({"name": "sgd", "learning_rate": 0.1})
    kernel = model.recogniser.layers[-3].kernel
    before = np.asarray(kernel).copy()
    model.train_step({"image": tf.constant(to_float(examples.images)), "attributes": tf.constant(values)})
    moved = dict(zip(model.attributes, np.abs(np.asarray(kernel) - before).max(axis=0), strict=True))
    assert moved["Bald"] == moved["Attractive"] == 0 and moved["Male"] > 0


def test_data_with_nothing_to_learn_are_refused():
    examples = with_attributes(faces(4), np.zeros((4, 40)))
    with pytest.raises(UserError, match="the same Male, Young: there is nothing to learn"):
        create_model("attribute_cnn", "tiny", attributes=("Male", "Young")).check_examples(examples)


def test_of_attributes_that_vary_nothing_is_said(capsys):
    create_model("attribute_cnn", "tiny", attributes=("Male", "Young")).check_examples(faces())
    assert capsys.readouterr().err == ""


def test_a_set_without_attributes_is_refused():
    model = create_model("attribute_cnn", "tiny")
    with pytest.raises(UserError, match="attributes"):
        open_dataset("digits", "train", image_shape=(32, 32, 3), reads=model.reads)


def test_validation_gives_hamming_loss_and_macro_f1(tiny):
    images, columns = drawn_people(32)
    numbers = tiny.validate(images, columns)
    told = tiny.recognise(images)
    assert numbers == {
        "hamming_loss": hamming_loss(told, columns["attributes"]),
        "macro_f1": macro_f1(told, columns["attributes"]),
    }


def test_it_learns_attributes_of_drawn_faces():
    model = create_model("attribute_cnn", "tiny", attributes=("Male", "Eyeglasses"), dropout=0.1, seed=0)
    examples = faces(1024)
    model.adapt(examples)
    model.compile({"name": "adam", "learning_rate": 3e-3})
    model.fit(examples.batches(64, seed=0), steps_per_epoch=120, verbose=0)
    held_out = open_dataset("drawn_faces", "test", image_shape=(32, 32, 3), size=2000)
    numbers = model.validate(to_float(held_out.images), held_out.columns)
    truth = held_out.columns["attributes"][:, [CELEBA_ATTRIBUTES.index(name) for name in model.attributes]]
    majority = np.minimum(truth.mean(0), 1 - truth.mean(0)).mean()
    assert numbers["hamming_loss"] < 0.5 * majority
