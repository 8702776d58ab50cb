"""FaceGAN: generator and discriminator of like capacity, dense at the narrow end, convolutional at the wide one.

FaceGANs: Stable Generative Adversarial Networks with High-Quality Images. Li, Zhan, Ding, Wang (Syracuse University).
The paper draws the structure and gives no widths, rates or batch size; those here make the two networks mirror
images of each other, with 35,100,835 and 34,278,241 parameters at 64 px, and end its run of 3,160 iterations with the
first epoch of CelebA at batch size 64.
"""

from typing import Literal, Unpack

import keras
from keras import layers, ops

from keras_facegan.arguments import Filters, ImageShape, KernelCount, SmallCount, Width
from keras_facegan.losses.adversarial import AdversarialLoss, non_saturating
from keras_facegan.models._gan import GAN, GameSettings
from keras_facegan.networks.dcgan import grow, leaky, normal_kernel, trunk
from keras_facegan.networks.latents import LatentPrior
from keras_facegan.networks.minibatch import with_similarities
from keras_facegan.networks.scales import scale_plan
from keras_facegan.registry import MODELS


def literal():
    """Return the losses as equations 1 and 2 print them: the discriminator's second term is log sigmoid(1 - D(G(z))).

    Paper: both equations say max of a negative logarithm, which trains the wrong way; they are minimised. With raw
    logits the second term is a cross-entropy whose logit is shifted by 1: at p = q its optimum is D = 1/2, with losses
    of 0.948 and 0.474 instead of the standard 1.386 and 0.693.
    """
    return AdversarialLoss(
        lambda real, fake: ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake - 1.0)),
        lambda real, fake: ops.mean(ops.softplus(-fake)),
    )


LOSSES = {"standard": non_saturating, "literal": literal}


def _dense(x, width):
    return layers.Dense(width, kernel_initializer=normal_kernel())(x)


def facegan_generator(image_shape, filters, hidden, latent_dim):
    """Latents (B, latent_dim) -> images (B, side, side, channels) in [-1, 1]."""
    smallest, channels = scale_plan(image_shape, filters)
    latents = keras.Input((latent_dim,), name="latents")
    x = leaky(_dense(latents, hidden))
    x = leaky(_dense(x, smallest * smallest * channels[-1]))
    x = layers.Reshape((smallest, smallest, channels[-1]))(x)
    x = grow(x, [*reversed(channels[:-1]), image_shape[-1]], leaky)
    images = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model({"latents": latents}, {"images": images}, name="generator")


def facegan_discriminator(image_shape, filters, hidden, minibatch_kernels, minibatch_dims):
    """Images (B, side, side, channels) -> logits (B, 1)."""
    _, channels = scale_plan(image_shape, filters)
    image = keras.Input(image_shape, name="image")
    x = trunk(image, channels, leaky, first=layers.LeakyReLU(0.2))[-1]
    x = leaky(_dense(layers.Flatten()(x), hidden))
    x = with_similarities(x, minibatch_kernels, minibatch_dims)
    logits = layers.Activation("linear", dtype="float32")(_dense(x, 1))
    return keras.Model({"image": image}, {"logits": logits}, name="discriminator")


@MODELS.register("facegan")
@keras.saving.register_keras_serializable(package="keras_facegan")
class FaceGAN(GAN):
    """Symmetric GAN whose dense layers first expand, then shrink.

    Args:
        image_shape: (side, side, channels), side 28, 32, 64, 128 or 256.
        filters: Channels at every scale from the image side inwards, or a number doubled at each halving.
        hidden: Width of the expanding dense layer.
        latent_dim: Length of a latent code, drawn from N(0, 1).
        loss: "standard", or "literal" for the equations as printed.
        minibatch_kernels: Similarities within the batch that the discriminator sees per picture (Salimans et al. 2016,
            section 3.2; 100 there); 0 for none.
        minibatch_dims: Length of the projections that one of them compares.
        **game: Settings of `Game`; the paper has no penalty.

    Reference:
        Li et al., FaceGANs, sections 2.1 and 2.2.
    """

    def __init__(
        self,
        image_shape: ImageShape = (64, 64, 3),
        filters: Filters = (32, 64, 128, 256),
        hidden: Width = 8192,
        latent_dim: Width = 100,
        loss: Literal["standard", "literal"] = "standard",
        minibatch_kernels: KernelCount = 0,
        minibatch_dims: SmallCount = 5,
        name: str = "facegan",
        **game: Unpack[GameSettings],
    ):
        super().__init__(locals())
        self.generator = facegan_generator(image_shape, filters, hidden, latent_dim)
        self.discriminator = facegan_discriminator(image_shape, filters, hidden, minibatch_kernels, minibatch_dims)
        self.play(LOSSES[loss](), LatentPrior(latent_dim), game)
