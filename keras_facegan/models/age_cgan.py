"""Age-cGAN: a GAN on age groups draws a person again in another group, from the latent code found for a photo.

Face Aging with Conditional Generative Adversarial Networks. Antipov, Baccouche, Dugelay 2017, ICIP, arXiv 1702.01983.
Stage 1 is `cgan` on age groups, stage 2 the encoder of this file on pictures that stage 1 draws, and stage 3 the search
for the code of each photo, which changes no weights. The layers are DCGAN's, which the paper names but does not list.
"""

from typing import Literal

import keras
import numpy as np
from keras import layers, ops

from keras_facegan.arguments import AgeLimits, ImageShape, Interval, Width
from keras_facegan.errors import UserError
from keras_facegan.latent.objectives import distance
from keras_facegan.latent.quasi_newton import minimise_rows
from keras_facegan.layers.batch_norm import BatchNormalization
from keras_facegan.layers.group_ages import GroupAges
from keras_facegan.loading import load_helper
from keras_facegan.metrics.signal_to_noise import psnr
from keras_facegan.models._ageing import SHOWN, AgeingModel
from keras_facegan.networks.age_groups import age_group
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.conditional import conditional_generator
from keras_facegan.networks.conditions import AgeGroup
from keras_facegan.networks.dcgan import leaky, trunk
from keras_facegan.networks.latents import LatentPrior
from keras_facegan.registry import MODELS
from keras_facegan.seam import random
from keras_facegan.seam.descent import row_gradients
from keras_facegan.seam.gradients import float32_compute

# How the code of a photo is found: by the encoder alone, or from there on by the search.
Mode = Literal["initial", "pixel", "identity", "mixed"]
# Largest absolute value of a code's coordinate: 99.7 % of those that the generator was trained on are smaller.
BOUND = 3.0
# Weight of the mean squared error of pixels beside the squared distance of embeddings. Paper: names the mixture as
# future work, without a weight.
PIXEL_WEIGHT = 1.0
# Faces that are searched for together, that validation looks at, and pairs of codes that a step compares.
TOGETHER, VALIDATED, PAIRS = 32, 256, 8
# Mean difference of two faces of one group, of 2 from black to white, below which the code changes nothing.
COLLAPSED = 0.02


def code_encoder(image_shape, filters, hidden, latent_dim):
    """Images (B, side, side, channels) -> code (B, latent_dim), float32."""
    image = keras.Input(image_shape, name="image")
    widths = [filters * 2**n for n in range(4)]
    x = trunk(image, widths, leaky, first=layers.LeakyReLU(0.2), kernel=5)[-1]
    x = layers.LeakyReLU(0.2)(BatchNormalization()(layers.Dense(hidden)(layers.Flatten()(x))))
    code = layers.Activation("linear", dtype="float32")(layers.Dense(latent_dim)(x))
    return keras.Model({"image": image}, {"code": code}, name="encoder")


def _plain(value):
    return list(value) if isinstance(value, tuple) else value


