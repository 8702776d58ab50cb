"""What the tests of frozen networks share: pictures, and a check of gradients to them."""

import numpy as np
import tensorflow as tf

from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset


def drawn_people(side, people=10, pictures=4):
    """Return pictures of drawn people and their labels by name."""
    examples = open_dataset(
        "drawn_faces", "train", image_shape=(side, side, 3), size=people * pictures, identities=people
    )
    return to_float(examples.images), examples.columns


def assert_slope_is_the_gradient(function, images, seed=0, step=2e-2):
    """Compare the gradient of `function(images) -> (B,)` with central differences along a smooth direction.

    The direction is the gradient itself, blurred and scaled, so that the change is far above the rounding of float32;
    the tolerance is what ReLU's kinks within the step need.
    """
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(function(images))
    gradient = tape.gradient(total, images)
    assert gradient.shape == images.shape and float(tf.reduce_max(tf.abs(gradient))) > 0
    rng = np.random.default_rng(seed)
    noise = tf.constant(rng.normal(size=images.shape).astype("float32"))
    for direction in (gradient / tf.norm(gradient), (gradient / tf.norm(gradient) + 0.05 * noise / tf.norm(noise))):
        up, down = (tf.reduce_sum(function(images + s * direction)) for s in (step, -step))
        slope = float(up - down) / (2 * step)
        expected = float(tf.reduce_sum(gradient * direction))
        np.testing.assert_allclose(slope, expected, rtol=0.05)
