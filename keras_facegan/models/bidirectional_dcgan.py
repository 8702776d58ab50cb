"""Bidirectional face ageing: a face is encoded and drawn again with any age and gender, older or younger.

Bidirectional Face Aging Synthesis Based on Improved Deep Convolutional Generative Adversarial Networks. Liu, Zou, Xie,
Kuang, Ma 2019, Information 10(2):69. Where the paper is silent, the networks are those of its predecessor CAAE, Zhang,
Song, Qi 2017, arXiv 1702.08423. It differs in the second pass through the networks, which asks for a random age.
"""

from typing import Literal

import keras
import numpy as np
from keras import ops
from scipy.stats import rankdata

from keras_facegan.arguments import AgeLimits, ImageShape, OpenFraction, Steps, Weight, Width
from keras_facegan.layers.group_ages import GroupAges
from keras_facegan.losses.classification import binary_cross_entropy
from keras_facegan.metrics.ages import path_correlation
from keras_facegan.metrics.signal_to_noise import psnr
from keras_facegan.models._ageing import SHOWN, AgeingModel
from keras_facegan.networks.age_groups import OLDEST, age_group
from keras_facegan.networks.bidirectional import (
    GENDERS,
    age_and_gender_head,
    check_side,
    face_discriminator,
    face_encoder,
    face_generator,
)
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.conditions import Gender
from keras_facegan.networks.pictures import check_pictures
from keras_facegan.registry import MODELS
from keras_facegan.seam import random

# Weight of the features where the age is another one, over that of the own age: a changed age may change them.
CHANGED = 0.1
# The age head counts ten years of error as much as one nat of doubt about the gender.
DECADE = 10.0
# Faces that validation ages.
FACES = 256


