"""Glow: a network that can be run backwards, so that it draws pictures and says exactly how likely one is.

Glow: Generative Flow with Invertible 1x1 Convolutions. Kingma, Dhariwal 2018, arXiv 1807.03039. Widths, initial values
and the edge channel are those of the public code, whose parameter counts this file reproduces.
"""

import keras
import numpy as np
from keras import layers, ops

from keras_facegan.arguments import Bits, ImageShape, OpenFraction, SmallCount, Width
from keras_facegan.errors import UserError
from keras_facegan.layers.act_norm import ActNorm, starting
from keras_facegan.layers.coupling import Coupling
from keras_facegan.layers.invertible import Invertible
from keras_facegan.layers.invertible_convolution import InvertibleConv2D
from keras_facegan.layers.learned_prior import LearnedPrior, SplitPrior, TopPrior
from keras_facegan.layers.squeeze import Squeeze
from keras_facegan.metrics.likelihood import bits_per_dim
from keras_facegan.models._latent import LatentModel
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.latents import LatentPrior
from keras_facegan.networks.pictures import check_pictures
from keras_facegan.registry import MODELS
from keras_facegan.seam import random

# Pictures are drawn with codes of this standard deviation: nearer to the mode they look better, and are more alike.
TEMPERATURE = 0.7
LOG_2PI = float(np.log(2.0 * np.pi))


def flow_steps(x, depth, width, affine=True, factored=False):
    """Take steps of the flow: activation normalisation, invertible 1 x 1 convolution, coupling.

    Args:
        x: Keras tensor (B, H, W, C), C even.
        depth: Number of steps, K in the paper.
        width: Channels of the hidden maps of a coupling's network.
        affine: Whether couplings scale.
        factored: Whether the convolutions train the factors of their matrices.

    Returns:
        `(y, log_dets)`: tensor (B, H, W, C), and a list of tensors (B,).
    """
    log_dets = []
    for _ in range(depth):
        for layer in (ActNorm(), InvertibleConv2D(factored), Coupling(width, affine)):
            x, log_det = layer(x)
            log_dets.append(log_det)
    return x, log_dets


def glow_flow(image_shape, levels, depth, width, affine, factored):
    """Images (B, side, side, channels) -> `latents` (B, side * side * channels) and `log_density` (B,) in nats."""
    side = image_shape[0]
    if image_shape[1] != side or side % 2**levels:
        raise UserError(
            f"image_shape must be [side, side, channels] with a side that can be halved {levels} times "
            f"(model.levels), got {list(image_shape)}."
        )
    x = image = keras.Input(image_shape, name="image", dtype="float32")
    codes, log_dets = [], []
    for level in range(levels):
        x, steps = flow_steps(Squeeze()(x), depth, width, affine, factored)
        log_dets += steps
        if level < levels - 1:
            x, code, log_det = SplitPrior()(x)
        else:
            code, log_det = TopPrior()(x)
        codes.append(code)
        log_dets.append(log_det)
    latents = layers.Concatenate(dtype="float32")(codes) if levels > 1 else code
    return keras.Model({"image": image}, density_outputs(latents, log_dets), name="flow")


def density_outputs(latents, log_dets):
    """Return `{"latents", "log_density"}` by the change of variables: log N(latents; 0, 1) + sum of log |det|."""
    normal = -0.5 * ops.sum(ops.square(latents) + LOG_2PI, axis=-1)
    return {"latents": latents, "log_density": sum(log_dets, normal)}


def inverse_of(flow):
    """Return the model latents (B, dim) -> images that a flow runs backwards, on the same weights."""
    end = flow.output["latents"].shape[-1]
    x = latents = keras.Input((end,), name="latents", dtype="float32")
    for layer in reversed(flow.layers):
        if isinstance(layer, LearnedPrior):
            codes = latents[:, end - layer.num_codes : end]
            end -= layer.num_codes
            x = layer([x, codes], inverse=True) if isinstance(layer, SplitPrior) else layer(codes, inverse=True)
        elif isinstance(layer, Invertible | Squeeze):
            x = layer(x, inverse=True)
    return keras.Model({"latents": latents}, {"images": x}, name="decoder")


