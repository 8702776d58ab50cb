"""The base of every adversarial model: named networks, one optimizer each, and Goodfellow's game as default step.

Generative Adversarial Nets. Goodfellow et al. 2014, arXiv 1406.2661, Algorithm 1.
"""

import keras
import numpy as np
from keras import ops

from keras_facegan.losses import penalties
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.ema import average_towards, averaged_copy
from keras_facegan.optimizers import DEFAULT, build_optimizers
from keras_facegan.seam.gradients import minimize
from keras_facegan.seam.random import ReplicaSeedGenerator


class GAN(keras.Model):
    """Networks that are trained against each other, each by an optimizer of its own.

    A subclass sets `self.<name>` for every name in `networks` and overrides `train_step` where its paper's algorithm
    is not the default one, which needs `prior`, `adversarial` and the settings of `play`.

    Args:
        config: The constructor's arguments, `locals()` as its first statement; they are what `get_config` returns.
    """

    networks = ("generator", "discriminator")
    inference = ("generator",)
    terms = ("d_loss", "g_loss", "real_score", "fake_score")
    reads = ("image",)
    batches_per_step = 1

    def __init__(self, config):
        super().__init__(name=config["name"])
        self.config = {key: value for key, value in config.items() if key not in ("self", "__class__")}
        self.image_shape = tuple(config["image_shape"])
        self.seed_generator = ReplicaSeedGenerator()
        self.averages = {}
        self.built = True

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
        self.ema_decay = ema_decay
        if ema_decay:
            self.averages["generator"] = averaged_copy(self.generator)

    def compile(self, optimizer=DEFAULT, learning_rate_scale=1.0, **kwargs):
        """Build one optimizer a network.

        Args:
            optimizer: Table of settings, see `keras_facegan.optimizers.build_optimizers`.
            learning_rate_scale: Factor on every learning rate.
            **kwargs: `jit_compile`, `run_eagerly`, `steps_per_execution` of `keras.Model.compile`.
        """
        super().compile(optimizer=None, **kwargs)
        self.optimizers = build_optimizers(optimizer, self.networks, learning_rate_scale)
        for name, each in self.optimizers.items():
            network = getattr(self, name)
            if network.compute_dtype == "float16":
                self.optimizers[name] = each = keras.optimizers.LossScaleOptimizer(each, name=each.name)
            each.build(network.trainable_variables)

    def get_config(self):
        return dict(self.config)

    def get_compile_config(self):
        # A saved model is an architecture and weights; the recipe holds what trained it.
        return None

    def call(self, data, training=False):
        return self.discriminator({"image": data["image"]}, training=training)["logits"]

    def minimize(self, loss_fn, network):
        """Take one step down `loss_fn() -> (loss, terms)` with the weights of `network`; return (loss, terms)."""
        variables = getattr(self, network).trainable_variables
        loss, terms = minimize(loss_fn, variables, self.optimizers[network])
        terms[f"{network}_gradient_norm"] = terms.pop("gradient_norm")
        return loss, terms

    def log(self, **terms):
        """Return the step's scalars in float32, as `fit` hands them to callbacks."""
        return {name: ops.cast(value, "float32") for name, value in terms.items()}

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

    def update_averages(self):
        for name, average in self.averages.items():
            average_towards(average, getattr(self, name), self.ema_decay, self.optimizers[name].iterations)

    def network(self, name):
        """Return the network to use: the moving average where there is one, else the trained one."""
        return self.averages.get(name, getattr(self, name))

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
