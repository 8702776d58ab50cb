"""PFA-GAN: faces grow older step by step, one small residual network for each pair of neighbouring age groups.

PFA-GAN: Progressive Face Aging with Generative Adversarial Network. Huang, Chen, Zhang, Shan 2020, IEEE TIFS 16:2031,
arXiv 2012.03459. It differs in the feature network of the identity loss, where the paper has VGG-Face, and offers a
low-pass filter at both upper scales, without which small pictures age by grids instead of wrinkles. Its last gate can
be open in part, for ages between the groups.
"""

from typing import Literal

import keras
import numpy as np
from keras import layers, ops

from keras_facegan.arguments import AgeLimits, Fraction, ImageShape, OpenFraction, SmallCount, Steps, Weight, Width
from keras_facegan.errors import UserError
from keras_facegan.layers.age_gate import AgeGate
from keras_facegan.layers.binomial_blur import BinomialBlur
from keras_facegan.layers.convolution import Conv2D, Conv2DTranspose
from keras_facegan.layers.group_ages import GroupAges
from keras_facegan.layers.instance_norm import InstanceNormalization
from keras_facegan.layers.spectral_norm import SpectralConv2D
from keras_facegan.loading import load_helper
from keras_facegan.losses.structural_similarity import ssim
from keras_facegan.models._ageing import AgeingModel
from keras_facegan.networks.age_groups import age_group
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.label_maps import label_maps
from keras_facegan.networks.views import random_views
from keras_facegan.registry import MODELS
from keras_facegan.seam import random, replicas

# Faces that validation ages.
FACES = 256


def _conv(x, channels, kernel, stride=1, layer=Conv2D):
    return layer(channels, kernel, stride, "same", kernel_initializer=keras.initializers.RandomNormal(0.0, 0.02))(x)


def _between(x):
    return layers.LeakyReLU(0.2)(InstanceNormalization()(x))


def _nearest(places):
    """Return the places (B,) of the groups that are nearest to places, int32: what the discriminator sees."""
    return ops.cast(ops.round(ops.cast(places, "float32")), "int32")


def _energy(x):
    """Return the mean square (B,) of each example (B, H, W, C)."""
    return ops.mean(ops.square(x), axis=(1, 2, 3))


def residual_network(image_shape, filters, blocks, kernel_size, smooth, name):
    """Images (B, side, side, channels) -> what ageing by one group adds to them, of the same shape and unbounded."""
    image = keras.Input(image_shape, name="image")
    x = _between(_conv(image, filters, kernel_size))
    x = _between(_conv(x, 2 * filters, 4, 2))
    x = _between(_conv(x, 4 * filters, 4, 2))
    for _ in range(blocks):
        y = _between(_conv(x, 4 * filters, 3))
        y = InstanceNormalization()(_conv(y, 4 * filters, 3))
        x = layers.LeakyReLU(0.2)(layers.add([x, y]))
    x = _conv(x, 2 * filters, 4, 2, Conv2DTranspose)
    x = _between(BinomialBlur()(x) if smooth else x)
    x = _between(_conv(x, filters, 4, 2, Conv2DTranspose))
    x = _conv(x, image_shape[-1], kernel_size)
    return keras.Model(image, BinomialBlur()(x) if smooth else x, name=name)


def ageing_chain(image_shape, groups, filters, blocks, kernel_size, smooth):
    """Images, source_group (B,), target_group (B,), also between two -> images of the targets, unbounded, float32."""
    image = keras.Input(image_shape, name="image")
    source = keras.Input((), dtype="int32", name="source_group")
    target = keras.Input((), dtype="float32", name="target_group")
    x = layers.Identity(dtype="float32")(image)
    for position in range(groups - 1):
        step = residual_network(image_shape, filters, blocks, kernel_size, smooth, name=f"step_{position + 1}")
        x = AgeGate(step, position, name=f"gate_{position + 1}")(x, source, target)
    inputs = {"image": image, "source_group": source, "target_group": target}
    return keras.Model(inputs, {"images": x}, name="generator")


