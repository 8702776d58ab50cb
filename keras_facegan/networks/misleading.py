"""Pictures changed a little so that a network errs: what it is trained on, so that such changes mean nothing to it.

Fast is better than free: Revisiting adversarial training. Wong, Rice, Kolter 2020, arXiv 2001.03994: one step from a
random start, here in the ball of the Euclidean norm.
"""

from keras import ops

from keras_facegan.seam import random
from keras_facegan.seam.gradients import input_gradient


def misleading(loss_fn, images, size, seed):
    """Return pictures near the given ones, where a loss is larger.

    Args:
        loss_fn: Callable from images to a scalar loss.
        images: Tensor (B, H, W, C) in [-1, 1].
        size: Largest root mean square > 0 of the change of a picture.
        seed: Keras `SeedGenerator` of the random start.

    Returns:
        Tensor like `images`, in [-1, 1].
    """
    start = images + size * random.uniform((ops.shape(images)[0], 1, 1, 1), seed=seed) * _of_length_one(
        random.normal(ops.shape(images), seed=seed)
    )
    change = start + size * _of_length_one(input_gradient(loss_fn, start)) - images
    change = change * ops.minimum(1.0, size / ops.maximum(_length(change), 1e-12))
    return ops.stop_gradient(ops.clip(images + change, -1.0, 1.0))


def _length(x):
    return ops.sqrt(ops.mean(ops.square(x), axis=(1, 2, 3), keepdims=True))


def _of_length_one(x):
    return x / ops.maximum(_length(x), 1e-12)
