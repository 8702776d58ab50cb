"""DCGAN: two convolutional networks without pooling or hidden dense layers.

Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks.
Radford, Metz, Chintala 2015, arXiv 1511.06434. Layers, initial values and batch size follow the reference
implementation of the PyTorch examples; latents are normal rather than uniform by default.
"""

import keras
from keras import layers

from keras_facegan.layers.batch_norm import BatchNormalization
from keras_facegan.layers.convolution import Conv2D, Conv2DTranspose
from keras_facegan.losses.adversarial import adversarial_loss
from keras_facegan.models.gan import GAN
from keras_facegan.networks.latents import LatentPrior
from keras_facegan.networks.scales import scale_plan
from keras_facegan.registry import MODELS


def _kernel():
    # One initializer a layer: a shared one would give equal shapes equal values.
    return keras.initializers.RandomNormal(0.0, 0.02)


def _batch_norm():
    return BatchNormalization(gamma_initializer=keras.initializers.RandomNormal(1.0, 0.02))


def dcgan_generator(image_shape, filters, latent_dim):
    """Latents (B, latent_dim) -> images (B, side, side, channels) in [-1, 1]."""
    smallest, channels = scale_plan(image_shape, filters)
    latents = keras.Input((latent_dim,), name="latents")
    # A 4 x 4 transposed convolution of a single pixel is this dense layer, and slower.
    x = layers.Dense(smallest * smallest * channels[-1], use_bias=False, kernel_initializer=_kernel())(latents)
    x = layers.Reshape((smallest, smallest, channels[-1]))(x)
    for width in [*reversed(channels[:-1]), image_shape[-1]]:
        x = layers.ReLU()(_batch_norm()(x))
        x = Conv2DTranspose(width, 4, 2, "same", use_bias=False, kernel_initializer=_kernel())(x)
    images = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model({"latents": latents}, {"images": images}, name="generator")


def dcgan_discriminator(image_shape, filters):
    """Images (B, side, side, channels) -> logits (B, 1)."""
    _, channels = scale_plan(image_shape, filters)
    image = x = keras.Input(image_shape, name="image")
    for depth, width in enumerate(channels):
        x = Conv2D(width, 4, 2, "same", use_bias=False, kernel_initializer=_kernel())(x)
        x = layers.LeakyReLU(0.2)(_batch_norm()(x) if depth else x)
    # A valid convolution over the whole map is a dense layer.
    x = layers.Dense(1, use_bias=False, kernel_initializer=_kernel())(layers.Flatten()(x))
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
        loss: "non_saturating", "saturating", "least_squares", "hinge" or "wasserstein".
        label_smoothing: One-sided smoothing of the real target in [0, 0.5).
        n_critic: Discriminator steps a generator step, each on fresh pictures.
        ema_decay: Decay a step of the generator's moving average in [0, 1); 0 keeps none.
        r1_gamma: Weight of the R1 penalty.
        r1_every: Steps between two R1 penalties.
        gp_weight: Weight of the gradient penalty (10 in WGAN-GP).

    Reference:
        Radford et al. 2015, arXiv 1511.06434.
    """

    def __init__(
        self,
        image_shape=(64, 64, 3),
        filters=64,
        latent_dim=100,
        latent="normal",
        latent_range=1.0,
        loss="non_saturating",
        label_smoothing=0.0,
        n_critic=1,
        ema_decay=0.0,
        r1_gamma=0.0,
        r1_every=1,
        gp_weight=0.0,
        name="dcgan",
    ):
        super().__init__(locals())
        self.generator = dcgan_generator(image_shape, filters, latent_dim)
        self.discriminator = dcgan_discriminator(image_shape, filters)
        self.play(
            adversarial_loss(loss, label_smoothing),
            LatentPrior(latent_dim, latent, latent_range),
            n_critic=n_critic,
            ema_decay=ema_decay,
            r1_gamma=r1_gamma,
            r1_every=r1_every,
            gp_weight=gp_weight,
        )
