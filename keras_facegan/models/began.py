"""BEGAN: the discriminator is an auto-encoder, and a controller keeps both players in balance.

BEGAN: Boundary Equilibrium Generative Adversarial Networks. Berthelot, Schumm, Metz 2017, arXiv 1703.10717. Widths
and initial values are those of the public code that the paper's pictures are compared with, for the paper gives few.
"""

import keras
from keras import layers, ops

from keras_facegan.arguments import Fraction, ImageShape, OpenFraction, Positive, Width
from keras_facegan.errors import UserError
from keras_facegan.models._latent import LatentModel
from keras_facegan.networks.latents import LatentPrior
from keras_facegan.registry import MODELS
from keras_facegan.seam import replicas

# Side of the narrowest map.
SMALLEST = 8


def _scales(image_shape):
    """Return the number of map sizes from the picture's side down to the narrowest."""
    side = image_shape[0]
    if image_shape[1] != side or side < 2 * SMALLEST or side & (side - 1):
        sides = "16, 32, 64, 128 or 256"
        raise UserError(f"image_shape must be [side, side, channels], side {sides}, got {list(image_shape)}.")
    return (side // SMALLEST).bit_length()


def _convolved(x, filters, strides=1):
    return layers.Conv2D(filters, 3, strides, "same", activation="elu")(x)


def decode(code, image_shape, filters):
    """Codes (B, n) -> pictures (B, side, side, channels), not bounded: the generator, and half of the discriminator."""
    x = layers.Dense(SMALLEST * SMALLEST * filters)(code)
    x = layers.Reshape((SMALLEST, SMALLEST, filters))(x)
    for scale in range(_scales(image_shape)):
        x = layers.UpSampling2D()(x) if scale else x
        x = _convolved(_convolved(x, filters), filters)
    x = layers.Conv2D(image_shape[-1], 3, padding="same")(x)
    return layers.Activation("linear", dtype="float32")(x)


def encode(image, image_shape, filters, code_dim):
    """Pictures (B, side, side, channels) -> codes (B, code_dim); the channels grow by `filters` per halving."""
    x, scales = _convolved(image, filters), _scales(image_shape)
    for scale in range(1, scales + 1):
        x = _convolved(_convolved(x, scale * filters), scale * filters)
        x = _convolved(x, scale * filters, strides=2) if scale < scales else x
    return layers.Dense(code_dim)(layers.Flatten()(x))


def began_generator(image_shape, filters, latent_dim):
    """Latents (B, latent_dim) -> images (B, side, side, channels), about [-1, 1]."""
    latents = keras.Input((latent_dim,), name="latents")
    return keras.Model({"latents": latents}, {"images": decode(latents, image_shape, filters)}, name="generator")


def began_discriminator(image_shape, filters, code_dim):
    """Images (B, side, side, channels) -> `rebuilt` of the same shape, from codes of length `code_dim`."""
    image = keras.Input(image_shape, name="image")
    rebuilt = decode(encode(image, image_shape, filters, code_dim), image_shape, filters)
    return keras.Model({"image": image}, {"rebuilt": rebuilt}, name="discriminator")


@MODELS.register("began")
@keras.saving.register_keras_serializable(package="keras_facegan")
class BEGAN(LatentModel):
    """An auto-encoder that rebuilds real pictures well and generated ones badly, against a generator.

    With 128 filters its networks have 1,716,611 and 13,405,379 parameters at 64 px. Of a picture v the discriminator
    says the error L(v) = mean |v - D(v)|. It minimises L(x) - k L(G(z)), the generator L(G(z)); k moves so that
    L(G(z)) stays at `diversity_ratio` times L(x). The measure M = L(x) + |diversity_ratio L(x) - L(G(z))| falls while
    the pictures get better.

    Args:
        image_shape: (side, side, channels), side 16, 32, 64, 128 or 256.
        filters: Channels of the generator's maps, and of the discriminator's at the full side.
        latent_dim: Length of a latent code, drawn uniformly from [-1, 1], and of the discriminator's codes.
        diversity_ratio: gamma in [0, 1]; less gives better pictures that are more alike.
        balance_rate: lambda_k, how fast k moves.
        ema_decay: Decay per step of the generator's moving average in [0, 1); 0 keeps none.

    Reference:
        Berthelot et al. 2017, arXiv 1703.10717, sections 3.3 to 3.5.
    """

    networks = ("generator", "discriminator")
    terms = ("d_loss", "g_loss", "real_error", "balance", "convergence")

    def __init__(
        self,
        image_shape: ImageShape = (64, 64, 3),
        filters: Width = 64,
        latent_dim: Width = 64,
        diversity_ratio: Fraction = 0.5,
        balance_rate: Positive = 1e-3,
        ema_decay: OpenFraction = 0.0,
        name: str = "began",
    ):
        super().__init__(locals())
        self.diversity_ratio, self.balance_rate = diversity_ratio, balance_rate
        self.generator = began_generator(image_shape, filters, latent_dim)
        self.discriminator = began_discriminator(image_shape, filters, latent_dim)
        # k of the paper. A weight of the model, so that a run goes on with it.
        self.balance = self.add_weight(shape=(), initializer="zeros", trainable=False, dtype="float32", name="balance")
        self.draw_from(LatentPrior(latent_dim, "uniform"))
        self.average("generator", ema_decay)

    def call(self, data, training=False):
        self.say_if_fresh("discriminator")
        return self.discriminator({"image": data["image"]}, training=training)["rebuilt"]

    def train_step(self, data):
        real = data["image"]

        def discriminator_loss():
            real_error, fake_error = self.error(real), self.error(ops.stop_gradient(self.draw(real)))
            return real_error - self.balance * fake_error, {"real_error": real_error}

        def generator_loss():
            return self.error(self.draw(real)), {}

        d_loss, d_terms = self.minimize(discriminator_loss, "discriminator")
        g_loss, g_terms = self.minimize(generator_loss, "generator")
        # Positive where the generated pictures are rebuilt too well.
        gap = replicas.mean(self.diversity_ratio * d_terms["real_error"] - g_loss)
        if self.evaluated is None:
            self.balance.assign(ops.clip(self.balance + self.balance_rate * gap, 0.0, 1.0))
        self.update_averages()
        measures = {"balance": self.balance, "convergence": d_terms["real_error"] + ops.abs(gap)}
        return self.log(d_loss=d_loss, g_loss=g_loss, **d_terms, **g_terms, **measures)

    def draw(self, real):
        """Return pictures of fresh codes, as many as there are real ones."""
        latents = self.prior.draw(ops.shape(real)[0], self.seed_generator)
        return self.generator({"latents": latents}, training=True)["images"]

    def error(self, images):
        """Return L, the mean absolute error of the discriminator's copy of pictures."""
        return ops.mean(ops.abs(images - self.discriminator({"image": images}, training=True)["rebuilt"]))
