"""StarGAN: one generator that changes any of several attributes of a face.

StarGAN: Unified Generative Adversarial Networks for Multi-Domain Image-to-Image Translation. Choi, Choi, Kim, Ha, Kim,
Choo 2018, arXiv 1711.09020. The attributes that a face is to keep are told by the discriminator, so that a photo needs
no labels.
"""

import keras
import numpy as np
from keras import layers, ops

from keras_facegan.arguments import ImageShape, OpenFraction, SmallCount, Weight, Width
from keras_facegan.attributes import check_changes, with_exclusions
from keras_facegan.errors import UserError
from keras_facegan.layers.convolution import Conv2D
from keras_facegan.losses.adversarial import wasserstein
from keras_facegan.losses.penalties import gradient_penalty, r1
from keras_facegan.models._base import ZooModel
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.conditions import AttributeNames, Attributes
from keras_facegan.networks.label_maps import label_maps
from keras_facegan.networks.pictures import check_pictures
from keras_facegan.networks.translators import residual_translator
from keras_facegan.registry import MODELS
from keras_facegan.seam import random

# Held-out faces that validation changes, and those that are shown.
FACES, SHOWN = 128, 8


def stargan_generator(image_shape, width, filters, blocks, skip):
    """Images and the attributes (B, width) that they are to have -> images in [-1, 1]."""
    image, wanted = keras.Input(image_shape, name="image"), keras.Input((width,), name="attributes")
    maps = label_maps(wanted, image_shape[:2])
    # Zeros around the picture: normalisation would remove attributes that are the same everywhere.
    images = residual_translator(
        layers.Concatenate()([image, maps]),
        image_shape[-1],
        filters,
        blocks,
        kernel_size=4,
        affine=True,
        onto=image if skip else None,
    )
    return keras.Model({"image": image, "attributes": wanted}, {"images": images}, name="generator")


def stargan_discriminator(image_shape, width, filters, depth):
    """Images -> logits of patches (B, side, side, 1), and of attributes (B, width)."""
    image = keras.Input(image_shape, name="image")
    x = image
    for n in range(depth):
        x = layers.LeakyReLU(0.01)(Conv2D(filters * 2**n, 4, 2, "same")(x))
    logits = layers.Activation("linear", dtype="float32")(Conv2D(1, 3, padding="same", use_bias=False)(x))
    seen = layers.Flatten()(Conv2D(width, x.shape[1], use_bias=False)(x))
    class_logits = layers.Activation("linear", dtype="float32")(seen)
    return keras.Model({"image": image}, {"logits": logits, "class_logits": class_logits}, name="discriminator")


