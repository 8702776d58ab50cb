"""The same pictures seen a little differently, so that a frozen network cannot be pleased by patterns of pixels."""

from keras import ops

from keras_facegan.networks.degradations import add_noise, blur, gaussian_kernel
from keras_facegan.seam import random

# Largest shift as a share of the side, blur in pixels, and largest noise on values in [0, 1].
SHIFT, BLUR, NOISE = 1 / 16, 1.0, 0.05


def random_views(images, seed):
    """Return pictures that are shifted, blurred in part and noisy; gradients pass through.

    What is true of a face stays true in every view, and a pattern that means something to one network at one place
    alone does not.

    Args:
        images: Tensor (B, side, side, C) in [-1, 1].
        seed: Keras `SeedGenerator`. The shift is the same for the pictures of a step, blur and noise are not.
    """
    side, count = images.shape[1], ops.shape(images)[0]
    most = max(int(SHIFT * side), 1)
    offset = ops.cast(ops.floor(random.uniform_for_all((2,), seed) * (2 * most + 1)), "int32")
    padded = ops.pad(images, [[0, 0], [most, most], [most, most], [0, 0]], mode="reflect")
    moved = padded[:, offset[0] : offset[0] + side, offset[1] : offset[1] + side]
    moved = ops.reshape(moved, (-1, *images.shape[1:]))
    share = random.uniform((count, 1, 1, 1), seed=seed)
    blurred = moved + share * (blur(moved, gaussian_kernel(BLUR)) - moved)
    return add_noise(blurred, random.uniform((count, 1, 1, 1), 0.0, NOISE, seed=seed), seed)
