"""Apparent age by classification into single years: the network that face ageing is steered by, and judged by.

DEX: Deep EXpectation of apparent age from a single image. Rothe, Timofte, Van Gool 2015, ICCV workshops; with the
group logits on top of the age logits of PFA-GAN, Huang et al. 2020, arXiv 2012.03459, equation 19.
"""

from typing import Literal

import keras
import numpy as np
from keras import layers, ops

from keras_facegan.arguments import AgeLimits, ImageShape, OpenFraction, Weight, Width
from keras_facegan.errors import UserError
from keras_facegan.layers.dropout import Dropout
from keras_facegan.layers.expectation import Expectation
from keras_facegan.losses.ages import AGES, soft_labels
from keras_facegan.losses.classification import cross_entropy
from keras_facegan.models._base import ZooModel
from keras_facegan.networks.age_groups import AgeGroups, age_group
from keras_facegan.networks.backbones import BackboneName, backbone_features
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.misleading import misleading
from keras_facegan.networks.pictures import check_pictures
from keras_facegan.registry import MODELS

OLDEST = 120
ERRORS = {"squared": ops.square, "absolute": ops.abs}


def estimator_network(image_shape, backbone, width, dropout, groups):
    """Images (B, side, side, channels) of any side -> age_logits (B, 101), group_logits (B, groups), age (B,) years."""
    image, x = backbone_features(backbone, image_shape, width=width)
    if dropout:
        x = Dropout(dropout)(x)
    age_logits = layers.Activation("linear", dtype="float32")(layers.Dense(AGES, name="ages")(x))
    group_logits = layers.Activation("linear", dtype="float32")(layers.Dense(groups, name="groups")(age_logits))
    outputs = {"age_logits": age_logits, "group_logits": group_logits, "age": Expectation()(age_logits)}
    return keras.Model({"image": image}, outputs, name="estimator")