@MODELS.register("glow")
@keras.saving.register_keras_serializable(package="keras_facegan")
class Glow(LatentModel):
    """A normalising flow between pictures and normal latents, trained by its exact likelihood.

    Pictures are dequantised: a value among 2^bits levels gets uniform noise as wide as a level, and the density is that
    over [-1, 1]. With 32 steps of width 512 on three levels it has 44.6 million parameters at 32 px. Latents are the
    codes of all levels, as many as a picture has values, each standard normal: the learned priors of mean and scale are
    part of the flow. Half precision computes the networks of the couplings while training, and nothing else.

    Args:
        image_shape: (side, side, channels), a side that can be halved `levels` times.
        levels: Number of scales, L in the paper.
        depth: Steps per scale, K in the paper.
        width: Channels of the hidden maps of a coupling's network.
        affine: Whether couplings scale, or only shift (additive).
        factored: Whether 1 x 1 convolutions train the factors of their matrices ("LU"), or these.
        bits: Bits per value that are modelled, 1 to 8; 5 leaves 32 levels of 256.
        ema_decay: Decay per step of the flow's moving average in [0, 1); 0 keeps none.

    Reference:
        Kingma, Dhariwal 2018, arXiv 1807.03039.
    """

    networks = ("flow",)
    inference = ("flow",)
    decoder_name = "decoder"
    sampling_temperature = TEMPERATURE
    terms = ("bits_per_dim",)
    uses_held_out = True

    def __init__(
        self,
        image_shape: ImageShape = (32, 32, 3),
        levels: SmallCount = 3,
        depth: SmallCount = 32,
        width: Width = 512,
        affine: bool = True,
        factored: bool = False,
        bits: Bits = 8,
        ema_decay: OpenFraction = 0.0,
        name: str = "glow",
    ):
        super().__init__(locals())
        self.num_levels = 2**bits
        self.level_width = 2.0 / self.num_levels
        self.num_dims = int(np.prod(self.image_shape))
        self.flow = glow_flow(image_shape, levels, depth, width, affine, factored)
        self.average("flow", ema_decay)
        self.decoder = inverse_of(self.network("flow"))
        self.draw_from(LatentPrior(self.num_dims))

    def begin(self, data):
        """Start the normalisations by a batch, so that the channels of all layers have mean 0 and variance 1."""
        with starting(self.flow) as fresh:
            if fresh:
                # Paper: 256 pictures; here those of the first step.
                self.flow({"image": self.dequantised(data["image"], 0.5)})
        if fresh:
            for average in self.averages.values():
                average.set_weights(self.flow.get_weights())

    def call(self, data, training=False):
        return self.flow({"image": data["image"]}, training=training)["log_density"]

    def train_step(self, data):
        noise = random.uniform(ops.shape(data["image"]), seed=self.seed_generator)
        images = self.dequantised(data["image"], noise)

        def loss():
            log_density = self.flow({"image": images}, training=True)["log_density"]
            return bits_per_dim(-ops.mean(log_density), self.num_dims, self.level_width), {}

        bits, terms = self.minimize(loss, "flow")
        self.update_averages()
        return self.log(bits_per_dim=bits, **terms)

    def dequantised(self, images, noise):
        """Return pictures whose values lie anywhere within their levels.

        Args:
            images: float tensor (B, H, W, C) in [-1, 1], of 256 levels.
            noise: Where within its level a value lies, in [0, 1]: scalar or tensor of the shape of `images`.

        Returns:
            float32 tensor (B, H, W, C) in [-1, 1].
        """
        of_256 = ops.round((ops.clip(images, -1.0, 1.0) + 1.0) * 127.5)
        level = ops.floor(of_256 * (self.num_levels / 256))
        return (level + noise) * self.level_width - 1.0

    def encode(self, images):
        """Return the latents of pictures, those that `decode` draws them from.

        Args:
            images: float (n, side, side, channels) in [-1, 1].

        Returns:
            float32 array (n, side * side * channels).

        Raises:
            UserError: Pictures of another shape or range.
        """
        return self._of_flow("latents", images)

    def log_density(self, images):
        """Return the logarithm of the density at pictures as they are, float32 (n,), nats.

        Args:
            images: float (n, side, side, channels) in [-1, 1].

        Raises:
            UserError: Pictures of another shape or range.
        """
        return self._of_flow("log_density", images)

    def log_prob(self, images, seed=0):
        """Return the logarithm of the density at dequantised pictures, in nats.

        Its mean, plus `num_dims * log(level_width)`, is a lower bound of the log-probability of the levels.

        Args:
            images: float (n, side, side, channels) in [-1, 1], of 256 levels.
            seed: Fixes the noise; that of picture i depends on `seed` and i alone.

        Returns:
            float32 array (n,).

        Raises:
            UserError: Pictures of another shape or range.
        """
        images = self._checked(images)
        noise = np.random.default_rng(seed).random(images.shape, dtype="float32")
        return self.log_density(ops.convert_to_numpy(self.dequantised(images, noise)))

    def validate(self, images, columns):
        """Return the bits per value of pictures that are not trained on."""
        nats = -self.log_prob(images).mean(dtype="float64")
        return {"bits_per_dim": bits_per_dim(nats, self.num_dims, self.level_width)}

    def sample_latents(self, n, seed=0, temperature=TEMPERATURE):
        """Return float32 (n, latent_dim) codes; code i depends on `seed` and i alone.

        Args:
            n: Number of codes.
            seed: Fixes them.
            temperature: Their standard deviation, above 0; 1 is the distribution that is trained.

        Raises:
            UserError: A temperature that is not above 0.
        """
        if not 0 < temperature < np.inf:
            raise UserError(f"temperature must be a number above 0, such as {TEMPERATURE} or 1, got {temperature}.")
        return np.float32(temperature) * self.prior.sample(n, seed)

    def sample_inputs(self, n, seed=0, **wanted):
        """Return `{"latents": (n, latent_dim)}`, see `sample_latents`; `wanted` may hold `temperature`."""
        latents = self.sample_latents(n, seed, wanted.pop("temperature", TEMPERATURE))
        return super().sample_inputs(n, seed, **wanted) | {"latents": latents}

    def export_signatures(self):
        """Return the signatures `generate`, of latents, and `encode`, of pictures."""
        flow = self.network("flow")
        encoder = keras.Model(flow.input, {"latents": flow.output["latents"]})
        examples = {"image": np.random.default_rng(0).uniform(-1, 1, (5, *self.image_shape)).astype("float32")}
        return {**super().export_signatures(), "encode": (encoder, examples, lambda image: self.encode(image))}

    def _of_flow(self, output, images):
        flow = self.network("flow")
        return in_chunks(lambda rows: flow({"image": rows}, training=False)[output], self._checked(images))

    def _checked(self, images):
        return check_pictures(images, self.image_shape, exact=True)
