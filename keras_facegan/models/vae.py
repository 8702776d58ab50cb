"""VAE: an encoder says where the code of a picture lies, a decoder draws it; both maximise a bound of the likelihood.

Auto-Encoding Variational Bayes. Kingma, Welling 2014, arXiv 1312.6114. The convolutional networks are those of Larsen
et al. 2016 (arXiv 1512.09300), so that the model compares with `vaegan`. `log_prob` is the importance-weighted bound
of Burda, Grosse, Salakhutdinov 2016 (arXiv 1509.00519).
"""

import zlib
from typing import Literal

import keras
import numpy as np
from keras import layers, ops

from keras_facegan.arguments import ImageShape, OpenFraction, Positive, Weight, Width
from keras_facegan.errors import UserError
from keras_facegan.layers.scalar import Scalar
from keras_facegan.losses import likelihood
from keras_facegan.models._encoding import EncodingModel
from keras_facegan.networks.autoencoders import (
    convolutional_decoder,
    convolutional_encoder,
    mlp_decoder,
    mlp_encoder,
    sample_codes,
)
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.latents import LatentPrior
from keras_facegan.registry import MODELS


def bernoulli_decoder(latents, logits):
    """Latents (B, latent_dim) -> log-odds of white `logits`, and mean `images` in [-1, 1], both (B, H, W, C)."""
    images = layers.Rescaling(2.0, -1.0, dtype="float32")(layers.Activation("sigmoid", dtype="float32")(logits))
    return keras.Model({"latents": latents}, {"images": images, "logits": logits}, name="decoder")


def gaussian_decoder(latents, values, sigma):
    """Latents (B, latent_dim) -> mean `images` (B, H, W, C) in [-1, 1] and, where it is learned, `log_sigma` (B,)."""
    outputs = {"images": layers.Activation("tanh", dtype="float32")(values)}
    if sigma is None:
        outputs["log_sigma"] = Scalar(name="log_sigma")(latents)
    return keras.Model({"latents": latents}, outputs, name="decoder")


