"""Networks that restore pictures of any size, and the discriminators that judge them at one.

"report" are those of Yan and Wang 2017, "srez" those of the code that the report builds on (Garcia 2016).
"""

import keras
from keras import layers

from keras_facegan.layers.batch_norm import BatchNormalization
from keras_facegan.networks.pictures import cut_off

# Pixels of the picture that is read, to any side of a place, that the restored picture depends on there.
REACH, DILATED_REACH = 12, 34


def report_restorer(channels, scale, filters, masked=False, skip=False):
    """Images (B, H, W, C) in [-1, 1] -> images (B, scale H, scale W, C) in [-1, 1].

    Args:
        channels: C.
        scale: 1, 2 or 4.
        filters: Channels of every hidden map.
        masked: Whether it reads `known` (B, H, W, 1) as well and draws what is missing. Its blocks then look 1, 2, 4
            and 8 pixels apart, so that they see beyond a hole.
        skip: Whether it learns what to add to the picture, enlarged, in place of the whole picture.
    """
    inputs = _inputs(channels, masked)
    first = x = layers.Conv2D(filters, 3, padding="same", activation="relu")(_values(inputs))
    for block in range(4):
        apart = 2**block if masked else 1
        y = layers.ReLU()(BatchNormalization()(layers.Conv2D(filters, 3, padding="same", dilation_rate=apart)(x)))
        y = layers.Conv2D(filters, 3, padding="same", dilation_rate=apart)(y)
        # Small, so that every block begins nearly as the identity.
        y = BatchNormalization(gamma_initializer=keras.initializers.Constant(0.1))(y)
        x = layers.add([x, layers.ReLU()(y)])
        if 2 ** (block + 1) <= scale:
            x = _doubled(x, filters)
    x = layers.Conv2D(filters, 3, padding="same")(x)
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(layers.add([x, first]) if scale == 1 else x)
    x = layers.Conv2D(filters, 1, activation="relu")(x)
    return _network(inputs, layers.Conv2D(channels, 1)(x), scale, skip)


def srez_restorer(channels, scale, filters, skip=False):
    """The same of srez: two stages of pre-activated blocks, 4 and 2 times `filters` wide, of which it doubles after
    as many as the scale needs."""
    inputs = _inputs(channels)
    x = _values(inputs)
    for stage, width in enumerate((4 * filters, 2 * filters)):
        x = layers.Conv2D(width, 1)(x)
        for _ in range(2):
            y = layers.Conv2D(width, 3, padding="same")(_rectified(x))
            # A thousandth of the usual values, so that every block begins nearly as the identity.
            small = keras.initializers.VarianceScaling(1e-6)
            x = layers.add([x, layers.Conv2D(width, 3, padding="same", kernel_initializer=small)(_rectified(y))])
        if 2 ** (stage + 1) <= scale:
            x = _doubled(x, width, is_scaled=False)
    x = layers.Conv2D(3 * filters // 2, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(3 * filters // 2, 1, activation="relu")(x)
    return _network(inputs, layers.Conv2D(channels, 1)(x), scale, skip)


def report_discriminator(image_shape, filters):
    """Images (B, H, W, C) in [-1, 1] -> logits (B, 1)."""

    def normalised(x, width, kernel, stride=1):
        return layers.LeakyReLU(0.2)(BatchNormalization()(layers.Conv2D(width, kernel, stride, "same")(x)))

    image = keras.Input(image_shape, name="image")
    x = layers.LeakyReLU(0.2)(layers.Conv2D(filters, 3, padding="same")(image))
    for width in (filters, 2 * filters, 4 * filters, 8 * filters):
        x = normalised(x, width, 3, 2)
    x = normalised(normalised(x, 8 * filters, 3), 8 * filters, 1)
    x = layers.Flatten()(layers.Conv2D(1, 1)(x))
    x = layers.Dense(1)(layers.LeakyReLU(0.2)(layers.Dense(16 * filters)(x)))
    return keras.Model({"image": image}, {"logits": _float32(x)}, name="discriminator")


def srez_discriminator(image_shape, filters):
    """Images (B, H, W, C) in [-1, 1] -> logits (B, 1): the mean of those of all places."""
    image = x = keras.Input(image_shape, name="image")
    for width in (filters, 2 * filters, 4 * filters, 8 * filters):
        x = _rectified(layers.Conv2D(width, 3, 2, "same")(x))
    for kernel in (3, 1):
        x = _rectified(layers.Conv2D(8 * filters, kernel, padding="same")(x))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(1, 1)(x))
    return keras.Model({"image": image}, {"logits": _float32(x)}, name="discriminator")


def _inputs(channels, masked=False):
    inputs = {"image": keras.Input((None, None, channels), name="image")}
    return inputs | ({"known": keras.Input((None, None, 1), name="known")} if masked else {})


def _values(inputs):
    """Return what the first convolution reads: the picture in [0, 1], and its mask where there is one."""
    image = layers.Rescaling(0.5, 0.5)(inputs["image"])
    return layers.Concatenate()([image, inputs["known"]]) if "known" in inputs else image


def _rectified(x):
    return layers.ReLU()(BatchNormalization(scale=False)(x))


def _doubled(x, filters, is_scaled=True):
    """Repeat every pixel 2 x 2 times and convolve."""
    x = layers.ReLU()(BatchNormalization(scale=is_scaled)(layers.UpSampling2D(2)(x)))
    return layers.Conv2DTranspose(filters, 3, padding="same")(x)


def _network(inputs, x, scale, skip):
    """Return the network from the values (B, H, W, C) that its last convolution gives."""
    if skip:
        image = layers.Identity(dtype="float32")(inputs["image"])
        if scale > 1:
            image = layers.UpSampling2D(scale, interpolation="bilinear", dtype="float32")(image)
        images = cut_off(layers.Add(dtype="float32")([image, _float32(x)]))
    else:
        images = layers.Rescaling(2.0, -1.0, dtype="float32")(layers.Activation("sigmoid", dtype="float32")(x))
    if "known" in inputs:
        # What is known stays as it is.
        images = inputs["known"] * inputs["image"] + (1.0 - inputs["known"]) * images
    return keras.Model(inputs, {"images": images}, name="generator")


def _float32(x):
    return layers.Activation("linear", dtype="float32")(x)