@MODELS.register("age_cgan")
@keras.saving.register_keras_serializable(package="keras_facegan")
class AgeCGAN(AgeingModel):
    """Ages faces both ways; with the default sizes 5,184,515 parameters draw and 18,278,180 encode at 64 px.

    Args:
        image_shape: (side, side, channels), side 32, 64, 128 or 256.
        age_groups: Oldest year of each age group but the last.
        filters: Channels of the generator at half the image side, as those of stage 1.
        latent_dim: Length of a code, as in stage 1.
        encoder_filters: Channels of the encoder's first map, doubled at each of the other three.
        hidden: Width of the encoder's dense layer.
        generator: "stage:1", or the directory of a run, of a `cgan` on the same age groups with kernels of 5 and
            biases.
        age_network: Name of the weights, or directory of the run, of an age estimator, for faces of unknown age.
        face_network: The same of the `facenet` that says who a face is.
        mode: How the code of a face is found: "initial" takes the encoder's, the others search on from there, for the
            nearest "pixel" values, for the nearest "identity", or for both, "mixed".
        iterations: Iterations of the search at most.

    Reference:
        Antipov et al. 2017, arXiv 1702.01983.
    """

    networks = ("encoder",)
    inference = ("generator", "encoder", "group_ages")
    terms = ("code_loss", "variety")
    both_ways = True

    def __init__(
        self,
        image_shape: ImageShape = (64, 64, 3),
        age_groups: AgeLimits = (18, 29, 39, 49, 59),
        filters: Width = 64,
        latent_dim: Width = 100,
        encoder_filters: Width = 32,
        hidden: Width = 4096,
        generator: str = "stage:1",
        age_network: str = "age_estimator/utkface_64",
        face_network: str = "facenet/celeba_96",
        mode: Mode = "identity",
        iterations: Interval = 100,
        name: str = "age_cgan",
    ):
        super().__init__(locals())
        self.age_by(age_groups, age_network)
        self.group_ages = GroupAges(len(self.groups), name="group_ages")
        self.group_ages.build(None)
        self.prior, self.mode, self.iterations = LatentPrior(latent_dim), mode, iterations
        self.generator = conditional_generator(image_shape, AgeGroup(age_groups), filters, latent_dim, 5, True)
        self.generator.trainable = False
        self.encoder = code_encoder(image_shape, encoder_filters, hidden, latent_dim)
        # Compiled losses of the search by mode, which hold the identity network.
        self._losses = {}

    def adapt(self, examples):
        """Take the mean age of each group from the training pictures, and the generator from stage 1."""
        super().adapt(examples)
        helper = load_helper(self.config["generator"], "cgan")
        # A prior of N(0, 1) is what the search and its bounds know.
        wanted = {"condition": "age_groups", "network": "convolutional", "kernel_size": 5, "use_bias": True}
        wanted |= {"latent": "normal", "latent_range": 1.0}
        wanted |= {name: self.config[name] for name in ("image_shape", "age_groups", "filters", "latent_dim")}
        for name, value in wanted.items():
            if _plain(helper.config[name]) != _plain(value):
                raise UserError(
                    f"{self.config['generator']} has model.{name} = {_plain(helper.config[name])}, expected "
                    f"{_plain(value)} for this model. Train a cgan with it, or change model.{name}."
                )
        self.generator.set_weights(helper.network("generator").get_weights())

    def estimator(self):
        """Load an age estimator; it is asked for years alone, so its groups may be others."""
        return load_helper(self.age_network, "age_estimator")

    def call(self, data, training=False):
        code = self.encoder({"image": data["image"]}, training=training)["code"]
        return self._draw(code, age_group(data["age"], self.groups.thresholds))

    def train_step(self, data):
        count = ops.shape(data["image"])[0]
        codes = self.prior.draw(count, self.seed_generator)
        groups = random.randint((count,), 0, len(self.groups), self.seed_generator)
        faces = self._draw(codes, groups)

        def loss_fn():
            # Paper: the Euclidean distance. Its square is smooth, and a mean of coordinates does not grow with them.
            return ops.mean(ops.square(self.encoder({"image": faces}, training=True)["code"] - codes)), {}

        loss, _ = self.minimize(loss_fn, "encoder")
        # The opposite code is as likely as the code itself, and as far from it as two codes are.
        others = self._draw(-codes[:PAIRS], groups[:PAIRS])
        return self.log(code_loss=loss, variety=ops.mean(ops.abs(others - faces[:PAIRS])))

    def diagnose(self, logs):
        """Return what is wrong where the generator draws one face per age group, else None."""
        if logs["variety"] >= COLLAPSED:
            return None
        return (
            f"faces of one age group differ by {logs['variety']:.3f} of 2: the generator of stage 1 gives every code "
            "the same face, so there is nothing to encode, and every photo would become that face. Train stage 1 "
            "longer, or with another seed."
        )

    def _draw(self, codes, groups):
        return self.generator({"latents": codes, "age_group": groups}, training=False)["images"]

    # Stage 3.

    def find_codes(self, images: np.ndarray, source_group, mode: Mode | None = None) -> np.ndarray:
        """Find the latent codes of faces.

        Args:
            images: float (n, side, side, 3) in [-1, 1].
            source_group: Their age groups, int or int array (n,).
            mode: As the constructor's, which None takes.

        Returns:
            float32 (n, latent_dim), no coordinate beyond `BOUND` after a search.

        Raises:
            UserError: Pictures of another shape or range, no such group or mode, or no identity network.
        """
        images = self._checked(images)
        groups = self._groups(source_group, len(images), "source_group")
        codes = in_chunks(lambda x: self.encoder({"image": x}, training=False)["code"], images)
        mode = mode or self.mode
        if mode not in Mode.__args__:
            raise UserError(f"mode must be one of {', '.join(Mode.__args__)}, got `{mode}`.")
        if mode == "initial":
            return codes
        for start in range(0, len(images), TOGETHER):
            part = slice(start, start + TOGETHER)
            codes[part] = self._search(mode, codes[part], images[part], groups[part])
        return codes

    def _search(self, mode, codes, images, groups):
        if mode not in self._losses:
            self._losses[mode] = row_gradients(self._loss(mode))
        losses, (targets, people) = self._losses[mode], self._targets(mode, images)
        return minimise_rows(
            lambda rows, moved: losses(moved, targets[rows], people[rows], groups[rows]), codes, BOUND, self.iterations
        )

    def _loss(self, mode):
        """Return the loss (B,) of codes (B, latent_dim) for pictures, their embeddings and groups."""

        def loss_fn(codes, targets, people, groups):
            with float32_compute(self.generator):
                images = self._draw(codes, groups)
            pixel = distance("l2", images, targets, ops.ones_like(targets[..., :1]))
            if mode == "pixel":
                return pixel
            # Paper: the distance. The square of it has the same minimum and is smooth there.
            identity = ops.sum(ops.square(self._identify(images) - people), axis=-1)
            return identity + PIXEL_WEIGHT * pixel if mode == "mixed" else identity

        return loss_fn

    def _targets(self, mode, images):
        if mode == "pixel":
            return images, np.zeros((len(images), 0), "float32")
        return images, in_chunks(self._identify, images)

    def _identify(self, images):
        if "embedder" not in self._losses:
            embedder = load_helper(self.config["face_network"], "facenet").network("embedder")
            # Keras tracks attributes: a closure keeps this network out of checkpoints.
            self._losses["embedder"] = lambda images: embedder({"image": images}, training=False)["embedding"]
        return self._losses["embedder"](images)

    def reconstruct(self, images: np.ndarray, source_group=None, mode: Mode | None = None) -> np.ndarray:
        """Draw faces again in their own age groups.

        Args:
            images: As for `find_codes`, like the other arguments.
            source_group: Estimated when it is None.
            mode: As for `find_codes`.

        Returns:
            float32 (n, side, side, 3) in [-1, 1].

        Raises:
            UserError: As for `find_codes`.
        """
        images = self._checked(images)
        if source_group is None:
            source_group = self.groups.of(self.estimator().estimate_age(images))
        groups = self._groups(source_group, len(images), "source_group")
        return in_chunks(self._draw, self.find_codes(images, groups, mode), groups)

    def age_path(self, images, source_group, *, gender=None, mode: Mode | None = None) -> np.ndarray:
        """Age faces into every group.

        Args:
            images: As for `age`.
            source_group: As for `age`, but not None.
            gender: None.
            mode: As for `find_codes`.

        Returns:
            float32 array (n, groups, side, side, 3) in [-1, 1]; the place of a face's own group holds the face itself.
        """
        images = self._checked(images)
        self._gender(gender, images)
        own = self._groups(source_group, len(images), "source_group")
        codes = self.find_codes(images, own, mode)
        path = [in_chunks(self._draw, codes, np.full_like(own, group)) for group in range(len(self.groups))]
        path = np.stack(path, axis=1)
        path[np.arange(len(own)), own] = images
        return path

    def _aged(self, images, start, end, gender):
        # Not in chunks as the base has it: they are padded, and every padded row would be searched for.
        aged, away = images.copy(), np.flatnonzero(self.changes(start, end))
        if len(away):
            aged[away] = in_chunks(self._draw, self.find_codes(images[away], start[away]), end[away])
        return aged

    def preview(self, images, columns):
        images, groups = images[:SHOWN], self.groups.of(columns["age"])[:SHOWN]
        return {"ages": self.age_path(images, groups, mode="initial")} if len(images) else {}

    def validate(self, images, columns):
        """Return how near the encoder alone comes to held-out faces."""
        images, groups = images[:VALIDATED], self.groups.of(columns["age"])[:VALIDATED]
        return {"initial_psnr": float(psnr(self.reconstruct(images, groups, "initial"), images).mean())}

    def export_signatures(self):
        """Return the signature `age`: image, source_group, target_group (B,) -> images in [-1, 1].

        It takes the codes of the encoder, as mode "initial" does: the search of the other modes is no network.
        """

        def draw(inputs):
            codes = self.encoder({"image": inputs["image"]}, training=False)["code"]
            return self._draw(codes, inputs["target_group"])

        def age(image, source_group, target_group):
            return self.age_path(image, source_group, mode="initial")[np.arange(len(image)), target_group]

        return {"age": (*self._age_signature(draw), age)}