@MODELS.register("vae")
@keras.saving.register_keras_serializable(package="keras_facegan")
class VAE(EncodingModel):
    """Variational auto-encoder; 652,824 parameters with multilayer perceptrons on MNIST.

    Args:
        image_shape: (H, W, C); convolutional networks take squares whose side is a multiple of 8.
        likelihood: "bernoulli" for black and white pictures, "gaussian" for all others.
        sigma: Gaussian: standard deviation of a value in [-1, 1]; None learns one for all values.
        network: "mlp" or "convolutional".
        hidden: Width of the dense layer.
        filters: Convolutional: channels of the encoder's first map; the other maps keep the ratios of Larsen et al.
        latent_dim: Length of a code.
        beta: Weight of the divergence from the prior: 1 gives the bound, more gives simpler codes.
        ema_decay: Decay per step of the moving averages in [0, 1); 0 keeps none.

    Reference:
        Kingma, Welling 2014, arXiv 1312.6114.
    """

    networks = ("encoder", "decoder")
    terms = ("loss", "reconstruction_loss", "divergence")

    def __init__(
        self,
        image_shape: ImageShape = (28, 28, 1),
        likelihood: Literal["bernoulli", "gaussian"] = "bernoulli",
        sigma: Positive | None = None,
        network: Literal["mlp", "convolutional"] = "mlp",
        hidden: Width = 400,
        filters: Width = 64,
        latent_dim: Width = 20,
        beta: Weight = 1.0,
        ema_decay: OpenFraction = 0.0,
        name: str = "vae",
    ):
        super().__init__(locals())
        self.is_binary, self.sigma, self.beta = likelihood == "bernoulli", sigma, beta
        # Probabilities of two levels, or a density over [-1, 1].
        self.level_width = 1.0 if self.is_binary else 1 / 127.5
        if network == "mlp":
            self.encoder = mlp_encoder(image_shape, hidden, latent_dim)
            decoded = mlp_decoder(image_shape, hidden, latent_dim)
        else:
            self.encoder = convolutional_encoder(image_shape, filters, hidden, latent_dim)
            decoded = convolutional_decoder(image_shape, filters, latent_dim)
        self.decoder = bernoulli_decoder(*decoded) if self.is_binary else gaussian_decoder(*decoded, sigma)
        self.draw_from(LatentPrior(latent_dim))
        self.average("encoder", ema_decay)
        self.average("decoder", ema_decay)

    def train_step(self, data):
        images = data["image"]

        def loss_fn():
            posterior = self.encoder({"image": images}, training=True)
            latents = sample_codes(posterior, self.seed_generator)
            outputs = self.decoder({"latents": latents}, training=True)
            reconstruction = -ops.mean(self._log_likelihood(images, outputs))
            divergence = ops.mean(likelihood.divergence_from_normal(posterior["mean"], posterior["log_variance"]))
            terms = {"reconstruction_loss": reconstruction, "divergence": divergence}
            return reconstruction + self.beta * divergence, terms

        loss, terms = self.minimize(loss_fn, "encoder", "decoder")
        self.update_averages()
        return self.log(loss=loss, **terms)

    def validate(self, images, columns):
        """Return the bound of the log-likelihood in nats, from one code per picture that is not trained on."""
        return {"elbo": float(self._bound(images, samples=1, seed=0).mean())}

    def log_prob(self, images, samples: int = 100, seed: int = 0):
        """Return a lower bound of the log-likelihood of pictures, the tighter the more codes are drawn.

        Args:
            images: float (n, H, W, C) in [-1, 1], array or tensor, of the model's own shape; -1 or 1 for a Bernoulli
                likelihood.
            samples: Codes drawn per picture; the mean of their weights is what is bounded.
            seed: Fixes the codes; those of a picture depend on it and on the picture alone.

        Returns:
            float32 array (n,) in nats: log-probabilities of black and white pictures, else log-densities over [-1, 1].

        Raises:
            UserError: Pictures of another shape or range, grey ones for a Bernoulli likelihood, or no sample.

        Reference:
            Burda et al. 2016, arXiv 1509.00519, equation 8.
        """
        if samples < 1:
            raise UserError(f"log_prob draws codes: samples must be 1 or more, got {samples}.")
        images = self.checked(images)
        if self.is_binary and not np.isin(images, (-1.0, 1.0)).all():
            raise UserError(
                f"{self.name} with a Bernoulli likelihood tells the probability of black and white pictures, and these "
                "have grey values. The data set `binary_mnist` draws every pixel once, white with the probability of "
                "its grey value."
            )
        return self._bound(images, samples, seed)

    def _bound(self, images, samples, seed):
        images = np.asarray(images, "float32")
        shape = (samples, self.prior.latent_dim)
        seeds = [[seed, zlib.crc32(image.tobytes())] for image in images]
        noise = [np.random.default_rng(each).standard_normal(shape, "float32") for each in seeds]
        noise = np.stack(noise) if noise else np.zeros((0, *shape), "float32")
        return in_chunks(self._weighted, images, noise)

    def _weighted(self, images, noise):
        """Return log mean_k p(x, z_k) / q(z_k | x) for images (B, H, W, C) and noise (B, K, latent_dim), as (B,)."""
        posterior, weights = self._posterior(images), []
        mean, log_sigma = posterior["mean"], 0.5 * posterior["log_variance"]
        for k in range(noise.shape[1]):
            latents = mean + ops.exp(log_sigma) * noise[:, k]
            outputs = self.network("decoder")({"latents": latents}, training=False)
            prior = likelihood.gaussian(latents, ops.zeros_like(latents), 0.0)
            encoder = likelihood.gaussian(latents, mean, log_sigma)
            weights.append(self._log_likelihood(images, outputs) + prior - encoder)
        return ops.logsumexp(ops.stack(weights), axis=0) - float(np.log(noise.shape[1]))

    def _log_likelihood(self, images, outputs):
        if self.is_binary:
            return likelihood.bernoulli(images, outputs["logits"])
        log_sigma = ops.log(float(self.sigma)) if self.sigma else ops.reshape(outputs["log_sigma"], (-1, 1, 1, 1))
        return likelihood.gaussian(images, outputs["images"], log_sigma)