@MODELS.register("age_estimator")
@keras.saving.register_keras_serializable(package="keras_facegan")
class AgeEstimator(ZooModel):
    """Deep expectation of age, 3,586,365 parameters at 64 px and 11,978,045 at 256 px with the paper's backbone.

    Ages are estimates themselves: `age_sigma` spreads every label over the years around it, so that a picture is not
    wrong for being a year off. Ages over 100 count as 100.

    Args:
        image_shape: (side, side, channels) that the network works at; pictures of other sizes are resized to it.
        backbone: "dex" (the paper's, side a power of two) or another of `keras_facegan.networks.backbones`.
        width: Channels of the backbone's first stage; 64 in the paper.
        dropout: Share of the features left out in training, in [0, 1).
        age_groups: Oldest year of each age group but the last.
        age_sigma: Standard deviation of the soft age labels in years; 0 gives the nearest year alone.
        group_weight: Weight of the cross-entropy of the groups.
        expectation_weight: Weight of the error in years of the expected age.
        expectation_error: "squared", or "absolute" for the error that is measured in the end, the MAE.
        perturbation: Largest length of the change of a training picture by which it is made as misleading as it gets,
            as the root mean square of its values; 0 leaves pictures as they are. It keeps a network that steers others
            from taking patterns that no eye sees for age.
        mirrored: Whether `estimate_age` takes the mean for a picture and its mirror image.
        ema_decay: Decay per step of the moving average in [0, 1); 0 keeps none.

    Reference:
        Rothe et al. 2015; Huang et al. 2020, arXiv 2012.03459.
    """

    networks = ("estimator",)
    inference = ("estimator",)
    terms = ("loss", "age_loss", "group_loss", "expectation_loss", "mae")
    reads = ("image", "age")
    uses_held_out = True

    def __init__(
        self,
        image_shape: ImageShape = (64, 64, 3),
        backbone: BackboneName = "dex",
        width: Width = 64,
        dropout: OpenFraction = 0.0,
        age_groups: AgeLimits = (30, 40, 50),
        age_sigma: Weight = 2.0,
        group_weight: Weight = 1.0,
        expectation_weight: Weight = 0.1,
        expectation_error: Literal["squared", "absolute"] = "squared",
        perturbation: Weight = 0.0,
        mirrored: bool = False,
        ema_decay: OpenFraction = 0.0,
        name: str = "age_estimator",
    ):
        super().__init__(locals())
        self.expectation_error, self.mirrored = ERRORS[expectation_error], mirrored
        self.groups = AgeGroups(age_groups)
        self.age_sigma, self.group_weight, self.expectation_weight = age_sigma, group_weight, expectation_weight
        self.estimator = estimator_network(image_shape, backbone, width, dropout, len(self.groups))
        self.perturbation = perturbation
        self.average("estimator", ema_decay)

    def call(self, data, training=False):
        return self.estimator({"image": data["image"]}, training=training)["age"]

    def train_step(self, data):
        age = ops.clip(data["age"], 0.0, AGES - 1.0)
        labels = soft_labels(age, self.age_sigma)
        groups = ops.one_hot(age_group(age, self.groups.thresholds), len(self.groups), dtype="float32")

        def terms_of(image):
            outputs = self.estimator({"image": image}, training=True)
            terms = {
                "age_loss": cross_entropy(labels, outputs["age_logits"]),
                "group_loss": cross_entropy(groups, outputs["group_logits"]),
                "expectation_loss": ops.mean(self.expectation_error(outputs["age"] - age)),
                "mae": ops.mean(ops.abs(outputs["age"] - age)),
            }
            loss = terms["age_loss"] + self.group_weight * terms["group_loss"]
            return loss + self.expectation_weight * terms["expectation_loss"], terms

        image = data["image"]
        if self.perturbation:
            image = misleading(lambda image: terms_of(image)[0], image, self.perturbation, self.seed_generator)
        loss, terms = self.minimize(lambda: terms_of(image), "estimator")
        self.update_averages()
        return self.log(loss=loss, **terms)

    def check_examples(self, examples):
        """Raise `UserError` where an age is no age, or an age group has no pictures."""
        age = examples.columns["age"]
        wrong = np.flatnonzero(~((age >= 0) & (age <= OLDEST)))
        if len(wrong):
            raise UserError(
                f"{examples.keys[wrong[0]]} of `{examples.name}` has the age {age[wrong[0]]:g}: ages are years from 0 "
                f"to {OLDEST}. Correct it, or leave it out."
            )
        self.groups.check_all_present(age, examples.name, "model.age_groups")

    def validate(self, images, columns):
        """Return the mean absolute and the mean error in years on pictures that are not trained on."""
        error = self.estimate_age(images) - np.minimum(columns["age"], AGES - 1)
        return {"mae": float(np.abs(error).mean()), "bias": float(error.mean())}

    def estimate_age(self, images):
        """Return estimated ages in years.

        Args:
            images: float (n, side, side, 1 or 3) in [-1, 1], array or tensor, of any size from a quarter of the
                network's on.

        Returns:
            float32 array (n,) in [0, 100].

        Raises:
            UserError: Pictures of another shape or range.
        """
        return in_chunks(self._age, check_pictures(images, self.image_shape))

    def features(self, images):
        """Return what ages and groups are told from.

        Args:
            images: As for `estimate_age`.

        Returns:
            float32 array (n, D).

        Raises:
            UserError: Pictures of another shape or range.
        """
        estimator = self.network("estimator")
        # Cast outside: a layer more would leave a node in the estimator at every call.
        network = keras.Model(estimator.input, estimator.get_layer("ages").input)
        pictures = check_pictures(images, self.image_shape)
        return in_chunks(lambda x: ops.cast(network({"image": x}, training=False), "float32"), pictures)

    def _age(self, images):
        estimator = self.network("estimator")
        views = (images, ops.flip(images, 2)) if self.mirrored else (images,)
        ages = [estimator({"image": view}, training=False)["age"] for view in views]
        return sum(ages) / len(ages)

    def export_signatures(self):
        """Return the signature `estimate_age`: image (B, H, W, C) in [-1, 1] -> age (B,) in years."""
        side, _, channels = self.image_shape
        image = keras.Input((None, None, channels), name="image")
        network = keras.Model({"image": image}, {"age": self._age(image)})
        examples = np.random.default_rng(0).uniform(-1, 1, (5, side, side, channels)).astype("float32")
        return {"estimate_age": (network, {"image": examples}, lambda image: self.estimate_age(image))}
