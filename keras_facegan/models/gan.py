"""The base of every adversarial model, with Goodfellow's game as default step.

Generative Adversarial Nets. Goodfellow et al. 2014, arXiv 1406.2661, Algorithm 1.
"""

import numpy as np
from keras import ops

from keras_facegan.losses import penalties
from keras_facegan.models.base import ZooModel
from keras_facegan.networks.chunks import in_chunks


class GAN(ZooModel):
    """Networks that are trained against each other.

    A subclass overrides `train_step` where its paper's algorithm is not the default one, which needs `prior`,
    `adversarial` and the settings of `play`.

    Args:
        config: See `ZooModel`.
    """

    networks = ("generator", "discriminator")
    inference = ("generator",)
    terms = ("d_loss", "g_loss", "real_score", "fake_score")

    def play(self, adversarial, prior, n_critic=1, ema_decay=0.0, r1_gamma=0.0, r1_every=1, gp_weight=0.0):
        """Set up the default game; call it once both networks exist.

        Args:
            adversarial: `AdversarialLoss` of the two players.
            prior: `LatentPrior` of the generator's codes.
            n_critic: Discriminator steps a generator step, each on fresh real pictures.
            ema_decay: Decay of the generator's moving average in [0, 1); 0 keeps none.
            r1_gamma: Weight gamma of the R1 penalty gamma / 2 E|grad D(x)|^2.
            r1_every: Take the R1 penalty every so many steps, that many times as strong (lazy regularisation).
            gp_weight: Weight lambda of the gradient penalty of WGAN-GP.
        """
        self.adversarial, self.prior = adversarial, prior
        self.batches_per_step = n_critic
        self.r1_gamma, self.r1_every, self.gp_weight = r1_gamma, r1_every, gp_weight
        self.average("generator", ema_decay)

    def call(self, data, training=False):
        return self.discriminator({"image": data["image"]}, training=training)["logits"]

    def train_step(self, data):
        for real in ops.split(data["image"], self.batches_per_step):
            d_loss, d_terms = self.minimize(lambda real=real: self.discriminator_loss(real), "discriminator")
        g_loss, g_terms = self.minimize(lambda: self.generator_loss(ops.shape(real)[0]), "generator")
        self.update_averages()
        return self.log(d_loss=d_loss, g_loss=g_loss, **d_terms, **g_terms)

    def discriminator_loss(self, real):
        latents = self.prior.draw(ops.shape(real)[0], self.seed_generator)
        fake = ops.stop_gradient(self.generator({"latents": latents}, training=True)["images"])
        # Real and generated pictures pass apart: in one batch BatchNorm would tell them by their common statistics.
        real_logits, fake_logits = self.score(real), self.score(fake)
        loss = self.adversarial.discriminator(real_logits, fake_logits) + self.penalty(real, fake)
        scores = {"real_score": ops.sigmoid(real_logits), "fake_score": ops.sigmoid(fake_logits)}
        return loss, {name: ops.mean(score) for name, score in scores.items()}

    def generator_loss(self, batch_size):
        latents = self.prior.draw(batch_size, self.seed_generator)
        fake = self.generator({"latents": latents}, training=True)["images"]
        return self.adversarial.generator(self.score(fake)), {}

    def score(self, images):
        return self.discriminator({"image": images}, training=True)["logits"]

    def penalty(self, real, fake):
        penalty = 0.0
        if self.gp_weight:
            gap = penalties.gradient_penalty(self.score, self.discriminator, real, fake, self.seed_generator)
            penalty += self.gp_weight * gap
        if self.r1_gamma:
            due = self.optimizers["discriminator"].iterations % self.r1_every == 0
            r1 = ops.cond(due, lambda: penalties.r1(self.score, self.discriminator, real), lambda: ops.zeros(()))
            penalty += self.r1_every * self.r1_gamma / 2 * r1
        return penalty

    def sample_latents(self, n, seed=0):
        """Return float32 (n, latent_dim) codes; code i depends on `seed` and i alone."""
        return self.prior.sample(n, seed)

    def decode(self, latents):
        """Return float32 NumPy pictures (n, H, W, C) in [-1, 1] of codes (n, latent_dim)."""
        generator = self.network("generator")
        images = in_chunks(lambda codes: generator({"latents": codes}, training=False)["images"], latents)
        return np.clip(images, -1.0, 1.0)

    def generate(self, num_images=1, seed=0):
        """Return float32 NumPy pictures (num_images, H, W, C) in [-1, 1] of codes drawn with `seed`."""
        return self.decode(self.sample_latents(num_images, seed))

    def export_signatures(self):
        """Return `{name: (network, example inputs, the method it equals)}`, what `keras_facegan.export` writes."""
        return {"generate": (self.network("generator"), {"latents": self.sample_latents(5)}, self.decode)}
