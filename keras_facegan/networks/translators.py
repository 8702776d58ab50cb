"""From maps of a picture to another picture of the same size: a residual network between two halvings."""

from collections.abc import Callable

import keras
from keras import layers

from keras_facegan.layers.convolution import Conv2D, Conv2DTranspose
from keras_facegan.layers.instance_norm import InstanceNormalization
from keras_facegan.networks.pictures import cut_off


def residual_translator(
    x,
    channels: int,
    filters: int,
    blocks: int,
    *,
    kernel_size: int,
    affine: bool,
    pad: Callable | None = None,
    initializer: Callable = keras.initializers.GlorotUniform,
    onto=None,
):
    """Maps (B, H, W, C) -> pictures (B, H, W, channels) in [-1, 1], float32; H and W are multiples of 4.

    Args:
        x: Symbolic maps: a picture, and what the result is to be conditioned on.
        channels: Channels of the pictures.
        filters: Channels at full size, doubled by each of the two halvings.
        blocks: Residual blocks at a quarter of the size.
        kernel_size: Side of the kernels that halve, and of those that double by transposed convolutions.
        affine: Whether the normalisation learns a scale and a shift; the convolutions have a bias where it does not.
        pad: `(maps, border) -> maps`, how pictures are continued where a convolution keeps their size; None continues
            them by zeros.
        initializer: Returns a new initializer, for each convolution its own.
        onto: Symbolic pictures that the network changes, by a difference of at most 2, or None where it draws new ones.
            Instance normalisation takes away the colour of even areas, such as a plain background, which a small
            network that draws them anew has to guess. A change needs no finer detail than half the size, so maps are
            doubled by interpolation, where transposed convolutions leave dots.

    Reference:
        Johnson, Alahi, Fei-Fei 2016, arXiv 1603.08155, as CycleGAN and StarGAN have it.
    """

    def settings():
        return {"use_bias": not affine, "kernel_initializer": initializer()}

    def normalised(x):
        return InstanceNormalization(affine=affine)(x)

    def keep(x, width, size):
        if pad is None:
            return Conv2D(width, size, padding="same", **settings())(x)
        return Conv2D(width, size, **settings())(pad(x, size // 2))

    def doubled(x, width):
        if onto is None:
            return Conv2DTranspose(width, kernel_size, 2, "same", **settings())(x)
        return keep(layers.UpSampling2D(interpolation="bilinear", dtype="float32")(x), width, 3)

    x = layers.ReLU()(normalised(keep(x, filters, 7)))
    for width in (2 * filters, 4 * filters):
        x = layers.ReLU()(normalised(Conv2D(width, kernel_size, 2, "same", **settings())(x)))
    for _ in range(blocks):
        y = layers.ReLU()(normalised(keep(x, 4 * filters, 3)))
        x = layers.add([x, normalised(keep(y, 4 * filters, 3))])
    for width in (2 * filters, filters):
        x = layers.ReLU()(normalised(doubled(x, width)))
    images = layers.Activation("tanh", dtype="float32")(keep(x, channels, 7))
    if onto is None:
        return images
    change = layers.Rescaling(2.0, dtype="float32")(images)
    return cut_off(layers.Add(dtype="float32")([layers.Identity(dtype="float32")(onto), change]))