@MODELS.register("stargan")
@keras.saving.register_keras_serializable(package="keras_facegan")
class StarGAN(ZooModel):
    """Changes of facial attributes; with the paper's settings 8,430,528 and 44,762,048 parameters.

    Args:
        image_shape: (side, side, channels), side a multiple of 4 and of 2^`depth`.
        attributes: Names among CelebA's forty.
        filters: Channels of the generator at full size; 64 in the paper.
        blocks: Residual blocks of the generator; 6 in the paper.
        critic_filters: Channels of the discriminator's first layer, doubled by every further one; 64 in the paper.
        depth: Halvings of the discriminator; 6 in the paper.
        n_critic: Discriminator steps per generator step, each on fresh pictures; 5 in the paper.
        gp_weight: Weight of the gradient penalty; 10 in the paper.
        class_weight: Weight of the cross-entropy of the attributes in both losses; 1 in the paper.
        cycle_weight: Weight of the distance to a face that was changed and changed back; 10 in the paper.
        smooth_weight: Weight of the squared gradient of that cross-entropy at real faces, beside 1 for itself. Small
            data let the discriminator see attributes in stains of colour, and then the generator draws those; where its
            answer changes gently with the picture, it takes a beard or glasses to change it. 0, as in the paper, leaves
            it out.
        skip: Whether the generator changes the picture that it reads instead of drawing a new one; not in the paper.
        ema_decay: Decay per step of the generator's moving average in [0, 1); 0, as in the paper, keeps none.

    Reference:
        Choi et al. 2018, arXiv 1711.09020.
    """

    networks = ("generator", "discriminator")
    # The discriminator tells which attributes a face has.
    inference = networks
    terms = (
        "d_loss", "g_loss", "real_score", "fake_score", "gradient_penalty", "real_class_loss", "fake_class_loss",
        "real_class_accuracy", "fake_class_accuracy", "cycle_loss",
    )  # fmt: skip
    reads = ("image", "attributes")
    uses_held_out = True

    def __init__(
        self,
        image_shape: ImageShape = (128, 128, 3),
        attributes: AttributeNames = ("Black_Hair", "Blond_Hair", "Brown_Hair", "Male", "Young"),
        filters: Width = 64,
        blocks: SmallCount = 6,
        critic_filters: Width = 64,
        depth: SmallCount = 6,
        n_critic: SmallCount = 5,
        gp_weight: Weight = 10.0,
        class_weight: Weight = 1.0,
        cycle_weight: Weight = 10.0,
        smooth_weight: Weight = 0.0,
        skip: bool = False,
        ema_decay: OpenFraction = 0.0,
        name: str = "stargan",
    ):
        super().__init__(locals())
        _check_side(image_shape, depth)
        self.condition = Attributes(attributes)
        self.attributes = self.condition.names
        self.gp_weight, self.class_weight, self.cycle_weight = gp_weight, class_weight, cycle_weight
        self.smooth_weight = smooth_weight
        self.batches_per_step = n_critic
        self.generator = stargan_generator(image_shape, len(attributes), filters, blocks, skip)
        self.discriminator = stargan_discriminator(image_shape, len(attributes), critic_filters, depth)
        self.average("generator", ema_decay)

    def check_examples(self, examples):
        self.condition.check(examples)

    def call(self, data, training=False):
        return self.discriminator({"image": data["image"]}, training=training)["class_logits"]

    def train_step(self, data):
        for batch in self.batches_of(data):
            image, labels = batch["image"], self.condition.of(batch["attributes"])
            # Real faces say which attributes go together.
            wanted = random.shuffle(labels, self.seed_generator)
            d_loss, d_terms = self.minimize(
                lambda image=image, labels=labels, wanted=wanted: self.discriminator_loss(image, labels, wanted),
                "discriminator",
            )
        g_loss, g_terms = self.minimize(lambda: self.generator_loss(image, labels, wanted), "generator")
        self.update_averages()
        return self.log(d_loss=d_loss, g_loss=g_loss, **d_terms, **g_terms)

    def discriminator_loss(self, image, labels, wanted):
        changed = ops.stop_gradient(self.changed(image, wanted))
        real, fake = (self.discriminator({"image": x}, training=True) for x in (image, changed))
        terms = {
            "real_score": ops.mean(real["logits"]),
            "fake_score": ops.mean(fake["logits"]),
            "gradient_penalty": self.penalty(image, changed),
            "real_class_loss": self.condition.loss(labels, real["class_logits"]),
            "real_class_accuracy": self.condition.accuracy(labels, real["class_logits"]),
        }
        loss = wasserstein().discriminator(real["logits"], fake["logits"])
        loss = loss + self.gp_weight * terms["gradient_penalty"]
        class_loss = terms["real_class_loss"]
        if self.smooth_weight:
            class_loss = class_loss + self.smooth_weight * self.class_gradient(image, labels)
        return loss + self.class_weight * class_loss, terms

    def generator_loss(self, image, labels, wanted):
        changed = self.changed(image, wanted)
        fake = self.discriminator({"image": changed}, training=True)
        terms = {
            "fake_class_loss": self.condition.loss(wanted, fake["class_logits"]),
            "fake_class_accuracy": self.condition.accuracy(wanted, fake["class_logits"]),
            "cycle_loss": ops.mean(ops.abs(image - self.changed(changed, labels))),
        }
        loss = wasserstein().generator(None, fake["logits"]) + self.class_weight * terms["fake_class_loss"]
        return loss + self.cycle_weight * terms["cycle_loss"], terms

    def changed(self, image, wanted):
        """Return pictures (B, H, W, C) with the attributes (B, width), as the generator draws them in training."""
        return self.generator({"image": image, "attributes": wanted}, training=True)["images"]

    def penalty(self, real, fake):
        """Return the gradient penalty between real and changed pictures."""

        def score(images):
            return self.discriminator({"image": images}, training=True)["logits"]

        return gradient_penalty(score, self.discriminator, real, fake, self.seed_generator)

    def class_gradient(self, image, labels):
        """Return the mean squared norm of the gradient of the attributes' cross-entropy at real pictures."""

        def class_losses(images):
            logits = self.discriminator({"image": images}, training=True)["class_logits"]
            # The sum over pictures instead of the mean, so that each has its own gradient.
            return self.condition.loss(labels, logits) * ops.cast(ops.shape(images)[0], "float32")

        return r1(class_losses, self.discriminator, image)

    def recognise(self, images) -> np.ndarray:
        """Return the probabilities that faces have attributes, as the discriminator tells them.

        Args:
            images: float (n, H, W, C) in [-1, 1], array or tensor, of the model's shape.

        Returns:
            float32 array (n, attributes) in [0, 1], in the order of `attributes`.

        Raises:
            UserError: Pictures of another shape or range.
        """

        def probabilities(x):
            return self.condition.probabilities(self.discriminator({"image": x}, training=False)["class_logits"])

        return in_chunks(probabilities, check_pictures(images, self.image_shape, exact=True))

    def transform(self, images, changes: dict[str, int]) -> np.ndarray:
        """Set some attributes of faces and keep the others.

        Args:
            images: float (n, H, W, C) in [-1, 1], array or tensor, of the model's shape.
            changes: Dict from attributes to numbers from 0 (without) to 1 (with). What an attribute that is set
                excludes, as one colour of hair does another, is cleared.

        Returns:
            float32 array (n, H, W, C) in [-1, 1].

        Raises:
            UserError: Pictures of another shape or range, an unknown attribute, or attributes that exclude each other.
        """
        images = check_pictures(images, self.image_shape, exact=True)
        wanted = self.wanted((self.recognise(images) > 0.5).astype("float32"), changes)
        return self.draw(images, wanted)

    def rebuild(self, images) -> np.ndarray:
        """Return faces as the generator draws them with the attributes that they have: `transform` without changes.

        Args:
            images: As for `transform`.

        Returns:
            float32 array (n, H, W, C) in [-1, 1].

        Raises:
            UserError: Pictures of another shape or range.
        """
        return self.transform(images, {})

    def draw(self, images, wanted) -> np.ndarray:
        """Return faces with all their attributes set.

        Args:
            images: float32 (n, H, W, C) in [-1, 1].
            wanted: float32 (n, attributes) in [0, 1].

        Returns:
            float32 array (n, H, W, C) in [-1, 1].
        """
        generator = self.network("generator")
        return in_chunks(
            lambda x, c: generator({"image": x, "attributes": c}, training=False)["images"], images, wanted
        )

    def wanted(self, labels, changes: dict[str, int]) -> np.ndarray:
        """Return attributes float32 (n, attributes), where `labels` are those of the faces, with some of them changed.

        Raises:
            UserError: An unknown attribute, or two that exclude each other.
        """
        check_changes(changes, self.attributes, "this model")
        return self.condition.changed(labels, with_exclusions(changes, self.attributes))

    def flipped(self, labels, name: str) -> np.ndarray:
        """Return attributes float32 (n, attributes) in which one, and what it excludes, is turned over in each row."""
        place = self.attributes.index(name)
        has = np.asarray(labels)[:, [place]] > 0.5
        return np.where(has, self.wanted(labels, {name: 0}), self.wanted(labels, {name: 1}))

    def validate(self, images, columns):
        """Return how held-out faces with one attribute turned over look to the discriminator, and come back."""
        images = images[:FACES]
        labels = ops.convert_to_numpy(self.condition.of(columns["attributes"][:FACES]))
        numbers = {"recognised": float(((self.recognise(images) > 0.5) == (labels > 0.5)).mean())}
        flips, errors = [], []
        for place, name in enumerate(self.attributes):
            wanted = self.flipped(labels, name)
            changed = self.draw(images, wanted)
            flips.append(((self.recognise(changed) > 0.5) == (wanted > 0.5))[:, place].mean())
            errors.append(np.abs(self.draw(changed, labels) - images).mean())
        return numbers | {"flips_seen": float(np.mean(flips)), "cycle_error": float(np.mean(errors))}

    def preview(self, images, columns):
        """Return rows of held-out faces: as they are, changed and changed back, and with each attribute turned over."""
        images = images[:SHOWN]
        labels = ops.convert_to_numpy(self.condition.of(columns["attributes"][:SHOWN]))
        flipped = [self.draw(images, self.flipped(labels, name)) for name in self.attributes]
        return {"flips": np.stack([images, self.draw(flipped[0], labels), *flipped], axis=1)}


def _check_side(image_shape, depth):
    height, width, _ = image_shape
    if height != width or height % max(4, 2**depth):
        raise UserError(
            f"model.image_shape must be square, with a side that is a multiple of 4 and of 2^model.depth = {2**depth}, "
            f"got {list(image_shape)}. Set model.depth lower for small pictures."
        )
