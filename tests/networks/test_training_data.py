"""Data that Keras users hand over: what a model says of another shape, kind or range, before the first step."""

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import create_model
from keras_facegan.errors import UserError

IMAGES = np.random.default_rng(0).uniform(-1, 1, (32, 32, 32, 3)).astype("float32")


@pytest.fixture(scope="module")
def model():
    model = create_model("dcgan", "tiny", seed=0)
    model.compile()
    return model


@pytest.fixture(scope="module")
def estimator():
    model = create_model("age_estimator", "tiny", seed=0)
    model.compile()
    return model


def batches(element):
    return tf.data.Dataset.from_tensor_slices(element).batch(16)


@pytest.mark.parametrize("data", [{"image": IMAGES}, batches({"image": IMAGES})])
def test_pictures_as_the_model_reads_them_are_trained_on(model, data):
    history = model.fit(data, batch_size=None if isinstance(data, tf.data.Dataset) else 16, shuffle=False, verbose=0)
    assert np.isfinite(history.history["d_loss"]).all()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"picture": IMAGES}, 'dcgan needs "image" in the data, got "picture". Give {"image": ...}'),
        ((IMAGES, np.zeros(32), np.ones(32)), "dcgan takes no sample weights"),
        ({"image": IMAGES[:, :16, :16]}, r"reads images of shape \(batch, 32, 32, 3\), got \(\d+, 16, 16, 3\)"),
        ({"image": IMAGES[..., :1]}, r"got \(\d+, 32, 32, 1\). Resize"),
        ({"image": IMAGES[0]}, r"got \(\d+, 32, 3\)"),
        (
            {"image": (127.5 * (IMAGES + 1)).astype("uint8")},
            r"floats in .* got uint8. `to_float` of keras_facegan.data",
        ),
        ({"image": 127.5 * (IMAGES + 1)}, "in .* got values from 0.* to 25"),
        ({"image": np.where(IMAGES > 0.99, np.nan, IMAGES)}, "must be finite"),
    ],
)
def test_other_data_are_refused_by_one_line_that_says_what_to_do(model, data, message):
    with pytest.raises(UserError, match=message) as error:
        model.fit(data, batch_size=16, verbose=0)
    assert "\n" not in str(error.value)
    if isinstance(data, dict | tuple):
        with pytest.raises(UserError, match=message):
            model.fit(batches(data), verbose=0)


def test_networks_that_resize_take_any_side_and_want_their_labels(estimator):
    ages = np.linspace(1, 80, 32).astype("float32")
    estimator.fit(batches({"image": IMAGES[:, :24, :24], "age": ages}), shuffle=False, verbose=0)
    with pytest.raises(UserError, match='age_estimator needs "age" in the data, got "image"'):
        estimator.fit(batches({"image": IMAGES}), verbose=0)
