"""The same pictures seen a little differently, so that a frozen network cannot be pleased by patterns of pixels."""

from keras import ops

from keras_facegan.networks.degradations import add_noise, blur, gaussian_kernel
from keras_facegan.seam import random

# Largest shift as a share of the side, blur in pixels, and largest noise on values in [0, 1].
SHIFT, BLUR, NOISE = 1 / 16, 1.0, 0.05
# Where colours fade into black, on values in [0, 1].
DARK = 1e-3


def random_views(images, seed):
    """Return pictures that are shifted, blurred in part and noisy, and have no colours; gradients pass through.

    What is true of a face stays true in every view, and a pattern that means something to one network at one place
    alone does not, nor does a colour that no skin has.

    Args:
        images: Tensor (B, side, side, C) in [-1, 1].
        seed: Keras `SeedGenerator`. The shift is the same for the pictures of a step, blur and noise are not.
    """
    side, count, images = images.shape[1], ops.shape(images)[0], without_colours(images)
    most = max(int(SHIFT * side), 1)
    offset = ops.cast(ops.floor(random.uniform_for_all((2,), seed) * (2 * most + 1)), "int32")
    padded = ops.pad(images, [[0, 0], [most, most], [most, most], [0, 0]], mode="reflect")
    moved = padded[:, offset[0] : offset[0] + side, offset[1] : offset[1] + side]
    moved = ops.reshape(moved, (-1, *images.shape[1:]))
    share = random.uniform((count, 1, 1, 1), seed=seed)
    blurred = moved + share * (blur(moved, gaussian_kernel(BLUR)) - moved)
    return add_noise(blurred, random.uniform((count, 1, 1, 1), 0.0, NOISE, seed=seed), seed)


def without_colours(images):
    """Return pictures whose colours are all equal to the root mean square of a pixel's, black being 0.

    Its gradient leads along the colour that a pixel has: it can be asked to be lighter or darker, not redder.

    Args:
        images: Tensor (B, H, W, C) in [-1, 1].
    """
    unit = images * 0.5 + 0.5
    grey = ops.sqrt(ops.mean(ops.square(unit), axis=-1, keepdims=True) + DARK**2)
    return ops.broadcast_to(grey * 2.0 - 1.0, ops.shape(images))
