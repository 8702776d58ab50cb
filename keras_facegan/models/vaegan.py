"""VAE/GAN: a variational auto-encoder that is told by a discriminator's features how near its pictures are.

Autoencoding beyond pixels using a learned similarity metric. Larsen, Sonderby, Larochelle, Winther 2016, arXiv
1512.09300. Where the paper is silent, balance and weights are those of its public code. It differs in the distance of
features, which takes the discriminator's normalisations by their moving averages.
"""

import keras
from keras import layers, ops

from keras_facegan.arguments import ImageShape, OpenFraction, Positive, Steps, Weight, Width
from keras_facegan.losses.likelihood import divergence_from_normal
from keras_facegan.models._encoding import EncodingModel
from keras_facegan.networks.autoencoders import (
    convolutional_decoder,
    convolutional_encoder,
    rectified,
    sample_codes,
)
from keras_facegan.networks.latents import LatentPrior
from keras_facegan.registry import MODELS
from keras_facegan.seam import replicas


def vaegan_decoder(image_shape, filters, latent_dim):
    """Latents (B, latent_dim) -> images (B, side, side, channels) in [-1, 1]."""
    latents, values = convolutional_decoder(image_shape, filters, latent_dim)
    images = layers.Activation("tanh", dtype="float32")(values)
    return keras.Model({"latents": latents}, {"images": images}, name="decoder")


