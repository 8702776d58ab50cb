"""Encoders of pictures into normal distributions of codes, and the decoders that go back.

The perceptrons are those of Kingma and Welling 2014 (arXiv 1312.6114), with rectified units; the convolutional networks
those of Larsen et al. 2016 (arXiv 1512.09300), table 1 of its appendix.
"""

import keras
import numpy as np
from keras import layers, ops

from keras_facegan.errors import UserError
from keras_facegan.layers.batch_norm import BatchNormalization
from keras_facegan.seam import random

# Three convolutions halve a picture three times.
FACTOR = 8


def mlp_encoder(image_shape, hidden, latent_dim):
    """Images (B, H, W, C) -> mean and log_variance (B, latent_dim)."""
    image = keras.Input(image_shape, name="image")
    x = layers.Flatten()(layers.Rescaling(0.5, 0.5)(image))
    return _posterior(image, layers.Dense(hidden, "relu")(x), latent_dim)


def mlp_decoder(image_shape, hidden, latent_dim):
    """Latents (B, latent_dim) -> values (B, H, W, C), not bounded."""
    latents = keras.Input((latent_dim,), name="latents")
    x = layers.Dense(hidden, "relu")(latents)
    x = layers.Dense(int(np.prod(image_shape)), name="pixels")(x)
    return latents, _float32(layers.Reshape(image_shape)(x))


def convolutional_encoder(image_shape, filters, hidden, latent_dim):
    """Images (B, side, side, channels) -> mean and log_variance (B, latent_dim)."""
    _check_side(image_shape)
    image = x = keras.Input(image_shape, name="image")
    for width in (filters, 2 * filters, 4 * filters):
        x = rectified(layers.Conv2D(width, 5, 2, "same", use_bias=False)(x))
    x = rectified(layers.Dense(hidden, use_bias=False)(layers.Flatten()(x)))
    return _posterior(image, x, latent_dim)


def convolutional_decoder(image_shape, filters, latent_dim):
    """Latents (B, latent_dim) -> values (B, side, side, channels), not bounded."""
    _check_side(image_shape)
    side, wide = image_shape[0] // FACTOR, 4 * filters
    latents = keras.Input((latent_dim,), name="latents")
    x = rectified(layers.Dense(side * side * wide, use_bias=False)(latents))
    x = layers.Reshape((side, side, wide))(x)
    for width in (wide, 2 * filters, max(filters // 2, 1)):
        x = rectified(layers.Conv2DTranspose(width, 5, 2, "same", use_bias=False)(x))
    return latents, _float32(layers.Conv2D(image_shape[-1], 5, padding="same")(x))


def rectified(x):
    """Normalise over the batch and rectify, as Larsen et al. do after every layer but the last."""
    return layers.ReLU()(BatchNormalization(epsilon=1e-6)(x))


def sample_codes(posterior: dict, seed_generator):
    """Return codes (B, latent_dim) drawn from the distributions that an encoder gives, differentiable by these.

    Args:
        posterior: Outputs of an encoder.
        seed_generator: Keras `SeedGenerator`, which moves on.

    Reference:
        Kingma, Welling 2014, arXiv 1312.6114, section 2.4.
    """
    noise = random.normal(ops.shape(posterior["mean"]), seed=seed_generator)
    return posterior["mean"] + ops.exp(0.5 * posterior["log_variance"]) * noise


def _posterior(image, x, latent_dim):
    outputs = {name: _float32(layers.Dense(latent_dim, name=name)(x)) for name in ("mean", "log_variance")}
    return keras.Model({"image": image}, outputs, name="encoder")


def _float32(x):
    return layers.Activation("linear", dtype="float32")(x)


def _check_side(image_shape):
    if image_shape[0] != image_shape[1] or image_shape[0] % FACTOR:
        raise UserError(
            f"image_shape must be [side, side, channels], side a multiple of {FACTOR}, got {list(image_shape)}."
        )
