"""CycleGAN: pictures of one domain turned into another's and back, without pairs to learn from.

Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks. Zhu, Park, Isola, Efros 2017,
arXiv 1703.10593. It differs in the batch, half of which is of either domain, and in where "same" padding puts the odd
row of a 3 x 3 kernel with stride 2.
"""

import keras
import numpy as np
from keras import layers, ops

from keras_facegan.arguments import ImageShape, OpenFraction, SmallCount, Weight, Width
from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.layers.convolution import Conv2D
from keras_facegan.layers.instance_norm import InstanceNormalization
from keras_facegan.layers.picture_pool import PicturePool
from keras_facegan.layers.reflection_padding import ReflectionPadding2D
from keras_facegan.models._base import ZooModel
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.dcgan import normal_kernel
from keras_facegan.networks.pictures import check_pictures
from keras_facegan.networks.translators import residual_translator
from keras_facegan.registry import MODELS

# What the column `domain` holds for either.
DOMAINS = {"A": 0, "B": 1}
# Held-out pictures of each domain that validation translates, and those that are shown.
PICTURES, SHOWN = 64, 8
# A convolution with mirrored edges needs two pixels at a quarter of the size.
SMALLEST = 8


def cycle_generator(channels, filters, blocks, skip, name):
    """Images (B, H, W, channels), sides multiples of 4 -> images of the other domain in [-1, 1]."""
    image = keras.Input((None, None, channels), name="image")
    images = residual_translator(
        image,
        channels,
        filters,
        blocks,
        kernel_size=3,
        affine=False,
        pad=lambda x, border: ReflectionPadding2D(border)(x),
        initializer=normal_kernel,
        onto=image if skip else None,
    )
    return keras.Model({"image": image}, {"images": images}, name=name)


def patch_discriminator(image_shape, filters, name):
    """Images (B, side, side, channels) -> logits (B, side / 8 - 2, side / 8 - 2, 1) of patches of 70 x 70 pixels."""
    image = keras.Input(image_shape, name="image")

    def conv(x, width, *settings):
        return Conv2D(width, 4, *settings, kernel_initializer=normal_kernel())(x)

    def leaky(x):
        return layers.LeakyReLU(0.2)(x)

    x = leaky(conv(image, filters, 2, "same"))
    for width in (2 * filters, 4 * filters):
        x = leaky(InstanceNormalization()(conv(x, width, 2, "same")))
    # Pad by hand: both sides alike, where "same" pads an even kernel at stride 1 by one more on the right.
    x = leaky(InstanceNormalization()(conv(layers.ZeroPadding2D(1)(x), 8 * filters)))
    logits = layers.Activation("linear", dtype="float32")(conv(layers.ZeroPadding2D(1)(x), 1))
    return keras.Model({"image": image}, {"logits": logits}, name=name)


def _squares(logits, target):
    return ops.mean(ops.square(logits - target))


def _distance(x, y):
    return ops.mean(ops.abs(x - y))


