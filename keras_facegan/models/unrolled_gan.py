"""Unrolled GAN: the generator is trained through the steps that the discriminator would take next.

Unrolled Generative Adversarial Networks. Metz, Poole, Pfau, Sohl-Dickstein 2017, arXiv 1611.02163. The perceptrons,
their initial values and optimizer are those of the authors' demonstration on a ring of Gaussians; the convolutional
networks are DCGAN's (arXiv 1511.06434).
Paper: both players move at the same time; here the discriminator moves first, as in the other models, so that without
unrolled steps this is the plain GAN.
"""

from typing import Annotated, Literal, Unpack

import keras
import msgspec
import numpy as np
from keras import layers

from keras_facegan.arguments import Filters, ImageShape, KernelCount, Positive, SmallCount, Width
from keras_facegan.errors import UserError
from keras_facegan.losses.adversarial import LossName, adversarial_loss
from keras_facegan.models._gan import GAN, GameSettings
from keras_facegan.models.dcgan import dcgan_discriminator, dcgan_generator
from keras_facegan.networks.latents import LatentName, LatentPrior
from keras_facegan.networks.minibatch import with_similarities
from keras_facegan.registry import MODELS
from keras_facegan.seam.unrolling import check_can_look_ahead, looking_ahead

StepsAhead = Annotated[int, msgspec.Meta(ge=0, le=1000, description="a whole number from 0 to 1,000")]


def dense(units, activation=None):
    """Return a layer with the demonstration's initial values."""
    return layers.Dense(units, activation, kernel_initializer=keras.initializers.Orthogonal(1.4))


def mlp_generator(image_shape, hidden, latent_dim):
    """Latents (B, latent_dim) -> images (B, H, W, C), not bounded in training."""
    latents = keras.Input((latent_dim,), name="latents")
    x = dense(hidden, "tanh")(dense(hidden, "tanh")(latents))
    x = layers.Activation("linear", dtype="float32")(dense(int(np.prod(image_shape)))(x))
    return keras.Model({"latents": latents}, {"images": layers.Reshape(image_shape)(x)}, name="generator")


def mlp_discriminator(image_shape, hidden, minibatch_kernels, minibatch_dims):
    """Images (B, H, W, C) -> logits (B, 1)."""
    image = keras.Input(image_shape, name="image")
    x = dense(hidden, "tanh")(dense(hidden, "tanh")(layers.Flatten()(image)))
    x = dense(1)(with_similarities(x, minibatch_kernels, minibatch_dims))
    logits = layers.Activation("linear", dtype="float32")(x)
    return keras.Model({"image": image}, {"logits": logits}, name="discriminator")


@MODELS.register("unrolled_gan")
@keras.saving.register_keras_serializable(package="keras_facegan")
class UnrolledGAN(GAN):
    """GAN whose generator is trained through steps of the discriminator; perceptrons of 49,666 and 17,025 parameters.

    A step takes about `unrolled_steps` + 1 times as long as one of the plain GAN.

    Args:
        image_shape: (H, W, C); convolutional networks take squares of side 28, 32, 64, 128 or 256.
        unrolled_steps: Steps of the discriminator that the generator looks ahead, the paper's K; 0 is the plain GAN.
        network: "convolutional", or "mlp" (the demonstration's).
        filters: Convolutional: channels at half the image side, doubled at each halving up to eightfold; or the list
            of channels at every scale, from the image side inwards.
        hidden: Multilayer perceptrons: width of both hidden layers of either network.
        latent_dim: Length of a latent code.
        latent: "normal" or "uniform".
        latent_range: Standard deviation, or half the width of the uniform interval.
        loss: Name of an adversarial loss; "saturating" is the paper's minimax game.
        minibatch_kernels: Similarities within the batch that the discriminator sees per picture (Salimans et al. 2016,
            section 3.2; 100 there); 0 for none.
        minibatch_dims: Length of the projections that one of them compares.
        **game: Settings of `Game`. Penalties on the discriminator's gradient need `unrolled_steps=0`.

    Reference:
        Metz et al. 2017, arXiv 1611.02163, section 2.
    """

    def __init__(
        self,
        image_shape: ImageShape = (32, 32, 3),
        unrolled_steps: StepsAhead = 5,
        network: Literal["convolutional", "mlp"] = "convolutional",
        filters: Filters = 32,
        hidden: Width = 128,
        latent_dim: Width = 100,
        latent: LatentName = "normal",
        latent_range: Positive = 1.0,
        loss: LossName = "saturating",
        minibatch_kernels: KernelCount = 0,
        minibatch_dims: SmallCount = 5,
        name: str = "unrolled_gan",
        **game: Unpack[GameSettings],
    ):
        super().__init__(locals())
        generator, discriminator, size = {
            "mlp": (mlp_generator, mlp_discriminator, hidden),
            "convolutional": (dcgan_generator, dcgan_discriminator, filters),
        }[network]
        self.generator = generator(image_shape, size, latent_dim)
        self.discriminator = discriminator(image_shape, size, minibatch_kernels, minibatch_dims)
        self.play(adversarial_loss(loss), LatentPrior(latent_dim, latent, latent_range), game)
        self.steps_ahead = {"discriminator": unrolled_steps}
        if unrolled_steps and (self.game.r1_gamma or self.game.gp_weight):
            raise UserError(
                "The generator looks ahead on the discriminator's loss without penalties: set model.r1_gamma and "
                f"model.gp_weight to 0, or model.unrolled_steps ({unrolled_steps}) to 0."
            )

    def compile(self, *args, **kwargs):
        super().compile(*args, **kwargs)
        if self.config["unrolled_steps"]:
            check_can_look_ahead(self.optimizers["discriminator"])

    def generator_loss(self, batch):
        steps = self.config["unrolled_steps"]
        if not steps:
            return super().generator_loss(batch)
        drawn = self.draw(batch)

        def game_value():
            # No gradient is stopped here: the discriminator's next steps depend on what the generator draws.
            real, fake = (self.discriminate(images, batch)["logits"] for images in (batch["image"], drawn))
            return self.adversarial.discriminator(real, fake)

        with looking_ahead(self.discriminator, self.optimizers["discriminator"], game_value, steps):
            if self.config["loss"] == "saturating" and not self.game.feature_matching:
                # The whole value of the game: real pictures too are judged by weights that depend on the generator.
                return -game_value(), {}
            return super().generator_loss({**batch, "drawn": drawn})

    def draw(self, batch):
        # After the steps ahead the generator is judged by the pictures that they were taken on.
        return batch["drawn"] if "drawn" in batch else super().draw(batch)
