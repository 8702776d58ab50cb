"""Conditional GAN: both players are told what a picture is to show.

Conditional Generative Adversarial Nets. Mirza, Osindero 2014, arXiv 1411.1784. The multilayer perceptrons are the
paper's for MNIST. The convolutional networks are DCGAN's (arXiv 1511.06434).
"""

from typing import Literal, Unpack

import keras
import numpy as np
from keras import layers

from keras_facegan.arguments import AgeLimits, Filters, ImageShape, Positive, SmallCount, Width
from keras_facegan.layers.dropout import Dropout
from keras_facegan.layers.maxout import Maxout
from keras_facegan.losses.adversarial import LossName, adversarial_loss
from keras_facegan.models._gan import GAN, GameSettings
from keras_facegan.networks.conditional import conditional_discriminator, conditional_generator
from keras_facegan.networks.conditions import AttributeNames, ConditionName, make_condition
from keras_facegan.networks.latents import LatentName, LatentPrior
from keras_facegan.networks.mlp import start_at_mean_picture, uniform_kernel
from keras_facegan.registry import MODELS


def mlp_generator(image_shape, condition, hidden, latent_dim):
    """Latents (B, latent_dim) and a condition -> images (B, H, W, C) in [-1, 1]."""
    latents, wanted = keras.Input((latent_dim,), name="latents"), condition.input()

    def rectified_units(x, units):
        return Dropout(0.5)(layers.Dense(units, "relu", kernel_initializer=uniform_kernel(0.05))(x))

    code = rectified_units(latents, hidden // 6)
    vector = rectified_units(condition.vector(wanted), hidden - hidden // 6)
    x = rectified_units(layers.Concatenate()([code, vector]), hidden)
    x = layers.Dense(int(np.prod(image_shape)), kernel_initializer=uniform_kernel(0.05), name="pixels")(x)
    x = layers.Activation("sigmoid", dtype="float32")(x)
    images = layers.Rescaling(2.0, -1.0, dtype="float32")(layers.Reshape(image_shape)(x))
    return keras.Model({"latents": latents, condition.name: wanted}, {"images": images}, name="generator")


def mlp_discriminator(image_shape, condition, hidden):
    """Images (B, H, W, C) and a condition -> logits (B, 1)."""

    def maxout(x, units, pieces):
        x = layers.Dense(units * pieces, kernel_initializer=uniform_kernel(0.005))(x)
        return Dropout(0.5)(Maxout(pieces)(x))

    image, wanted = keras.Input(image_shape, name="image"), condition.input()
    pixels = maxout(layers.Flatten()(layers.Rescaling(0.5, 0.5)(image)), hidden // 5, 5)
    vector = maxout(condition.vector(wanted), hidden // 24, 5)
    x = maxout(layers.Concatenate()([pixels, vector]), hidden // 5, 4)
    x = layers.Dense(1, kernel_initializer=uniform_kernel(0.005))(x)
    logits = layers.Activation("linear", dtype="float32")(x)
    return keras.Model({"image": image, condition.name: wanted}, {"logits": logits}, name="discriminator")


@MODELS.register("cgan")
@keras.saving.register_keras_serializable(package="keras_facegan")
class CGAN(GAN):
    """GAN on a condition; with multilayer perceptrons it has 2,413,984 and 1,224,351 parameters on MNIST.

    Args:
        image_shape: (H, W, C); convolutional networks take squares of side 28, 32, 64, 128 or 256.
        condition: What pictures are conditioned on: "classes", "attributes", "age_groups" or "gender".
        num_classes: Number of classes, for "classes".
        attributes: Names among CelebA's forty, for "attributes".
        age_groups: Oldest year of each group but the last, for "age_groups".
        network: "convolutional", or "mlp" (the paper's).
        filters: Convolutional: channels at half the image side, doubled at each halving up to eightfold; or the list
            of channels at every scale, from the image side inwards.
        kernel_size: Convolutional: side of the kernels, 4 or 5.
        use_bias: Convolutional: whether layers have biases.
        hidden: Multilayer perceptrons: width of the generator's joint layer; the other layers keep the paper's ratios
            to it.
        latent_dim: Length of a latent code.
        latent: "normal" or "uniform" (the paper's).
        latent_range: Standard deviation, or half the width of the uniform interval.
        loss: Name of an adversarial loss.
        **game: Settings of `Game`.

    Reference:
        Mirza, Osindero 2014, arXiv 1411.1784, section 4.1.
    """

    def __init__(
        self,
        image_shape: ImageShape = (32, 32, 3),
        condition: ConditionName = "classes",
        num_classes: SmallCount = 10,
        attributes: AttributeNames = ("Eyeglasses", "Male", "Smiling", "Young"),
        age_groups: AgeLimits = (30, 40, 50),
        network: Literal["convolutional", "mlp"] = "convolutional",
        filters: Filters = 32,
        kernel_size: Literal[4, 5] = 4,
        use_bias: bool = False,
        hidden: Width = 1200,
        latent_dim: Width = 100,
        latent: LatentName = "normal",
        latent_range: Positive = 1.0,
        loss: LossName = "non_saturating",
        name: str = "cgan",
        **game: Unpack[GameSettings],
    ):
        super().__init__(locals())
        condition = make_condition(condition, num_classes, attributes, age_groups)
        if network == "mlp":
            self.generator = mlp_generator(image_shape, condition, hidden, latent_dim)
            self.discriminator = mlp_discriminator(image_shape, condition, hidden)
        else:
            shape = {"filters": filters, "kernel_size": kernel_size, "use_bias": use_bias}
            self.generator = conditional_generator(image_shape, condition, latent_dim=latent_dim, **shape)
            self.discriminator = conditional_discriminator(image_shape, condition, **shape)
        self.play(adversarial_loss(loss), LatentPrior(latent_dim, latent, latent_range), game, (condition,))

    def adapt(self, examples):
        super().adapt(examples)
        if self.config["network"] == "mlp":
            # Paper: not said. The perceptrons begin as the first GAN's do, else the discriminator wins at once.
            for network in {self.generator, self.network("generator")}:
                start_at_mean_picture(network.get_layer("pixels").bias, examples.images)

    def discriminate(self, images, batch, training=True):
        return self.discriminator({"image": images, **self.conditions_of(batch)}, training=training)