@MODELS.register("cyclegan")
@keras.saving.register_keras_serializable(package="keras_facegan")
class CycleGAN(ZooModel):
    """Two translators and their judges; each of the paper's pairs at 256 px has 11,378,179 and 2,764,737 parameters.

    Args:
        image_shape: (side, side, channels) of training, side a multiple of 8 from 24; other sizes are translated too.
        filters: Channels of the generators at full size; 64 in the paper.
        blocks: Residual blocks of each generator; 9 in the paper, 6 at 128 px.
        critic_filters: Channels of the discriminators' first layer; 64 in the paper.
        cycle_weight: Weight lambda of the distance to a picture that was translated there and back; 10 in the paper.
        identity_weight: Weight, times lambda, of what a generator changes of pictures that are of its domain already;
            0.5 in the paper, or 0.
        pool_size: Earlier pictures that each discriminator sees among new ones; 50 in the paper.
        skip: Whether a generator changes the picture that it reads instead of drawing a new one; not in the paper.
        ema_decay: Decay per step of the generators' moving averages in [0, 1); 0, as in the paper, keeps none.

    Reference:
        Zhu et al. 2017, arXiv 1703.10593.
    """

    # Discriminators first: they say at which size the model is trained.
    networks = ("discriminator_a", "discriminator_b", "generator_a", "generator_b")
    inference = ("generator_a", "generator_b")
    # Distances are means over both directions.
    terms = ("d_loss", "g_loss", "real_score", "fake_score", "adversarial_loss", "cycle_loss", "identity_loss")
    reads = ("image", "domain")
    uses_held_out = True

    def __init__(
        self,
        image_shape: ImageShape = (256, 256, 3),
        filters: Width = 64,
        blocks: SmallCount = 9,
        critic_filters: Width = 64,
        cycle_weight: Weight = 10.0,
        identity_weight: Weight = 0.5,
        pool_size: SmallCount = 50,
        skip: bool = False,
        ema_decay: OpenFraction = 0.0,
        name: str = "cyclegan",
    ):
        super().__init__(locals())
        height, width, channels = image_shape
        if height != width or height % 8 or height < 24:
            raise UserError(
                f"model.image_shape must be square, its side a multiple of 8 from 24, got {list(image_shape)}."
            )
        self.cycle_weight, self.identity_weight = cycle_weight, identity_weight
        for domain in "ab":
            generator = cycle_generator(channels, filters, blocks, skip, f"generator_{domain}")
            discriminator = patch_discriminator(image_shape, critic_filters, f"discriminator_{domain}")
            pool = PicturePool(pool_size, name=f"pool_{domain}")
            pool.build((None, *image_shape))
            for network in (generator, discriminator, pool):
                setattr(self, network.name, network)
            self.average(generator.name, ema_decay)

    def check_batch(self, size):
        if size % 2 or size // 2 > self.config["pool_size"]:
            raise UserError(
                f"{self.name} takes half of a batch from either domain, and model.pool_size = "
                f"{self.config['pool_size']} must hold that half: set train.batch_size to another number than {size}."
            )

    def check_data(self, data):
        domain = ops.convert_to_numpy(data["domain"])
        self.check_batch(len(domain))
        if 2 * np.sum(domain == DOMAINS["A"]) != len(domain):
            raise UserError(
                f"{self.name} takes half of a batch from either domain, got {np.sum(domain == DOMAINS['A'])} of "
                f"{len(domain)} pictures of A. Set data.sampler to `balanced:domain`."
            )

    def call(self, data, training=False):
        return self.generator_b({"image": data["image"]}, training=training)["images"]

    def train_step(self, data):
        # Bring the pictures of A before those of B.
        image = ops.take(data["image"], ops.argsort(data["domain"]), axis=0)
        a, b = ops.split(image, 2)
        made = {}

        def generator_loss():
            made["a"], made["b"] = self.make("a", b), self.make("b", a)
            terms = {
                "adversarial_loss": _squares(self.judge("a", made["a"]), 1.0)
                + _squares(self.judge("b", made["b"]), 1.0),
                "cycle_loss": (_distance(self.make("a", made["b"]), a) + _distance(self.make("b", made["a"]), b)) / 2,
                "identity_loss": ops.zeros(()),
            }
            if self.identity_weight:
                terms["identity_loss"] = (_distance(self.make("a", a), a) + _distance(self.make("b", b), b)) / 2
            distances = terms["cycle_loss"] + self.identity_weight * terms["identity_loss"]
            return terms["adversarial_loss"] + 2 * self.cycle_weight * distances, terms

        g_loss, g_terms = self.minimize(generator_loss, "generator_a", "generator_b")
        fake_a = self.pool_a.exchange(ops.stop_gradient(made["a"]), self.seed_generator)
        fake_b = self.pool_b.exchange(ops.stop_gradient(made["b"]), self.seed_generator)

        def discriminator_loss():
            real = self.judge("a", a), self.judge("b", b)
            fake = self.judge("a", fake_a), self.judge("b", fake_b)
            loss = sum(_squares(logits, 1.0) for logits in real) + sum(_squares(logits, 0.0) for logits in fake)
            means = ((ops.mean(first) + ops.mean(second)) / 2 for first, second in (real, fake))
            return loss / 2, dict(zip(("real_score", "fake_score"), means, strict=True))

        d_loss, d_terms = self.minimize(discriminator_loss, "discriminator_a", "discriminator_b")
        self.update_averages()
        return self.log(d_loss=d_loss, g_loss=g_loss, **d_terms, **g_terms)

    def make(self, domain, image):
        """Return pictures of a domain, "a" or "b", made of others as in training."""
        return getattr(self, f"generator_{domain}")({"image": image}, training=True)["images"]

    def judge(self, domain, image):
        """Return how real patches of pictures look to the discriminator of a domain, "a" or "b"."""
        return getattr(self, f"discriminator_{domain}")({"image": image}, training=True)["logits"]

    def translate(self, images, to: str) -> np.ndarray:
        """Return pictures as pictures of a domain.

        Args:
            images: float (n, H, W, C) in [-1, 1], array or tensor; H and W are multiples of 4 from 8.
            to: "A" or "B", the domain to arrive at.

        Returns:
            float32 array (n, H, W, C) in [-1, 1].

        Raises:
            UserError: An unknown domain, or pictures of another shape or range.
        """
        if to not in DOMAINS:
            raise UserError(f"{self.name} translates to the domains A and B, got `{to}`.{did_you_mean(to, DOMAINS)}")
        images, channels = ops.convert_to_numpy(images), self.image_shape[-1]
        if images.ndim != 4 or images.shape[3] != channels or any(n % 4 or n < SMALLEST for n in images.shape[1:3]):
            raise UserError(
                f"images must be (n, height, width, {channels}) with sides that are multiples of 4, {SMALLEST} or "
                f"more, got {images.shape}."
            )
        images = check_pictures(images, images.shape[1:], exact=True)
        generator = self.network(f"generator_{to.lower()}")
        return in_chunks(lambda x: generator({"image": x}, training=False)["images"], images)

    def validate(self, images, columns):
        """Return how far held-out pictures come back, and what is changed of those that are of the domain already."""
        numbers = {"cycle_error": [], "identity_error": []}
        for own, other in (("A", "B"), ("B", "A")):
            pictures = images[columns["domain"] == DOMAINS[own]][:PICTURES]
            back = self.translate(self.translate(pictures, other), own)
            numbers["cycle_error"].append(np.abs(back - pictures).mean())
            numbers["identity_error"].append(np.abs(self.translate(pictures, own) - pictures).mean())
        return {name: float(np.mean(values)) for name, values in numbers.items()}

    def preview(self, images, columns):
        """Return, for both directions, rows of a held-out picture, its translation, and the way back."""
        shown = {}
        for own, other in (("A", "B"), ("B", "A")):
            pictures = images[columns["domain"] == DOMAINS[own]][:SHOWN]
            translated = self.translate(pictures, other)
            triple = [pictures, translated, self.translate(translated, own)]
            shown[f"{own}_to_{other}".lower()] = np.stack(triple, axis=1)
        return shown
