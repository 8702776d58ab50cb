"""The first GAN: two multilayer perceptrons, the discriminator of maxout units.

Generative Adversarial Nets. Goodfellow et al. 2014, arXiv 1406.2661; layers, initial values and optimizer follow the
authors' configuration for MNIST.
"""

from typing import Unpack

import keras
import numpy as np
from keras import layers

from keras_facegan.arguments import ImageShape, KernelCount, Positive, SmallCount, Width
from keras_facegan.layers.dropout import Dropout
from keras_facegan.layers.maxout import Maxout
from keras_facegan.losses.adversarial import LossName, adversarial_loss
from keras_facegan.models._gan import GAN, GameSettings
from keras_facegan.networks.latents import LatentName, LatentPrior
from keras_facegan.networks.minibatch import with_similarities
from keras_facegan.networks.mlp import start_at_mean_picture, uniform_kernel
from keras_facegan.registry import MODELS


def mlp_generator(image_shape, hidden, latent_dim):
    """Latents (B, latent_dim) -> images (B, H, W, C) in [-1, 1]."""
    latents = x = keras.Input((latent_dim,), name="latents")
    for _ in range(2):
        x = layers.Dense(hidden, "relu", kernel_initializer=uniform_kernel(0.05))(x)
    x = layers.Dense(int(np.prod(image_shape)), kernel_initializer=uniform_kernel(0.05), name="pixels")(x)
    x = layers.Activation("sigmoid", dtype="float32")(x)
    images = layers.Rescaling(2.0, -1.0, dtype="float32")(layers.Reshape(image_shape)(x))
    return keras.Model({"latents": latents}, {"images": images}, name="generator")


def mlp_discriminator(image_shape, maxout_units, maxout_pieces, minibatch_kernels, minibatch_dims):
    """Images (B, H, W, C) -> logits (B, 1)."""
    image = keras.Input(image_shape, name="image")
    x = layers.Flatten()(layers.Rescaling(0.5, 0.5)(image))
    # Paper: inputs are kept with probability 0.8, hidden units with 0.5.
    for dropped in (0.2, 0.5):
        x = layers.Dense(maxout_units * maxout_pieces, kernel_initializer=uniform_kernel(0.005))(Dropout(dropped)(x))
        x = Maxout(maxout_pieces)(x)
    x = with_similarities(Dropout(0.5)(x), minibatch_kernels, minibatch_dims)
    x = layers.Dense(1, kernel_initializer=uniform_kernel(0.005))(x)
    logits = layers.Activation("linear", dtype="float32")(x)
    return keras.Model({"image": image}, {"logits": logits}, name="discriminator")


@MODELS.register("gan")
@keras.saving.register_keras_serializable(package="keras_facegan")
class MLPGAN(GAN):
    """GAN of two multilayer perceptrons, 2,503,984 and 1,231,441 parameters on MNIST.

    Args:
        image_shape: (H, W, C), any.
        hidden: Width of the generator's two rectified layers.
        maxout_units: Units of each of the discriminator's two maxout layers.
        maxout_pieces: Linear pieces per maxout unit.
        latent_dim: Length of a latent code.
        latent: "uniform" (the paper's) or "normal".
        latent_range: Half the width of the uniform interval; sqrt(3) gives unit variance.
        loss: Name of an adversarial loss.
        minibatch_kernels: Similarities within the batch that the discriminator sees per picture (Salimans et al. 2016,
            section 3.2; 100 there); 0 for none.
        minibatch_dims: Length of the projections that one of them compares.
        **game: Settings of `Game`.

    Reference:
        Goodfellow et al. 2014, arXiv 1406.2661, section 5.
    """

    def __init__(
        self,
        image_shape: ImageShape = (28, 28, 1),
        hidden: Width = 1200,
        maxout_units: Width = 240,
        maxout_pieces: SmallCount = 5,
        latent_dim: Width = 100,
        latent: LatentName = "uniform",
        latent_range: Positive = 3**0.5,
        loss: LossName = "non_saturating",
        minibatch_kernels: KernelCount = 0,
        minibatch_dims: SmallCount = 5,
        name: str = "gan",
        **game: Unpack[GameSettings],
    ):
        super().__init__(locals())
        self.generator = mlp_generator(image_shape, hidden, latent_dim)
        self.discriminator = mlp_discriminator(
            image_shape, maxout_units, maxout_pieces, minibatch_kernels, minibatch_dims
        )
        self.play(adversarial_loss(loss), LatentPrior(latent_dim, latent, latent_range), game)

    def adapt(self, examples):
        """Start the output bias at the logit of every pixel's mean, as the authors' configuration does."""
        for network in {self.generator, self.network("generator")}:
            start_at_mean_picture(network.get_layer("pixels").bias, examples.images)
