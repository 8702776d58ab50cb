"""ACGAN: the discriminator tells what a picture shows instead of being told.

Conditional Image Synthesis with Auxiliary Classifier GANs. Odena, Olah, Shlens 2016, arXiv 1610.09585. The networks of
its CIFAR-10 experiment are the paper's; the others are DCGAN's (arXiv 1511.06434) with a class head.
"""

from typing import Literal, Unpack

import keras
from keras import layers, ops

from keras_facegan.arguments import (
    AgeLimits,
    Filters,
    ImageShape,
    KernelCount,
    OpenFraction,
    Positive,
    SmallCount,
    Weight,
    Width,
)
from keras_facegan.errors import UserError
from keras_facegan.layers.batch_norm import BatchNormalization
from keras_facegan.layers.convolution import Conv2D, Conv2DTranspose
from keras_facegan.layers.dropout import Dropout
from keras_facegan.losses.adversarial import LossName, adversarial_loss
from keras_facegan.models._gan import GAN, GameSettings
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.conditions import AttributeNames, ConditionName, make_condition
from keras_facegan.networks.dcgan import grow, leaky, normal_kernel, rectified, trunk
from keras_facegan.networks.latents import LatentName, LatentPrior
from keras_facegan.networks.minibatch import with_similarities
from keras_facegan.networks.pictures import check_pictures
from keras_facegan.networks.scales import scale_plan
from keras_facegan.registry import MODELS

# What the paper's networks for CIFAR-10 work at.
PAPER_SIDE = 32


