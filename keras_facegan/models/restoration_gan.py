"""Restoration GAN: more pixels, less noise, less blur or no holes, judged by a discriminator of whole pictures.

DCGANs for image super-resolution, denoising and debluring. Yan, Wang 2017, Stanford EE367 winter project report, whose
networks are known by a reproduction; the variant "srez" is the code that the report builds on, Garcia 2016,
github.com/david-gpu/srez. Holes are filled by the same network, which the report does not do.
"""

from typing import Annotated, Literal

import keras
import msgspec
import numpy as np
from keras import ops

from keras_facegan.arguments import Fraction, ImageShape, OpenFraction, Width
from keras_facegan.errors import UserError
from keras_facegan.losses.adversarial import non_saturating
from keras_facegan.metrics.signal_to_noise import psnr
from keras_facegan.models._base import ZooModel
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.degradations import Degradation, TaskName, check_fits, gaussian_kernel, hide, shrink
from keras_facegan.networks.pictures import check_floats
from keras_facegan.networks.restorers import (
    DILATED_REACH,
    REACH,
    report_discriminator,
    report_restorer,
    srez_discriminator,
    srez_restorer,
)
from keras_facegan.registry import MODELS

# Held-out pictures that validation restores, and rows of a preview.
VALIDATED, SHOWN = 256, 8
BlurWidth = Annotated[float, msgspec.Meta(ge=0.1, le=20.0, description="a number of pixels from 0.1 to 20")]