@MODELS.register("bidirectional_dcgan")
@keras.saving.register_keras_serializable(package="keras_facegan")
class BidirectionalDCGAN(AgeingModel):
    """Ageing both ways; with the paper's settings 18,234,034, 19,948,195 and 8,677,137 parameters at 128 px.

    Encoder and generator minimise `pixel_weight` L_p + `feature_weight` L_f + `age_weight` L_a + `adversarial_weight`
    L_g for faces drawn with the age that they have, and the last three, the features at a tenth, for faces drawn with
    a random age. The discriminator tells real faces from both. The age head learns from real faces alone.

    Args:
        image_shape: (side, side, channels), side a power of two from 32 on.
        age_groups: Oldest year of each age group but the last.
        latent_dim: Length of a code.
        filters: Channels of the encoder's first map, doubled by every further one; 64 in the paper.
        detail_filters: Channels of the generator's first map of full size, halved by the next one; 32 in the paper.
        kernel_size: Side of all kernels; 5 in the paper.
        batch_norm: Whether encoder and generator normalise over the batch.
        critic_filters: Channels of the discriminator's first map, doubled by every further one; 16 in the paper.
        critic_hidden: Width of the discriminator's dense layer.
        head_filters: Channels of the age head's first map, doubled by every further one.
        pixel_weight: lambda_p, of the mean squared difference of pixels.
        feature_weight: lambda_f, of the mean squared difference of the discriminator's features; 0 leaves them out.
        age_weight: lambda_a, of the squared error in centuries of the age head's estimates; 0 leaves it out.
        adversarial_weight: lambda_g.
        warmup_steps: Steps in which the pixels alone count.
        ema_decay: Decay per step of the moving averages of encoder, generator and age head in [0, 1); 0 keeps none.

    Reference:
        Liu et al. 2019, Information 10(2):69.
    """

    networks = ("encoder", "generator", "discriminator", "age_head")
    inference = ("encoder", "generator", "age_head", "group_ages")
    terms = (
        "d_loss", "g_loss", "pixel_loss", "feature_loss", "age_loss", "adversarial_loss", "changed_feature_loss",
        "changed_age_loss", "changed_adversarial_loss", "real_score", "fake_score", "head_loss", "head_mae",
        "head_gender_loss",
    )  # fmt: skip
    reads = call_reads = ("image", "age", "gender")
    has_gender = both_ways = True

    def __init__(
        self,
        image_shape: ImageShape = (128, 128, 3),
        age_groups: AgeLimits = (5, 10, 15, 20, 30, 40, 50, 60, 70),
        latent_dim: Width = 50,
        filters: Width = 64,
        detail_filters: Width = 32,
        kernel_size: Literal[3, 4, 5] = 5,
        batch_norm: bool = True,
        critic_filters: Width = 16,
        critic_hidden: Width = 1024,
        head_filters: Width = 32,
        pixel_weight: Weight = 1.0,
        feature_weight: Weight = 0.1,
        age_weight: Weight = 0.05,
        adversarial_weight: Weight = 1e-3,
        warmup_steps: Steps = 400,
        ema_decay: OpenFraction = 0.0,
        name: str = "bidirectional_dcgan",
    ):
        super().__init__(locals())
        check_side(image_shape)
        self.age_by(age_groups)
        self.pixel_weight, self.feature_weight = pixel_weight, feature_weight
        self.age_weight, self.adversarial_weight = age_weight, adversarial_weight
        self.warmup_steps = warmup_steps
        groups = len(self.groups)
        self.encoder = face_encoder(image_shape, filters, kernel_size, latent_dim, batch_norm)
        self.generator = face_generator(
            image_shape, groups, filters, detail_filters, kernel_size, latent_dim, batch_norm
        )
        self.discriminator = face_discriminator(image_shape, groups, critic_filters, kernel_size, critic_hidden)
        self.age_head = age_and_gender_head(image_shape, head_filters, kernel_size)
        self.group_ages = GroupAges(groups, name="group_ages")
        self.group_ages.build(None)
        for network in ("encoder", "generator", "age_head"):
            self.average(network, ema_decay)

    def check_examples(self, examples):
        super().check_examples(examples)
        Gender().check(examples)

    def call(self, data, training=False):
        latents = self.encoder({"image": data["image"]}, training=training)["latents"]
        labels = {"group": age_group(data["age"], self.groups.thresholds), "gender": data["gender"]}
        return self.generator({"latents": latents, **labels}, training=training)["images"]

    def train_step(self, data):
        own, both = self.passes(data)
        h_loss, h_terms = self.minimize(lambda: self.head_loss(own), "age_head")
        d_loss, d_terms = self.minimize(lambda: self.discriminator_loss(own, both), "discriminator")
        g_loss, g_terms = self.minimize(lambda: self.generator_loss(both), "encoder", "generator")
        self.update_averages()
        return self.log(d_loss=d_loss, g_loss=g_loss, head_loss=h_loss, **d_terms, **g_terms, **h_terms)

    def passes(self, data):
        """Return faces with their own labels (B, ...), and the same followed by them with a random age (2 B, ...)."""
        age = ops.minimum(ops.cast(data["age"], "float32"), OLDEST)
        gender = ops.cast(data["gender"], "int32")
        own = {"image": data["image"], "age": age, "gender": gender}
        own["group"] = age_group(data["age"], self.groups.thresholds)
        # Paper: it asks for the own age alone; without a second pass nothing would teach what another age looks like.
        group = random.randint(ops.shape(gender), 0, len(self.groups), seed=self.seed_generator)
        changed = {**own, "group": group, "age": ops.take(self.group_ages.means, group)}
        return own, {name: ops.concatenate([values, changed[name]]) for name, values in own.items()}

    def head_loss(self, own):
        # Paper: which estimator is meant remains open. This one learns in the same run, beside the others.
        seen = self.age_head({"image": own["image"]}, training=True)
        error = ops.mean(ops.abs(seen["age"] - own["age"]))
        doubt = binary_cross_entropy(ops.cast(own["gender"], "float32")[:, None], seen["gender_logits"])
        return error / DECADE + doubt, {"head_mae": error, "head_gender_loss": doubt}

    def discriminator_loss(self, own, both):
        drawn = ops.stop_gradient(self.drawn(both))
        real = self.discriminate(own["image"], own)["logits"]
        fake = self.discriminate(drawn, both)["logits"]
        scores = {"real_score": ops.mean(ops.sigmoid(real)), "fake_score": ops.mean(ops.sigmoid(fake))}
        return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake)), scores

    def generator_loss(self, both):
        terms = self.generator_terms(both)
        game = self.adversarial_weight * (terms["adversarial_loss"] + terms["changed_adversarial_loss"])
        ages = self.age_weight * (terms["age_loss"] + terms["changed_age_loss"])
        features = self.feature_weight * (terms["feature_loss"] + CHANGED * terms["changed_feature_loss"])
        # The advice of CAAE's authors: an auto-encoder first.
        warm = self.optimizers["generator"].iterations < self.warmup_steps
        rest = ops.where(warm, 0.0, game + ages + features)
        return self.pixel_weight * terms["pixel_loss"] + rest, terms

    def generator_terms(self, both):
        """Return the unweighted terms of encoder and generator; `changed_` are those of faces with a random age."""
        drawn = self.drawn(both)
        fake, real = (self.discriminate(images, both) for images in (drawn, both["image"]))
        years = self.age_head({"image": drawn}, training=False)["age"] - both["age"]
        values = {
            "feature_loss": ops.mean(ops.square(fake["features"] - real["features"]), axis=(1, 2, 3)),
            "age_loss": ops.square(years / 100.0),
            "adversarial_loss": ops.softplus(-fake["logits"][:, 0]),
        }
        # Pixels of a changed age would pull it back.
        rebuilt, image = ops.split(drawn, 2)[0], ops.split(both["image"], 2)[0]
        terms = {"pixel_loss": ops.mean(ops.square(rebuilt - image))}
        for name, each in values.items():
            own, changed = ops.split(each, 2)
            terms |= {name: ops.mean(own), f"changed_{name}": ops.mean(changed)}
        return terms

    def drawn(self, both):
        """Return faces (2 B, H, W, C) as encoder and generator draw them in training, from one code per face."""
        codes = self.encoder({"image": ops.split(both["image"], 2)[0]}, training=True)["latents"]
        inputs = {"latents": ops.concatenate([codes, codes]), "group": both["group"], "gender": both["gender"]}
        return self.generator(inputs, training=True)["images"]

    def discriminate(self, images, labels):
        inputs = {"image": images, "group": labels["group"], "gender": labels["gender"]}
        return self.discriminator(inputs, training=True)

    # Use.

    def encode(self, images) -> np.ndarray:
        """Return the codes of faces, without their age and gender.

        Args:
            images: float (n, H, W, C) in [-1, 1], array or tensor, of the model's shape.

        Returns:
            float32 array (n, latent_dim) in [-1, 1].

        Raises:
            UserError: Pictures of another shape or range.
        """
        encoder = self.network("encoder")
        pictures = check_pictures(images, self.image_shape, exact=True)
        return in_chunks(lambda x: encoder({"image": x}, training=False)["latents"], pictures)

    def rebuild(self, images) -> np.ndarray:
        """Return faces drawn from their codes with the age group and the gender that the age head tells.

        Args:
            images: As for `encode`.

        Returns:
            float32 array (n, H, W, C) in [-1, 1].

        Raises:
            UserError: Pictures of another shape or range.
        """
        return self.draw(images, self.groups.of(self.estimate_age(images)), self.estimate_gender(images))

    def estimate_age(self, images) -> np.ndarray:
        """Return the ages of faces in years, as the age head tells them.

        Args:
            images: As for `encode`.

        Returns:
            float32 array (n,) in [0, 100].

        Raises:
            UserError: Pictures of another shape or range.
        """
        return self._told(images, "age")

    def estimate_gender(self, images) -> np.ndarray:
        """Return the genders of faces, as the age head tells them.

        Args:
            images: As for `encode`.

        Returns:
            int32 array (n,), 0 male, 1 female.

        Raises:
            UserError: Pictures of another shape or range.
        """
        return (self._told(images, "gender_logits")[:, 0] > 0).astype("int32")

    def _told(self, images, name):
        head = self.network("age_head")
        pictures = check_pictures(images, self.image_shape, exact=True)
        return in_chunks(lambda x: head({"image": x}, training=False)[name], pictures)

    def draw(self, images, groups, gender) -> np.ndarray:
        """Return faces drawn with an age group and a gender, their own ones too.

        Args:
            images: As for `encode`.
            groups: int array (n,).
            gender: int array (n,), 0 male, 1 female.

        Returns:
            float32 array (n, H, W, C) in [-1, 1].
        """
        generator = self.network("generator")

        def drawn(latents, group, gender):
            return generator({"latents": latents, "group": group, "gender": gender}, training=False)["images"]

        return in_chunks(drawn, self.encode(images), *(np.asarray(each, "int32") for each in (groups, gender)))

    def age_step(self, images, start, end, gender):
        stays = (start == end)[:, None, None, None]
        return np.where(stays, images, self.draw(images, end, gender))

    def validate(self, images, columns):
        """Return how held-out faces are rebuilt, and how old the age head finds them in every group."""
        images, ages, gender = images[:FACES], columns["age"][:FACES], columns["gender"][:FACES]
        rebuilt = self.draw(images, self.groups.of(ages), gender)
        places = np.arange(len(self.groups))
        # Drawn in their own group as well, so that all of a path is compared alike.
        paths = [self.draw(images, np.full(len(images), place), gender) for place in places]
        judged = np.stack([self.estimate_age(faces) for faces in paths], axis=1)
        numbers = {
            "psnr": float(psnr(rebuilt, images).mean()),
            "age_error": float(np.abs(self.estimate_age(images) - np.minimum(ages, OLDEST)).mean()),
            "gender_told": float((self.estimate_gender(images) == gender).mean()),
            # Spearman's correlation of group and estimated age along the path of a face.
            "age_order": float(path_correlation(rankdata(judged, axis=1), places).mean()),
        }
        return numbers | {f"estimated_age_{place}": float(judged[:, place].mean()) for place in places}

    def preview(self, images, columns):
        """Return rows of held-out faces: as they are, then in every age group."""
        images, groups = images[:SHOWN], self.groups.of(columns["age"][:SHOWN])
        path = self.age_path(images, groups, gender=columns["gender"][:SHOWN])
        return {"ages": np.concatenate([images[:, None], path], axis=1)}

    def export_signatures(self):
        """Return the signature `age`: image, source_group, target_group, gender (B,) -> images in [-1, 1]."""

        def draw(inputs):
            latents = self.network("encoder")({"image": inputs["image"]}, training=False)["latents"]
            labels = {"group": inputs["target_group"], "gender": inputs["gender"]}
            return self.network("generator")({"latents": latents, **labels}, training=False)["images"]

        def age(image, source_group, target_group, gender):
            return self.age(image, target_group, source_group, gender=gender)

        return {"age": (*self._age_signature(draw, gender=GENDERS), age)}