def vaegan_discriminator(image_shape, filters, hidden):
    """Images (B, side, side, channels) -> logits (B, 1), and `features` of the third halving convolution."""
    image = keras.Input(image_shape, name="image")
    x = layers.Conv2D(max(filters // 2, 1), 5, padding="same", activation="relu")(image)
    for width in (2 * filters, 4 * filters):
        x = rectified(layers.Conv2D(width, 5, 2, "same", use_bias=False)(x))
    x = layers.Conv2D(4 * filters, 5, 2, "same", use_bias=False)(x)
    # The code takes them before the normalisation, so that they depend on one picture alone.
    features = layers.Activation("linear", dtype="float32")(x)
    x = rectified(layers.Dense(hidden, use_bias=False)(layers.Flatten()(rectified(x))))
    logits = layers.Activation("linear", dtype="float32")(layers.Dense(1)(x))
    return keras.Model({"image": image}, {"logits": logits, "features": features}, name="discriminator")


@MODELS.register("vaegan")
@keras.saving.register_keras_serializable(package="keras_facegan")
class VAEGAN(EncodingModel):
    """Encoder, decoder and discriminator of 35,112,768, 4,693,155 and 10,953,857 parameters at 64 px.

    The encoder minimises the divergence from the prior and the distance of features, and gets nothing of the game; the
    decoder minimises the distance of features and plays for rebuilt and for drawn pictures; the discriminator plays
    against both, and gets nothing of the distance.

    Args:
        image_shape: (side, side, channels), side a multiple of 8.
        filters: Channels of the encoder's first map, 64 in the paper; all other maps keep its ratios.
        hidden: Width of the encoder's dense layer: 2,048 in the paper, 1,024 in its code.
        judge_hidden: Width of the discriminator's dense layer.
        latent_dim: Length of a code.
        likelihood_weight: gamma, weight of the distance of features in the decoder's loss. The distance is summed over
            the features, so it is small.
        likelihood_ramp: Steps of the decoder in which that weight grows from 0: features of a discriminator that has
            seen little say little. 0 in the paper.
        equilibrium: Cross-entropy of the discriminator that both players are held near to.
        margin: How far from it: below, the discriminator rests, and above, the decoder.
        ema_decay: Decay per step of the moving averages of encoder and decoder in [0, 1); 0 keeps none.

    Reference:
        Larsen et al. 2016, arXiv 1512.09300.
    """

    networks = ("encoder", "decoder", "discriminator")
    terms = (
        "prior_loss", "feature_loss", "d_loss", "g_loss", "real_score", "rebuilt_score", "drawn_score",
        "discriminator_moves", "decoder_moves",
    )  # fmt: skip

    def __init__(
        self,
        image_shape: ImageShape = (64, 64, 3),
        filters: Width = 64,
        hidden: Width = 2048,
        judge_hidden: Width = 512,
        latent_dim: Width = 128,
        likelihood_weight: Weight = 1e-6,
        likelihood_ramp: Steps = 0,
        equilibrium: Positive = 0.68,
        margin: Positive = 0.35,
        ema_decay: OpenFraction = 0.0,
        name: str = "vaegan",
    ):
        super().__init__(locals())
        self.likelihood_weight, self.likelihood_ramp = likelihood_weight, likelihood_ramp
        self.equilibrium, self.margin = equilibrium, margin
        self.encoder = convolutional_encoder(image_shape, filters, hidden, latent_dim)
        self.decoder = vaegan_decoder(image_shape, filters, latent_dim)
        self.discriminator = vaegan_discriminator(image_shape, filters, judge_hidden)
        self.draw_from(LatentPrior(latent_dim))
        self.average("encoder", ema_decay)
        self.average("decoder", ema_decay)

    def train_step(self, data):
        def moves(terms):
            return {name: terms[f"{name}_moves"] > 0 for name in ("decoder", "discriminator")}

        losses, terms = self.minimize_each(lambda: self.losses(data["image"]), moves)
        self.update_averages()
        return self.log(d_loss=losses["discriminator"], **terms)

    def losses(self, images):
        """Return the loss of every network from one forward pass (algorithm 1 of the paper), and the terms of a step.

        Args:
            images: float32 (B, side, side, channels) in [-1, 1].
        """
        posterior = self._encode(images)
        codes = sample_codes(posterior, self.seed_generator)
        drawn = self.prior.draw(ops.shape(codes)[0], self.seed_generator)
        pictures = {"real": images, "rebuilt": self._draw(codes), "drawn": self._draw(drawn)}
        logits = {name: self._judge(each)["logits"] for name, each in pictures.items()}
        prior = ops.mean(divergence_from_normal(posterior["mean"], posterior["log_variance"]))
        # By the moving averages, so that they depend on one picture alone: statistics of their own would hide from the
        # distance that all of a batch is rebuilt too bright or too rich in contrast.
        features = feature_distance(self._judge(images, False), self._judge(pictures["rebuilt"], False))
        real = ops.mean(ops.softplus(-logits["real"]))
        fake = 0.5 * (ops.mean(ops.softplus(logits["rebuilt"])) + ops.mean(ops.softplus(logits["drawn"])))
        game = ops.mean(ops.softplus(-logits["rebuilt"])) + ops.mean(ops.softplus(-logits["drawn"]))
        step = ops.cast(self.optimizers["decoder"].iterations + 1, "float32")
        weight = self.likelihood_weight * ops.minimum(step / max(self.likelihood_ramp, 1), 1.0)
        losses = {
            "encoder": prior + features,
            "decoder": game + weight * features,
            "discriminator": real + fake,
        }
        moves = zip(("discriminator_moves", "decoder_moves"), self._balance(real, fake), strict=True)
        return losses, {
            "prior_loss": prior,
            "feature_loss": features,
            "g_loss": losses["decoder"],
            **{f"{name}_score": ops.mean(ops.sigmoid(each)) for name, each in logits.items()},
            **{name: ops.cast(each, "float32") for name, each in moves},
        }

    def _balance(self, real, fake):
        whole = replicas.means({"real": real, "fake": fake})
        return balance(whole["real"], whole["fake"], self.equilibrium, self.margin)

    def _encode(self, images):
        return self.encoder({"image": images}, training=True)

    def _draw(self, latents):
        return self.decoder({"latents": latents}, training=True)["images"]

    def _judge(self, images, training=True):
        return self.discriminator({"image": images}, training=training)


def feature_distance(real, rebuilt):
    """Return half the squared distance of two sets of features, a mean over pictures: a Gaussian's log-likelihood.

    Args:
        real: Outputs of the discriminator for pictures, with `features` (B, H, W, C).
        rebuilt: The same for what is rebuilt of them.
    """
    gap = ops.square(real["features"] - rebuilt["features"])
    return 0.5 * ops.mean(ops.sum(gap, axis=(1, 2, 3)))


def balance(real, fake, equilibrium, margin):
    """Return whether the discriminator and whether the decoder moves, by the cross-entropies of the discriminator.

    The discriminator rests where it tells real or generated pictures too well, the decoder where it tells either too
    badly; where both would rest, both move.

    Args:
        real: Scalar, cross-entropy on real pictures.
        fake: Scalar, the same on generated ones.
        equilibrium: Cross-entropy to stay near to.
        margin: How far from it.

    Returns:
        Two bool scalars.
    """
    discriminator = ops.minimum(real, fake) >= equilibrium - margin
    decoder = ops.maximum(real, fake) <= equilibrium + margin
    neither = ops.logical_not(ops.logical_or(discriminator, decoder))
    return ops.logical_or(discriminator, neither), ops.logical_or(decoder, neither)