def group_discriminator(image_shape, groups, filters):
    """Images and group (B,) -> logits (B, h, h, 1) of patches; the group enters behind the first layer.

    h is 14 at 32, 64, 128 and 256 px, and from 7 to 13 at sides between.
    """
    side = image_shape[0]
    if side % 16 or not 32 <= side <= 256:
        raise UserError(f"image_shape {list(image_shape)} needs a side from 32 to 256 that is a multiple of 16.")
    image = keras.Input(image_shape, name="image")
    group = keras.Input((), dtype="int32", name="group")
    leaky = layers.LeakyReLU(0.2)
    x = leaky(Conv2D(filters, 4, 2, "same")(image))
    condition = layers.CategoryEncoding(groups, output_mode="one_hot")(group)
    x = layers.Concatenate()([x, label_maps(condition, x.shape[1])])
    depth = (side - 1).bit_length() - 4
    for n in range(1, depth):
        x = leaky(SpectralConv2D(filters * min(2**n, 8), 4, 2, "same")(x))
    # Pad by hand: both sides alike, where "same" pads an even kernel at stride 1 by one more on the right.
    x = leaky(SpectralConv2D(filters * min(2**depth, 8), 4)(layers.ZeroPadding2D(1)(x)))
    x = layers.Conv2D(1, 4)(layers.ZeroPadding2D(1)(x))
    logits = layers.Activation("linear", dtype="float32")(x)
    return keras.Model({"image": image, "group": group}, {"logits": logits}, name="discriminator")


