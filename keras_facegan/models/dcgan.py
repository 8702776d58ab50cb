"""DCGAN: two convolutional networks without pooling or hidden dense layers.

Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks.
Radford, Metz, Chintala 2015, arXiv 1511.06434. Layers, initial values and batch size follow the reference
implementation of the PyTorch examples; latents are normal rather than uniform by default.
"""

from typing import Unpack

import keras
from keras import layers

from keras_facegan.arguments import Filters, ImageShape, KernelCount, Positive, SmallCount, Width
from keras_facegan.losses.adversarial import LossName, Smoothing, adversarial_loss
from keras_facegan.models._gan import GAN, GameSettings
from keras_facegan.networks.dcgan import grow, leaky, normal_kernel, rectified, trunk
from keras_facegan.networks.latents import LatentName, LatentPrior
from keras_facegan.networks.minibatch import with_similarities
from keras_facegan.networks.scales import scale_plan
from keras_facegan.registry import MODELS


def dcgan_generator(image_shape, filters, latent_dim):
    """Latents (B, latent_dim) -> images (B, side, side, channels) in [-1, 1]."""
    smallest, channels = scale_plan(image_shape, filters)
    latents = keras.Input((latent_dim,), name="latents")
    # A 4 x 4 transposed convolution of a single pixel is this dense layer, and slower.
    x = layers.Dense(smallest * smallest * channels[-1], use_bias=False, kernel_initializer=normal_kernel())(latents)
    x = rectified(layers.Reshape((smallest, smallest, channels[-1]))(x))
    x = grow(x, [*reversed(channels[:-1]), image_shape[-1]], rectified, use_bias=False)
    images = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model({"latents": latents}, {"images": images}, name="generator")


def dcgan_discriminator(image_shape, filters, minibatch_kernels=0, minibatch_dims=5):
    """Images (B, side, side, channels) -> logits (B, 1)."""
    _, channels = scale_plan(image_shape, filters)
    image = keras.Input(image_shape, name="image")
    x = trunk(image, channels, leaky, first=layers.LeakyReLU(0.2), use_bias=False)[-1]
    # A valid convolution over the whole map is a dense layer.
    x = with_similarities(layers.Flatten()(x), minibatch_kernels, minibatch_dims)
    x = layers.Dense(1, use_bias=False, kernel_initializer=normal_kernel())(x)
    logits = layers.Activation("linear", dtype="float32")(x)
    return keras.Model({"image": image}, {"logits": logits}, name="discriminator")


@MODELS.register("dcgan")
@keras.saving.register_keras_serializable(package="keras_facegan")
class DCGAN(GAN):
    """Deep convolutional GAN with the reference networks of 3,576,704 and 2,765,568 parameters at 64 px.

    Args:
        image_shape: (side, side, channels), side 28, 32, 64, 128 or 256.
        filters: Channels at half the image side, doubled at each halving up to eightfold; or the list of channels
            at every scale, from the image side inwards.
        latent_dim: Length of a latent code.
        latent: "normal" or "uniform" (the paper's).
        latent_range: Standard deviation, or half the width of the uniform interval.
        loss: Name of an adversarial loss.
        label_smoothing: One-sided smoothing of the real target in [0, 0.5).
        minibatch_kernels: Similarities within the batch that the discriminator sees per picture (Salimans et al. 2016,
            section 3.2; 100 there); 0 for none.
        minibatch_dims: Length of the projections that one of them compares.
        **game: Settings of `Game`.

    Reference:
        Radford et al. 2015, arXiv 1511.06434.
    """

    def __init__(
        self,
        image_shape: ImageShape = (64, 64, 3),
        filters: Filters = 64,
        latent_dim: Width = 100,
        latent: LatentName = "normal",
        latent_range: Positive = 1.0,
        loss: LossName = "non_saturating",
        label_smoothing: Smoothing = 0.0,
        minibatch_kernels: KernelCount = 0,
        minibatch_dims: SmallCount = 5,
        name: str = "dcgan",
        **game: Unpack[GameSettings],
    ):
        super().__init__(locals())
        self.generator = dcgan_generator(image_shape, filters, latent_dim)
        self.discriminator = dcgan_discriminator(image_shape, filters, minibatch_kernels, minibatch_dims)
        self.play(adversarial_loss(loss, label_smoothing), LatentPrior(latent_dim, latent, latent_range), game)