def paper_growth(code, image_shape, filters):
    """Codes and conditions (B, d) -> maps (B, 32, 32, channels), not activated; 384, 192, 96 between for 16 filters."""
    wide = 24 * filters
    x = layers.Dense(4 * 4 * wide, "relu", kernel_initializer=normal_kernel())(code)
    x = layers.Reshape((4, 4, wide))(x)
    for width in (wide // 2, wide // 4):
        x = Conv2DTranspose(width, 5, 2, "same", kernel_initializer=normal_kernel())(x)
        x = layers.ReLU()(BatchNormalization()(x))
    return Conv2DTranspose(image_shape[-1], 5, 2, "same", kernel_initializer=normal_kernel())(x)


def paper_trunk(image, filters, dropout):
    """Images (B, 32, 32, channels) -> maps (B, 4, 4, 32 * filters) after six convolutions."""
    x = image
    for depth in range(6):
        stride = 2 - depth % 2
        x = Conv2D(filters * 2**depth, 3, stride, "same", kernel_initializer=normal_kernel())(x)
        x = BatchNormalization()(x) if depth else x
        x = Dropout(dropout)(layers.LeakyReLU(0.2)(x))
    return x


def dcgan_growth(code, image_shape, filters):
    """Codes and conditions (B, d) -> maps (B, side, side, channels), not activated."""
    smallest, channels = scale_plan(image_shape, filters)
    x = layers.Dense(smallest * smallest * channels[-1], use_bias=False, kernel_initializer=normal_kernel())(code)
    x = rectified(layers.Reshape((smallest, smallest, channels[-1]))(x))
    return grow(x, [*reversed(channels[:-1]), image_shape[-1]], rectified, use_bias=False)


def dcgan_trunk(image, filters, dropout):
    """Images (B, side, side, channels) -> maps of the smallest scale."""
    _, channels = scale_plan(tuple(image.shape[1:]), filters)

    def between(x):
        return Dropout(dropout)(leaky(x))

    def first(x):
        return Dropout(dropout)(layers.LeakyReLU(0.2)(x))

    return trunk(image, channels, between, first, use_bias=False)[-1]


NETWORKS = {"dcgan": (dcgan_growth, dcgan_trunk), "paper": (paper_growth, paper_trunk)}


def acgan_generator(image_shape, condition, growth, filters, latent_dim):
    """Latents (B, latent_dim) and a condition -> images (B, side, side, channels) in [-1, 1]."""
    latents, wanted = keras.Input((latent_dim,), name="latents"), condition.input()
    x = growth(layers.Concatenate()([latents, condition.vector(wanted)]), image_shape, filters)
    images = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model({"latents": latents, condition.name: wanted}, {"images": images}, name="generator")


def acgan_discriminator(image_shape, condition, halving, filters, dropout, minibatch_kernels, minibatch_dims):
    """Images (B, side, side, channels) -> logits of real (B, 1) and of the condition (B, condition.width)."""
    image = keras.Input(image_shape, name="image")
    features = layers.Flatten()(halving(image, filters, dropout))

    def head(x, units):
        x = layers.Dense(units, kernel_initializer=normal_kernel())(x)
        return layers.Activation("linear", dtype="float32")(x)

    # The source is judged beside the rest of the batch; what a picture shows does not depend on the others.
    logits = head(with_similarities(features, minibatch_kernels, minibatch_dims), 1)
    outputs = {"logits": logits, "class_logits": head(features, condition.width)}
    return keras.Model({"image": image}, outputs, name="discriminator")


@MODELS.register("acgan")
@keras.saving.register_keras_serializable(package="keras_facegan")
class ACGAN(GAN):
    """GAN with a classifier in its discriminator; 2,994,051 and 1,664,875 trained parameters on CIFAR-10.

    Args:
        image_shape: (side, side, channels), side 28, 32, 64, 128 or 256; 32 for the paper's networks.
        condition: What pictures are conditioned on: "classes", "attributes", "age_groups" or "gender".
        num_classes: Number of classes, for "classes".
        attributes: Names among CelebA's forty, for "attributes".
        age_groups: Oldest year of each group but the last, for "age_groups".
        network: "dcgan", or "paper" for those of its CIFAR-10 experiment.
        filters: DCGAN's: channels at half the image side, doubled at each halving up to eightfold, or the list of
            channels at every scale, from the image side inwards. The paper's: channels of the discriminator's first
            convolution (16), from which all others follow.
        latent_dim: Length of a latent code.
        latent: "normal" or "uniform".
        latent_range: Standard deviation, or half the width of the uniform interval.
        loss: Name of an adversarial loss.
        class_weight: Weight of the cross-entropy of the classes in both losses (1 in the paper). A large one makes
            every picture the most typical of its class.
        dropout: Share of every map of the discriminator left out in training (0.5 in the paper).
        minibatch_kernels: Similarities within the batch that the discriminator sees per picture (Salimans et al. 2016,
            section 3.2; 100 there); 0 for none.
        minibatch_dims: Length of the projections that one of them compares.
        **game: Settings of `Game`.

    Reference:
        Odena, Olah, Shlens 2016, arXiv 1610.09585, section 4 and appendix A.
    """

    inference = ("generator", "discriminator")
    terms = (
        *GAN.terms, "real_class_loss", "fake_class_loss", "real_class_accuracy", "fake_class_accuracy",
    )  # fmt: skip

    def __init__(
        self,
        image_shape: ImageShape = (32, 32, 3),
        condition: ConditionName = "classes",
        num_classes: SmallCount = 10,
        attributes: AttributeNames = ("Eyeglasses", "Male", "Smiling", "Young"),
        age_groups: AgeLimits = (30, 40, 50),
        network: Literal["dcgan", "paper"] = "dcgan",
        filters: Filters = 32,
        latent_dim: Width = 100,
        latent: LatentName = "normal",
        latent_range: Positive = 1.0,
        loss: LossName = "non_saturating",
        class_weight: Weight = 1.0,
        dropout: OpenFraction = 0.0,
        minibatch_kernels: KernelCount = 0,
        minibatch_dims: SmallCount = 5,
        name: str = "acgan",
        **game: Unpack[GameSettings],
    ):
        super().__init__(locals())
        if network == "paper":
            _check_paper(image_shape, filters)
        condition = make_condition(condition, num_classes, attributes, age_groups)
        growth, halving = NETWORKS[network]
        self.generator = acgan_generator(image_shape, condition, growth, filters, latent_dim)
        self.discriminator = acgan_discriminator(
            image_shape, condition, halving, filters, dropout, minibatch_kernels, minibatch_dims
        )
        self.play(adversarial_loss(loss), LatentPrior(latent_dim, latent, latent_range), game, (condition,))

    def discriminator_loss(self, batch):
        real, fake = batch["image"], ops.stop_gradient(self.draw(batch))
        real_seen, fake_seen = (self.discriminate(images, batch) for images in (real, fake))
        adversarial = self.adversarial.discriminator(real_seen["logits"], fake_seen["logits"])
        # The condition that the generated pictures were asked to show is that of the real ones.
        (condition,), (wanted,) = self.conditions, self.conditions_of(batch).values()
        terms = {}
        for name, seen in (("real", real_seen), ("fake", fake_seen)):
            terms[f"{name}_score"] = ops.mean(ops.sigmoid(seen["logits"]))
            terms[f"{name}_class_loss"] = condition.loss(wanted, seen["class_logits"])
            terms[f"{name}_class_accuracy"] = condition.accuracy(wanted, seen["class_logits"])
        classes = terms["real_class_loss"] + terms["fake_class_loss"]
        weight = self.config["class_weight"]
        return adversarial + weight * classes + self.penalty(real, fake, batch), terms

    def generator_loss(self, batch):
        seen = self.discriminate(self.draw(batch), batch)
        (condition,), (wanted,) = self.conditions, self.conditions_of(batch).values()
        classes = condition.loss(wanted, seen["class_logits"])
        return self.fooling_loss(seen, batch) + self.config["class_weight"] * classes, {}

    def classify(self, images):
        """Return the probability of every class, or of every attribute.

        Args:
            images: float (n, H, W, C) in [-1, 1], array or tensor, of the model's shape.

        Returns:
            float32 array (n, width of the condition): rows of classes add up to 1, attributes are independent.

        Raises:
            UserError: Pictures of another shape or range.
        """
        self.say_if_fresh("discriminator")
        images, (condition,) = check_pictures(images, self.image_shape, exact=True), self.conditions

        def probabilities(x):
            return condition.probabilities(self.discriminator({"image": x}, training=False)["class_logits"])

        return in_chunks(probabilities, images)


def _check_paper(image_shape, filters):
    if tuple(image_shape[:2]) != (PAPER_SIDE, PAPER_SIDE):
        raise UserError(
            f"model.network `paper` works at {PAPER_SIDE} x {PAPER_SIDE} pixels, got model.image_shape "
            f"{list(image_shape)}. Set that, or model.network to `dcgan`."
        )
    if not isinstance(filters, int):
        raise UserError(f"model.network `paper` takes one number as model.filters (16 in the paper), got {filters}.")
