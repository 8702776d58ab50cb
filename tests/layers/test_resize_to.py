"""Resizing inside the graph against Pillow's, which is antialiased too."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_facegan.layers.resize_to import ResizeTo


@pytest.mark.parametrize("side", [13, 24, 40, 64])
def test_any_size_becomes_the_one(side):
    picture = np.random.default_rng(0).uniform(-1, 1, (32, 32)).astype("float32")
    found = np.asarray(ResizeTo(side)(picture[None, ..., None]))[0, ..., 0]
    expected = np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BILINEAR))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_right_size_passes_untouched():
    picture = tf.random.stateless_uniform((2, 16, 16, 3), (0, 1))
    assert ResizeTo(16)(picture) is picture


def test_gradients_reach_every_pixel():
    picture = tf.random.stateless_uniform((1, 40, 40, 1), (0, 1))
    with tf.GradientTape() as tape:
        tape.watch(picture)
        total = tf.reduce_sum(ResizeTo(16)(picture))
    gradient = tape.gradient(total, picture).numpy()
    assert gradient.min() > 0
    # Every pixel of the result is a mean: 256 of them in all.
    assert gradient.sum() == pytest.approx(256, rel=1e-4)
