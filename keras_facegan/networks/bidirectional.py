"""Networks of the bidirectional DCGAN: encoder, connector and generator, discriminator, age head."""

import keras
from keras import layers

from keras_facegan.errors import UserError
from keras_facegan.layers.batch_norm import BatchNormalization
from keras_facegan.layers.convolution import Conv2D, Conv2DTranspose
from keras_facegan.networks.age_groups import OLDEST
from keras_facegan.networks.label_maps import label_maps

# Values in which the connector repeats each label, whatever the length of the code.
LABEL_VALUES = 50
GENDERS = 2
# Sides of the smallest map of encoder and generator, and of the discriminator's map that faces are compared by.
SMALLEST, MIDDLE = 4, 16


def _normal():
    return keras.initializers.RandomNormal(0.0, 0.02)


def _truncated():
    return keras.initializers.TruncatedNormal(0.0, 0.02)


def _rectified(layer, x, batch_norm):
    """Apply a layer, normalise over the batch where that is asked for, and rectify.

    The normalisation has shifts and no scales: where they take the place of biases, the number of weights stays.
    """
    x = layer(x)
    return layers.ReLU()(BatchNormalization(scale=False)(x) if batch_norm else x)


def _one_hot(label, width):
    """Labels (B,) -> vectors (B, width) of -1, and 1 in one place."""
    return layers.Rescaling(2.0, -1.0)(layers.CategoryEncoding(width, output_mode="one_hot")(label))


def _repeated(vector, times):
    return layers.Flatten()(layers.RepeatVector(times)(vector))


def _labels():
    return {name: keras.Input((), dtype="int32", name=name) for name in ("group", "gender")}


def face_encoder(image_shape, filters, kernel_size, latent_dim, batch_norm):
    """Images (B, side, side, channels) -> latents (B, latent_dim) in [-1, 1]."""
    image = x = keras.Input(image_shape, name="image")
    for n in range(_halvings(image_shape, SMALLEST)):
        layer = Conv2D(filters * 2**n, kernel_size, 2, "same", use_bias=not batch_norm, kernel_initializer=_truncated())
        x = _rectified(layer, x, batch_norm)
    x = layers.Dense(latent_dim, kernel_initializer=_normal())(layers.Flatten()(x))
    latents = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model({"image": image}, {"latents": latents}, name="encoder")


def connector(latents, group, gender, groups):
    """Join codes (B, latent_dim), age groups (B,) and genders (B,): labels are repeated, so that they count."""
    age = _repeated(_one_hot(group, groups), max(LABEL_VALUES // groups, 1))
    return layers.Concatenate()([latents, age, _repeated(_one_hot(gender, GENDERS), LABEL_VALUES // GENDERS)])


def face_generator(image_shape, groups, filters, detail_filters, kernel_size, latent_dim, batch_norm):
    """Latents (B, latent_dim), group (B,) and gender (B,) -> images (B, side, side, channels) in [-1, 1]."""
    doublings, options = _halvings(image_shape, SMALLEST), {"use_bias": not batch_norm}
    latents, labels = keras.Input((latent_dim,), name="latents"), _labels()
    x = connector(latents, labels["group"], labels["gender"], groups)
    widest = filters * 2 ** (doublings - 1)
    layer = layers.Dense(SMALLEST**2 * widest, kernel_initializer=_normal(), **options)
    x = layers.Reshape((SMALLEST, SMALLEST, widest))(_rectified(layer, x, batch_norm))
    widths = [filters * 2**n for n in reversed(range(doublings - 1))]
    for width, stride in [*((width, 2) for width in (*widths, detail_filters)), (max(detail_filters // 2, 1), 1)]:
        layer = Conv2DTranspose(width, kernel_size, stride, "same", kernel_initializer=_normal(), **options)
        x = _rectified(layer, x, batch_norm)
    x = Conv2DTranspose(image_shape[-1], kernel_size, 1, "same", kernel_initializer=_normal())(x)
    images = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model({"latents": latents, **labels}, {"images": images}, name="generator")


def face_discriminator(image_shape, groups, filters, kernel_size, hidden):
    """Images, group (B,) and gender (B,) -> logits (B, 1), and `features` (B, 16, 16, C) of a middle layer."""
    image, labels = keras.Input(image_shape, name="image"), _labels()
    vectors = [
        _one_hot(labels["group"], groups),
        _repeated(_one_hot(labels["gender"], GENDERS), max(groups // GENDERS, 1)),
    ]
    x = image
    for n in range(_halvings(image_shape, MIDDLE // 2)):
        layer = Conv2D(filters * 2**n, kernel_size, 2, "same", kernel_initializer=_truncated())
        x = _rectified(layer, x, batch_norm=True)
        if x.shape[1] == MIDDLE:
            features = layers.Activation("linear", dtype="float32")(x)
        if n == 0:
            # The labels enter behind the first layer, the same everywhere.
            x = layers.Concatenate()([x, *(label_maps(vector, x.shape[1]) for vector in vectors)])
    x = layers.Dense(hidden, kernel_initializer=_normal())(layers.Flatten()(x))
    x = layers.Dense(1, kernel_initializer=_normal())(layers.LeakyReLU(0.2)(x))
    logits = layers.Activation("linear", dtype="float32")(x)
    return keras.Model({"image": image, **labels}, {"logits": logits, "features": features}, name="discriminator")


def age_and_gender_head(image_shape, filters, kernel_size):
    """Images (B, side, side, channels) -> age (B,) in [0, 100] years, and gender_logits (B, 1), female above 0."""
    image = x = keras.Input(image_shape, name="image")
    for n in range(4):
        x = _rectified(Conv2D(filters * 2**n, kernel_size, 2, "same", use_bias=False), x, batch_norm=True)
    x = layers.GlobalAveragePooling2D()(x)
    age = layers.Activation("sigmoid", dtype="float32")(layers.Reshape(())(layers.Dense(1)(x)))
    age = layers.Rescaling(OLDEST, dtype="float32")(age)
    gender = layers.Activation("linear", dtype="float32")(layers.Dense(1)(x))
    return keras.Model({"image": image}, {"age": age, "gender_logits": gender}, name="age_head")


def _halvings(image_shape, smallest):
    return (image_shape[0] // smallest).bit_length() - 1


def check_side(image_shape):
    """Raise `UserError` where the networks cannot halve a picture to their smallest maps."""
    side = image_shape[0]
    if image_shape[1] != side or side < 2 * MIDDLE or side & (side - 1):
        raise UserError(
            f"model.image_shape must be square, with a side that is a power of two from {2 * MIDDLE} on, got "
            f"{list(image_shape)}."
        )
