"""Name the paper here: title, authors, year, arXiv id, and how this file differs from it.

A working model to start from; `make new-model NAME=x` copies this file and `zoo/_template.toml`. Replace the networks
and the step by the paper's. A comment that begins with `Paper:` marks a deviation.
"""

from typing import Unpack

import keras
from keras import layers, ops

from keras_facegan.arguments import ImageShape, Width
from keras_facegan.losses.adversarial import LossName, adversarial_loss
from keras_facegan.models._gan import GAN, GameSettings
from keras_facegan.networks.latents import LatentPrior
from keras_facegan.registry import MODELS


def template_generator(image_shape, filters, latent_dim):
    """Latents (B, latent_dim) -> images (B, side, side, channels) in [-1, 1]."""
    side = image_shape[0] // 4
    latents = keras.Input((latent_dim,), name="latents")
    x = layers.Dense(side * side * filters, "relu")(latents)
    x = layers.Reshape((side, side, filters))(x)
    x = layers.Conv2DTranspose(filters, 4, 2, "same", activation="relu")(x)
    x = layers.Conv2DTranspose(image_shape[-1], 4, 2, "same")(x)
    images = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model({"latents": latents}, {"images": images}, name="generator")


def template_discriminator(image_shape, filters):
    """Images (B, side, side, channels) -> logits (B, 1)."""
    image = keras.Input(image_shape, name="image")
    x = layers.LeakyReLU(0.2)(layers.Conv2D(filters, 4, 2, "same")(image))
    x = layers.LeakyReLU(0.2)(layers.Conv2D(filters, 4, 2, "same")(x))
    x = layers.Dense(1)(layers.Flatten()(x))
    logits = layers.Activation("linear", dtype="float32")(x)
    return keras.Model({"image": image}, {"logits": logits}, name="discriminator")


@MODELS.register("template")
@keras.saving.register_keras_serializable(package="keras_facegan")
class Template(GAN):
    """Say in one line what the model does.

    Args:
        image_shape: (side, side, channels), side a multiple of 4.
        filters: Channels of every hidden map.
        latent_dim: Length of a latent code.
        loss: Name of an adversarial loss.
        **game: Settings of `Game`.

    Reference:
        Author et al. year, arXiv id.
    """

    def __init__(
        self,
        image_shape: ImageShape = (32, 32, 3),
        filters: Width = 16,
        latent_dim: Width = 16,
        loss: LossName = "non_saturating",
        name: str = "template",
        **game: Unpack[GameSettings],
    ):
        super().__init__(locals())
        self.generator = template_generator(image_shape, filters, latent_dim)
        self.discriminator = template_discriminator(image_shape, filters)
        self.play(adversarial_loss(loss), LatentPrior(latent_dim), game)

    def train_step(self, data):
        """Take the paper's algorithm: here some steps of the discriminator and one of the generator."""
        for batch in self.batches_of(data):

            def discriminator_loss(batch=batch):
                fake = ops.stop_gradient(self.draw(batch))
                real_logits, fake_logits = (self.discriminate(x, batch)["logits"] for x in (batch["image"], fake))
                scores = {"real_score": ops.sigmoid(real_logits), "fake_score": ops.sigmoid(fake_logits)}
                loss = self.adversarial.discriminator(real_logits, fake_logits)
                loss = loss + self.penalty(batch["image"], fake, batch)
                return loss, {name: ops.mean(score) for name, score in scores.items()}

            d_loss, scores = self.minimize(discriminator_loss, "discriminator")

        def generator_loss():
            real_logits, fake_logits = (
                self.discriminate(x, batch)["logits"] for x in (batch["image"], self.draw(batch))
            )
            return self.adversarial.generator(real_logits, fake_logits), {}

        g_loss, norms = self.minimize(generator_loss, "generator")
        self.update_averages()
        return self.log(d_loss=d_loss, g_loss=g_loss, **scores, **norms)