@MODELS.register("restoration_gan")
@keras.saving.register_keras_serializable(package="keras_facegan")
class RestorationGAN(ZooModel):
    """Restores pictures; for one, two and four times the side 376,451, 413,507 and 450,563 parameters.

    The generator minimises (1 - w) L1 + w L_adv with w the `adversarial_weight`. L1 is the mean absolute error on
    values in [0, 1]; for "inpaint" it counts what is missing alone.

    Args:
        image_shape: (H, W, C) of the true pictures in training; other pictures may have any size.
        task: What is undone: "sr2" and "sr4" (a half and a quarter of the side), "denoise", "deblur" or "inpaint".
        variant: "report" or "srez"; the latter enlarges only.
        filters: Channels of the generator's hidden maps; "srez" multiplies them.
        critic_filters: Channels of the discriminator's first map.
        adversarial_weight: w in [0, 1]; with 0 no discriminator is trained, and L1 is all.
        content: What L1 compares: "full", the restored picture with the true one, or "consistency", the restored
            picture made small again with the small one, as srez does.
        skip: Whether the generator gives what is added to the picture that it reads, enlarged, instead of a new one.
        noise: For "denoise", the smallest and largest standard deviation of the noise, on values in [0, 1].
        blur: For "deblur", standard deviation of the Gaussian in pixels.
        ema_decay: Decay per step of the generator's moving average in [0, 1); 0 keeps none.

    Reference:
        Yan, Wang 2017, Stanford EE367 report.
    """

    networks = ("generator", "discriminator")
    inference = ("generator",)
    terms = ("d_loss", "g_loss", "content_loss", "adversarial_loss", "real_score", "fake_score")
    uses_held_out = True

    def __init__(
        self,
        image_shape: ImageShape = (64, 64, 3),
        task: TaskName = "sr4",
        variant: Literal["report", "srez"] = "report",
        filters: Width = 64,
        critic_filters: Width = 64,
        adversarial_weight: Fraction = 0.1,
        content: Literal["full", "consistency"] = "full",
        skip: bool = False,
        noise: tuple[Fraction, Fraction] = (0.01, 0.1),
        blur: BlurWidth = 2.0,
        ema_decay: OpenFraction = 0.0,
        name: str = "restoration_gan",
    ):
        super().__init__(locals())
        self.degradation = Degradation(task, tuple(noise), blur)
        self.task, self.scale = task, self.degradation.scale
        self.adversarial_weight, self.adversarial = adversarial_weight, non_saturating()
        self.is_consistent = content == "consistency"
        self._check_task(variant, noise)
        if variant == "srez":
            self.generator = srez_restorer(image_shape[-1], self.scale, filters, skip)
            self.discriminator = srez_discriminator(image_shape, critic_filters)
        else:
            self.generator = report_restorer(image_shape[-1], self.scale, filters, task == "inpaint", skip)
            self.discriminator = report_discriminator(image_shape, critic_filters)
        self.reach = DILATED_REACH if task == "inpaint" else REACH
        self.average("generator", ema_decay)

    def _check_task(self, variant, noise):
        if self.scale == 1 and (variant == "srez" or self.is_consistent):
            setting = "variant = `srez`" if variant == "srez" else "content = `consistency`"
            raise UserError(f"model.{setting} is for the tasks sr2 and sr4, not for {self.task}.")
        if noise[0] > noise[1]:
            raise UserError(f"model.noise must be [smallest, largest], got {list(noise)}.")
        if any(side % self.scale for side in self.image_shape[:2]):
            raise UserError(
                f"model.image_shape {list(self.image_shape)} of {self.task} must have sides that are multiples of "
                f"{self.scale}."
            )
        if self.task == "deblur":
            check_fits(self.image_shape[:2], len(gaussian_kernel(self.degradation.blur)))

    def shape_read_by(self, name):
        height, width, channels = self.image_shape
        scale = self.scale if name == "generator" else 1
        return height // scale, width // scale, channels

    def check_data(self, data):
        shape = tuple(data["image"].shape[1:])
        if shape != self.image_shape:
            raise UserError(
                f"{self.name} is trained on pictures of {self.image_shape}, got {shape}: resize them, or set "
                "image_shape. Only `restore` takes any size."
            )

    def call(self, data, training=False):
        known = {"known": data.get("known", ops.ones_like(data["image"][..., :1]))} if self.task == "inpaint" else {}
        return self.generator({"image": data["image"], **known}, training=training)["images"]

    def train_step(self, data):
        images = data["image"]
        spoilt = self.degradation(images, self.seed_generator)
        made = {}

        def generator_loss():
            made["restored"] = restored = self.generator(spoilt, training=True)["images"]
            content = self.content_loss(restored, images, spoilt)
            adversarial = ops.zeros(())
            if self.adversarial_weight:
                logits = self.discriminator({"image": restored}, training=True)["logits"]
                adversarial = self.adversarial.generator(None, logits)
            loss = (1.0 - self.adversarial_weight) * content + self.adversarial_weight * adversarial
            return loss, {"content_loss": content, "adversarial_loss": adversarial}

        def discriminator_loss():
            # Of pictures from before the generator's step: both move at once.
            fake = ops.stop_gradient(made["restored"])
            real, fake = (self.discriminator({"image": each}, training=True)["logits"] for each in (images, fake))
            scores = {"real_score": ops.mean(ops.sigmoid(real)), "fake_score": ops.mean(ops.sigmoid(fake))}
            return self.adversarial.discriminator(real, fake), scores

        g_loss, g_terms = self.minimize(generator_loss, "generator")
        d_loss, d_terms = ops.zeros(()), {"real_score": ops.zeros(()), "fake_score": ops.zeros(())}
        if self.adversarial_weight:
            d_loss, d_terms = self.minimize(discriminator_loss, "discriminator")
        self.update_averages()
        return self.log(d_loss=d_loss, g_loss=g_loss, **g_terms, **d_terms)

    def content_loss(self, restored, images, spoilt):
        """Return the mean absolute error on values in [0, 1].

        Args:
            restored: Tensor (B, H, W, C) in [-1, 1].
            images: The true pictures, of the same shape.
            spoilt: What the generator has read.
        """
        if self.is_consistent:
            restored, images = shrink(restored, self.scale), spoilt["image"]
        error = 0.5 * ops.mean(ops.abs(restored - images), axis=-1, keepdims=True)
        if "known" in spoilt:
            missing = 1.0 - spoilt["known"]
            return ops.sum(missing * error) / ops.maximum(ops.sum(missing), 1.0)
        return ops.mean(error)

    def restore(self, images, known=None) -> np.ndarray:
        """Restore pictures.

        Args:
            images: float (n, H, W, C) in [-1, 1], of any size.
            known: For "inpaint" alone: 1 or True where a picture is known and 0 where it is missing, (H, W) or
                (n, H, W).

        Returns:
            float32 array (n, scale * H, scale * W, C) in [-1, 1]. What is known of a picture with holes stays as it is.

        Raises:
            UserError: Pictures of another kind, no mask for "inpaint" or one for another task, a mask of another size.
        """
        images = self._checked(images)
        if (known is not None) != (self.task == "inpaint"):
            wanted = "needs a mask, `known`" if known is None else "takes no mask"
            raise UserError(f"{self.name} is trained for {self.task} and {wanted}.")
        network = self.network("generator")
        if known is None:
            return in_chunks(lambda x: network({"image": x}, training=False)["images"], images, growth=self.scale**2)
        masks = self._checked_mask(known, images)
        return in_chunks(lambda x, mask: network(hide(x, mask), training=False)["images"], images, masks)

    def _checked(self, images):
        images, channels = ops.convert_to_numpy(images), self.image_shape[-1]
        if images.ndim != 4 or images.shape[-1] not in (1, channels) or 0 in images.shape[1:3]:
            raise UserError(f"images must be (n, H, W, {channels}), got {images.shape}.")
        check_floats(images)
        return np.broadcast_to(images, (*images.shape[:3], channels)).astype("float32")

    def _checked_mask(self, known, images):
        known, (n, height, width) = np.asarray(known), images.shape[:3]
        if known.shape not in ((height, width), (n, height, width)):
            raise UserError(f"The mask must be ({height}, {width}) or ({n}, {height}, {width}), got {known.shape}.")
        if not np.isin(known, (0, 1)).all():
            raise UserError("The mask must be 1 where a picture is known and 0 where it is missing.")
        return np.broadcast_to(known, (n, height, width))[..., None].astype("float32")

    def degrade(self, images, seed: int = 0) -> dict[str, np.ndarray]:
        """Spoil pictures as in training.

        Args:
            images: float (n, H, W, C) in [-1, 1], sides multiples of `scale`.
            seed: Fixes what is drawn.

        Returns:
            Arguments of `restore`, less the last axis of the mask: "images", and "known" for "inpaint".
        """
        spoilt = self.degradation(ops.convert_to_tensor(images, "float32"), keras.random.SeedGenerator(seed))
        spoilt = {name: ops.convert_to_numpy(values) for name, values in spoilt.items()}
        known = {"known": spoilt["known"][..., 0]} if "known" in spoilt else {}
        return {"images": spoilt["image"], **known}

    def validate(self, images, columns):
        """Return the mean PSNR of restored and of spoilt held-out pictures, the latter enlarged bicubically."""
        images = images[:VALIDATED]
        spoilt = self.degrade(images)
        restored, enlarged = self.restore(**spoilt), self._enlarged(spoilt["images"])
        return {"psnr": float(psnr(restored, images).mean()), "spoilt_psnr": float(psnr(enlarged, images).mean())}

    def preview(self, images, columns):
        images = images[:SHOWN]
        spoilt = self.degrade(images)
        shown = [self._enlarged(spoilt["images"]), self.restore(**spoilt), images]
        return {"restored": np.stack(shown, axis=1)}

    def _enlarged(self, images):
        height, width = (self.scale * side for side in images.shape[1:3])
        if self.scale == 1:
            return images
        return np.clip(ops.convert_to_numpy(ops.image.resize(images, (height, width), "bicubic")), -1.0, 1.0)

    def export_signatures(self):
        """Return the signature `restore`: image, and `known` (B, H, W, 1) for "inpaint" -> images in [-1, 1]."""
        spoilt = self.degrade(np.random.default_rng(0).uniform(-1, 1, (5, *self.image_shape)).astype("float32"))
        examples = {"image": spoilt["images"]} | {name: spoilt[name][..., None] for name in spoilt if name == "known"}

        def restore(image, known=None):
            return self.restore(image, known if known is None else known[..., 0])

        return {"restore": (self.network("generator"), examples, restore)}