@MODELS.register("pfa_gan")
@keras.saving.register_keras_serializable(package="keras_facegan")
class PFAGAN(AgeingModel):
    """Progressive face ageing; with the paper's settings 4,572,681 and 6,967,745 parameters at 256 px.

    The total of the generator is `adversarial_weight` L_adv + `age_weight` L_age + `identity_weight` L_identity with
    L_identity = (1 - `ssim_weight`) L_pixel + `ssim_weight` L_ssim + `feature_weight` L_feature.

    The gates of a face are open from its group up to a target group, which stands for the mean age of the training
    faces in it. Years between the means of two groups are reached with the last gate open in part, by linear
    interpolation: with means of 45 and 61 years, 57 years open it to 0.75. Years at a mean open whole gates, and so do
    those beyond the mean of the last group. Years in the own group of a face change nothing.

    Args:
        image_shape: (side, side, 3), side a multiple of 16 from 32 to 256.
        age_groups: Oldest year of each age group but the last; 3, 4 or 6 of them in the paper.
        direction: "older", or "younger" for a model on the reversed order of groups.
        filters: Channels of the first layer of each step of the chain; 32 in the paper.
        blocks: Residual blocks of each step; 4 in the paper.
        kernel_size: Side of the first and last convolution of a step, odd; 9 in the paper.
        smooth: Blur by [1, 2, 1] behind every upsampling and at the end of a step, which the paper does not.
        critic_filters: Channels of the discriminator's first layer; 64 in the paper.
        age_network: Name of the weights, or directory of the run, of the age estimator that steers.
        views: Whether the age estimator sees aged faces without colours, shifted, blurred and noisy at random, so that
            patterns and colours cannot please it. Not in the paper.
        face_network: The same of the identity network whose features are kept; "" leaves the term out.
        adversarial_weight: lambda_adv.
        age_weight: lambda_age, on squared years plus the cross-entropy of the groups.
        identity_weight: lambda_ide.
        ssim_weight: alpha_ssim in [0, 1].
        feature_weight: alpha_fea, on features of which those of two people differ by 1 in the mean square.
        warmup_steps: Steps in which the pixel term weighs as much as the adversarial one, so that faces are kept first.
        wrong_group_weight: Weight of real pictures with a wrong group as a third kind for the discriminator.
        source_weights: Weight of a picture of each group but the last as a source; () leaves all at 1.
        partial_gates: Share in [0, 1] of the faces whose last gate is open in part, to a weight drawn from 0 to 1;
            the losses ask these for the years and the mixture of groups in between. 0 in the paper.
        ema_decay: Decay per step of the generator's moving average in [0, 1); 0 keeps none.

    Reference:
        Huang et al. 2020, arXiv 2012.03459, section III.
    """

    networks = ("generator", "discriminator")
    inference = ("generator", "group_ages")
    terms = (
        "d_loss", "g_loss", "adversarial_loss", "age_loss", "group_loss", "pixel_loss", "ssim_loss", "feature_loss",
        "real_score", "fake_score", "open_gates",
    )  # fmt: skip

    def __init__(
        self,
        image_shape: ImageShape = (256, 256, 3),
        age_groups: AgeLimits = (30, 40, 50),
        direction: Literal["older", "younger"] = "older",
        filters: Width = 32,
        blocks: SmallCount = 4,
        kernel_size: Literal[3, 5, 7, 9, 11] = 9,
        smooth: bool = False,
        critic_filters: Width = 64,
        age_network: str = "age_estimator/utkface_64",
        views: bool = False,
        face_network: str = "facenet/celeba_96",
        adversarial_weight: Weight = 100.0,
        age_weight: Weight = 0.4,
        identity_weight: Weight = 0.02,
        ssim_weight: Fraction = 0.15,
        feature_weight: Weight = 0.025,
        warmup_steps: Steps = 2000,
        wrong_group_weight: Weight = 0.0,
        source_weights: tuple[Weight, ...] = (),
        partial_gates: Fraction = 0.0,
        ema_decay: OpenFraction = 0.0,
        name: str = "pfa_gan",
    ):
        super().__init__(locals())
        if source_weights and len(source_weights) != len(age_groups):
            raise UserError(f"source_weights needs one weight per group but the last, got {list(source_weights)}.")
        self.age_by(age_groups, age_network, older=direction == "older")
        self.adversarial_weight, self.age_weight, self.identity_weight = adversarial_weight, age_weight, identity_weight
        self.ssim_weight, self.feature_weight = ssim_weight, feature_weight
        self.warmup_steps, self.wrong_group_weight = warmup_steps, wrong_group_weight
        # A face of the last group has nowhere to go.
        self.source_weights = (*(source_weights or [1.0] * len(age_groups)), 0.0)
        self.partial_gates, self.views = partial_gates, views
        self.generator = ageing_chain(image_shape, len(self.groups), filters, blocks, kernel_size, smooth)
        self.discriminator = group_discriminator(image_shape, len(self.groups), critic_filters)
        self.group_ages = GroupAges(len(self.groups), name="group_ages")
        self.group_ages.build(None)
        self.judge, self.face_features = None, None
        self.average("generator", ema_decay)

    def compile(self, *args, **kwargs):
        """Load the frozen networks that training needs, then build the optimizers as `ZooModel.compile` does."""
        super().compile(*args, **kwargs)
        self._load_judge()
        if self.config["face_network"] and self.feature_weight:
            features = load_helper(self.config["face_network"], "facenet").feature_network()
            self.face_features = lambda images: features({"image": images}, training=False)["features"]

    def _load_judge(self):
        estimator = self.estimator().network("estimator")
        # Keras tracks attributes: a closure keeps this network out of checkpoints.
        self.judge = lambda images: estimator({"image": images}, training=False)

    def call(self, data, training=False):
        place = self.place(age_group(data["age"], self.groups.thresholds))
        last = ops.full_like(place, len(self.groups) - 1)
        return self.generator({"image": data["image"], "source_group": place, "target_group": last})["images"]

    def draw_pairs(self, age):
        """Return the places along the chain of faces (B,) and of random later targets (B,), and each pair's weight.

        Targets are groups, and a share of `partial_gates` of them lies before its group, at most by one step.
        """
        source = self.place(age_group(age, self.groups.thresholds))
        left = len(self.groups) - 1 - source
        share = random.uniform(ops.shape(source), seed=self.seed_generator)
        target = source + 1 + ops.cast(ops.floor(share * ops.cast(left, "float32")), "int32")
        if self.partial_gates:
            # One number draws both: whether a gate is open in part, and to what weight.
            drawn = random.uniform(ops.shape(source), seed=self.seed_generator)
            target = ops.cast(target - 1, "float32") + ops.minimum(drawn / self.partial_gates, 1.0)
        target = ops.minimum(target, len(self.groups) - 1)
        weight = ops.take(ops.convert_to_tensor(self.source_weights, dtype="float32"), source)
        return source, target, weight / ops.maximum(replicas.mean(ops.sum(weight)), 1e-6)

    def train_step(self, data):
        image = data["image"]
        source, target, weight = self.draw_pairs(data["age"])

        def grow():
            inputs = {"image": image, "source_group": source, "target_group": target}
            return self.generator(inputs, training=True)["images"]

        def discriminator_loss():
            # Only the discriminator's own step moves the vectors of its spectral norms.
            real = self.discriminator({"image": image, "group": source}, training=True)["logits"]
            fake = self.discriminator({"image": ops.stop_gradient(grow()), "group": _nearest(target)})["logits"]
            loss = 0.5 * ops.mean(ops.square(real - 1.0)) + 0.5 * ops.sum(weight * _energy(fake))
            if self.wrong_group_weight:
                wrong = ops.mod(source + 1, len(self.groups))
                wrong = self.discriminator({"image": image, "group": wrong})["logits"]
                loss = loss + self.wrong_group_weight * 0.5 * ops.mean(ops.square(wrong))
            return loss, {"real_score": ops.mean(real), "fake_score": ops.mean(fake)}

        def generator_loss():
            aged = grow()
            terms = self.generator_terms(image, aged, target, weight)
            # Paper: its code lets the pixel term weigh as much as the adversarial one at first.
            warm = self.optimizers["generator"].iterations < self.warmup_steps
            identity = self.identity_weight * (
                self.ssim_weight * terms["ssim_loss"] + self.feature_weight * terms["feature_loss"]
            )
            pixel = ops.where(warm, self.adversarial_weight, self.identity_weight * (1.0 - self.ssim_weight))
            loss = self.adversarial_weight * terms["adversarial_loss"] + identity + pixel * terms["pixel_loss"]
            return loss + self.age_weight * (terms["age_loss"] + terms["group_loss"]), terms

        d_loss, d_terms = self.minimize(discriminator_loss, "discriminator")
        g_loss, g_terms = self.minimize(generator_loss, "generator")
        self.update_averages()
        open_gates = ops.mean(ops.cast(target, "float32") - ops.cast(source, "float32"))
        return self.log(d_loss=d_loss, g_loss=g_loss, open_gates=open_gates, **d_terms, **g_terms)

    def generator_terms(self, image, aged, target, weight):
        """Return the unweighted terms of the generator, means over faces by `weight` (B,), which sums to 1."""
        shown = ops.clip(aged, -1.0, 1.0)
        seen = random_views(shown, self.seed_generator) if self.views else shown
        judged = self.judge(seen)
        labels = self.shares(target)
        years = ops.sum(labels * self.group_ages.means, axis=-1)
        logits = self.discriminator({"image": aged, "group": _nearest(target)})["logits"]
        each = {
            "adversarial_loss": 0.5 * _energy(logits - 1.0),
            "age_loss": ops.square(judged["age"] - years),
            "pixel_loss": ops.mean(ops.abs(aged - image), axis=(1, 2, 3)),
            "ssim_loss": 1.0 - ssim(aged, image),
            "group_loss": -ops.sum(labels * ops.log_softmax(judged["group_logits"], axis=-1), axis=-1),
            "feature_loss": ops.zeros_like(weight),
        }
        if self.face_features is not None:
            each["feature_loss"] = _energy(self.face_features(shown) - self.face_features(image))
        return {name: ops.sum(weight * values) for name, values in each.items()}

    def shares(self, places):
        """Return the shares (B, groups) of the groups in places (B,): 1 of a group at its own, of two in between."""
        distance = ops.cast(places, "float32")[:, None] - ops.arange(len(self.groups), dtype="float32")
        shares = ops.relu(1.0 - ops.abs(distance))
        return shares if self.older else ops.flip(shares, axis=-1)

    def places_of(self, years):
        # Places in the order of rising ages, which interpolation needs.
        places, means = self.place(np.arange(len(self.groups))), np.asarray(self.group_ages.means)
        if not means.any():
            # A model that was never trained knows no ages of its groups.
            return super().places_of(years)
        return np.interp(years, means, places).astype("float32")

    def age_step(self, images, start, end, gender):
        inputs = {"image": images, "source_group": start, "target_group": end}
        return self.network("generator")(inputs, training=False)["images"]

    def _next(self, path, images, start, place, gender):
        # From the place before, unclipped, as within the chain: every gate is passed once.
        return self._aged(path[-1], np.maximum(start, place - 1), np.full_like(start, place), gender)

    def validate(self, images, columns):
        """Return how the steering estimator sees held-out faces of the first group aged into each other group."""
        path = self.path_of_first_group(images, columns, FACES)
        if self.judge is None:
            self._load_judge()
        numbers = {}
        for place in range(len(self.groups) if len(path) else 0):
            ages = in_chunks(lambda x: self.judge(x)["age"], path[:, place])
            numbers[f"estimated_age_{place}"] = float(ages.mean())
            numbers[f"pixel_change_{place}"] = float(np.abs(path[:, place] - path[:, 0]).mean())
        return numbers

    def export_signatures(self):
        """Return the signature `age`: image, source_group (B,), target_group (B,) -> images in [-1, 1]."""
        examples = {
            "image": np.random.default_rng(0).uniform(-1, 1, (5, *self.image_shape)).astype("float32"),
            "source_group": np.full(5, self.place(0), "int32"),
            "target_group": np.arange(5, dtype="int32") % len(self.groups),
        }

        def age(image, source_group, target_group):
            return self.age(image, target_group, source_group)

        return {"age": (self._export_network(), examples, age)}

    def _export_network(self):
        groups = {name: keras.Input((), dtype="int32", name=name) for name in ("source_group", "target_group")}
        image = keras.Input(self.image_shape, name="image")
        places = {name: self.place(group) for name, group in groups.items()}
        return keras.Model({"image": image, **groups}, self.network("generator")({"image": image, **places}))
