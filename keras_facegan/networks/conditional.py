"""The convolutional networks of a GAN on a condition: DCGAN's (arXiv 1511.06434), told what a picture is to show.

The condition is appended to the latent code, and to the maps after the discriminator's first convolution.
"""

import keras
from keras import layers

from keras_facegan.networks.condition import Condition
from keras_facegan.networks.dcgan import grow, leaky, normal_kernel, rectified, trunk
from keras_facegan.networks.label_maps import label_maps
from keras_facegan.networks.scales import scale_plan


def conditional_generator(
    image_shape, condition: Condition, filters, latent_dim: int, kernel_size: int = 4, use_bias: bool = False
) -> keras.Model:
    """Build latents (B, latent_dim) and a condition -> images (B, side, side, channels) in [-1, 1].

    Args:
        image_shape: (side, side, channels), see `scale_plan`.
        condition: What pictures are conditioned on.
        filters: As for `scale_plan`.
        latent_dim: Length of a latent code.
        kernel_size: Side of the kernels.
        use_bias: Whether layers have biases.
    """
    smallest, channels = scale_plan(image_shape, filters)
    latents, wanted = keras.Input((latent_dim,), name="latents"), condition.input()
    x = layers.Concatenate()([latents, condition.vector(wanted)])
    x = layers.Dense(smallest * smallest * channels[-1], use_bias=use_bias, kernel_initializer=normal_kernel())(x)
    x = rectified(layers.Reshape((smallest, smallest, channels[-1]))(x))
    x = grow(x, [*reversed(channels[:-1]), image_shape[-1]], rectified, use_bias, kernel_size)
    images = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model({"latents": latents, condition.name: wanted}, {"images": images}, name="generator")


def conditional_discriminator(
    image_shape, condition: Condition, filters, kernel_size: int = 4, use_bias: bool = False
) -> keras.Model:
    """Build images (B, side, side, channels) and a condition -> logits (B, 1).

    Args:
        image_shape: As for `conditional_generator`, like all else.
        condition: What pictures are conditioned on.
        filters: As for `scale_plan`.
        kernel_size: Side of the kernels.
        use_bias: Whether layers have biases.
    """
    _, channels = scale_plan(image_shape, filters)
    image, wanted = keras.Input(image_shape, name="image"), condition.input()
    x = trunk(image, channels[:1], layers.LeakyReLU(0.2), use_bias=use_bias, kernel=kernel_size)[-1]
    # Every place of the map sees the whole condition.
    x = layers.Concatenate()([x, label_maps(condition.vector(wanted), x.shape[1])])
    x = trunk(x, channels[1:], leaky, use_bias=use_bias, kernel=kernel_size)[-1]
    x = layers.Dense(1, use_bias=use_bias, kernel_initializer=normal_kernel())(layers.Flatten()(x))
    logits = layers.Activation("linear", dtype="float32")(x)
    return keras.Model({"image": image, condition.name: wanted}, {"logits": logits}, name="discriminator")
