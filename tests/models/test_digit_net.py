"""The classifier of digits: its features and probabilities, labels it cannot have, and that it learns."""

import dataclasses

import numpy as np
import pytest

from keras_facegan import create_model, load_pretrained
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.errors import UserError


@pytest.fixture(scope="module")
def digits():
    return open_dataset("digits", "all", image_shape=(8, 8, 1))


@pytest.fixture(scope="module")
def tiny():
    return create_model("digit_net", "tiny", seed=0)


def test_parameters_at_28_pixels():
    model = create_model("digit_net", "mnist_28")
    # Convolutions without biases and their normalisations, 512 to 64, 64 to 10.
    convolutions = 9 * 8 + 16 * (8 * 16 + 16 * 32 + 32 * 32) + 2 * (8 + 16 + 32 + 32)
    expected = convolutions + 16 * 32 * 64 + 64 + 64 * 10 + 10
    assert sum(int(np.prod(each.shape)) for each in model.classifier.trainable_variables) == expected == 60_354


def test_probabilities_are_the_softmax_of_the_features_last_layer(tiny, digits):
    images = to_float(digits.images[:70])
    features, probabilities = tiny.features(images), tiny.classify(images)
    assert features.shape == (70, 16) and probabilities.shape == (70, 10) and features.dtype == np.float32
    kernel, bias = tiny.classifier.get_layer("logits").get_weights()
    logits = features.astype("float64") @ kernel + bias
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(tiny.features(images[:3]), features[:3])
    assert tiny.features(images[:0]).shape == (0, 16)


def test_validation_is_accuracy_and_cross_entropy(tiny, digits):
    images, label = to_float(digits.images[:50]), digits.columns["label"][:50]
    probabilities = tiny.classify(images).astype("float64")
    expected = {
        "accuracy": np.mean(probabilities.argmax(axis=1) == label),
        "cross_entropy": -np.mean(np.log(probabilities[np.arange(50), label])),
    }
    assert tiny.validate(images, {"label": label}) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("label", [-1, 10])
def test_labels_that_are_no_class_are_named(tiny, digits, label):
    columns = {**digits.columns, "label": np.where(np.arange(len(digits)) == 7, label, digits.columns["label"])}
    with pytest.raises(UserError, match=rf"labels from .*{label}.*set model.num_classes"):
        tiny.check_examples(dataclasses.replace(digits, columns=columns))
    tiny.check_examples(digits)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 8, 8, 3), "float32"), "in colour"),
        (np.zeros((2, 8, 8, 1), "uint8"), "must be floats"),
        (np.zeros((2, 1, 1, 1), "float32"), "too small"),
    ],
)
def test_bad_pictures_are_named(tiny, images, message):
    for method in (tiny.features, tiny.classify):
        with pytest.raises(UserError, match=message):
            method(images)


def test_the_trained_one_reads_digits_that_it_has_not_seen():
    model = load_pretrained("digit_net/default")
    held_out = open_dataset("digits", "test", image_shape=model.image_shape)
    assert model.validate(to_float(held_out.images), held_out.columns)["accuracy"] > 0.95
