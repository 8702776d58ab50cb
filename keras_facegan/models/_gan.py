"""The base of every adversarial model, with Goodfellow's game as default step.

Generative Adversarial Nets. Goodfellow et al. 2014, arXiv 1406.2661, Algorithm 1.
"""

import dataclasses
import typing

from keras import ops

from keras_facegan.arguments import Interval, OpenFraction, SmallCount, Weight
from keras_facegan.errors import UserError
from keras_facegan.losses import penalties
from keras_facegan.losses.adversarial import AdversarialLoss
from keras_facegan.losses.feature_matching import NormName, feature_matching
from keras_facegan.models._latent import LatentModel
from keras_facegan.networks.condition import Condition
from keras_facegan.networks.features import with_features
from keras_facegan.networks.latents import LatentPrior
from keras_facegan.networks.minibatch import similarity_layers, start_similarities


@dataclasses.dataclass(frozen=True)
class Game:
    """The settings that every adversarial model may use.

    Attributes:
        n_critic: Discriminator steps per generator step, each on fresh real pictures.
        ema_decay: Decay per step of the generator's moving average in [0, 1); 0 keeps none.
        r1_gamma: Weight gamma of the R1 penalty gamma / 2 E|grad D(x)|^2.
        r1_every: Take the R1 penalty every so many steps, that many times as strong (lazy regularisation).
        gp_weight: Weight lambda of the gradient penalty of WGAN-GP (10 in the paper).
        feature_matching: Weight of the distance between the discriminator's mean features of real and of generated
            pictures, which the generator minimises (Salimans et al. 2016, section 3.1); 0 takes none.
        feature_layer: Layer of the discriminator that gives the features, numbered within it: "leaky_re_lu_2"; "" is
            what the last layer before the logits reads.
        feature_norm: "l2" for squared differences of the means, "l1" for absolute ones.
        feature_only: Whether this distance replaces the generator's adversarial loss, or is added to it.
    """

    n_critic: SmallCount = 1
    ema_decay: OpenFraction = 0.0
    r1_gamma: Weight = 0.0
    r1_every: Interval = 1
    gp_weight: Weight = 0.0
    feature_matching: Weight = 0.0
    feature_layer: str = ""
    feature_norm: NormName = "l2"
    feature_only: bool = True


# The same settings as keyword arguments of a constructor: `**game: Unpack[GameSettings]`.
GameSettings = typing.TypedDict("GameSettings", typing.get_type_hints(Game, include_extras=True), total=False)
GameSettings.source = Game


class GAN(LatentModel):
    """Networks that are trained against each other.

    A subclass sets its networks and calls `play`. It overrides `generator_inputs` and `discriminate` where its networks
    take or give more, the two losses where its paper adds terms, and `train_step` where its algorithm is another one.
    """

    networks = ("generator", "discriminator")
    terms = ("d_loss", "g_loss", "real_score", "fake_score")

    def play(
        self,
        adversarial: AdversarialLoss,
        prior: LatentPrior,
        game: GameSettings,
        conditions: tuple[Condition, ...] = (),
    ):
        """Set up the game; call it once both networks exist.

        Args:
            adversarial: Losses of the two players.
            prior: Distribution of the generator's codes.
            game: Settings that differ from those of `Game`.
            conditions: What pictures are conditioned on.
        """
        self.draw_from(prior, conditions)
        self.adversarial, self.game = adversarial, Game(**game)
        self.batches_per_step = self.game.n_critic
        if self.game.feature_matching:
            network = with_features(self.discriminator, self.game.feature_layer)
            # Deleted first: Keras would go on tracking the network that it replaces.
            del self.discriminator
            self.discriminator = network
        self.average("generator", self.game.ema_decay)

    def check_batch(self, size):
        """Raise `UserError` where a picture would be compared with the others of a batch that has none."""
        if size < 2 and any(similarity_layers(getattr(self, name)) for name in self.networks):
            raise UserError(
                f"{self.name} compares the pictures of a batch (model.minibatch_kernels): a batch must hold at least "
                f"2 of them, got {size}. Raise train.batch_size, or set model.minibatch_kernels to 0."
            )

    def begin(self, data):
        """Start minibatch discrimination by as many real pictures as one call of the discriminator sees."""
        size = len(data["image"]) // (self.batches_per_step * self.distribute_strategy.num_replicas_in_sync)
        self.check_batch(size)
        for name in self.networks:
            start_similarities(getattr(self, name), data["image"][:size])

    def call(self, data, training=False):
        self.say_if_fresh("discriminator")
        return self.discriminate(data["image"], data, training=training)["logits"]

    def train_step(self, data):
        for batch in self.batches_of(data):
            d_loss, d_terms = self.minimize(lambda batch=batch: self.discriminator_loss(batch), "discriminator")
        g_loss, g_terms = self.minimize(lambda: self.generator_loss(batch), "generator")
        self.update_averages()
        return self.log(d_loss=d_loss, g_loss=g_loss, **d_terms, **g_terms)

    def generator_inputs(self, batch: dict) -> dict:
        """Return fresh inputs of the generator, as many as the batch has pictures, on its conditions."""
        latents = self.prior.draw(ops.shape(batch["image"])[0], self.seed_generator)
        return {"latents": latents, **self.conditions_of(batch)}

    def discriminate(self, images, batch: dict, training: bool = True) -> dict:
        """Return the outputs of the discriminator for pictures that have the labels of a batch."""
        return self.discriminator({"image": images}, training=training)

    def discriminator_loss(self, batch):
        real, fake = batch["image"], ops.stop_gradient(self.draw(batch))
        # Real and generated pictures pass apart: in one batch BatchNorm would tell them by their common statistics.
        real_logits, fake_logits = (self.discriminate(images, batch)["logits"] for images in (real, fake))
        loss = self.adversarial.discriminator(real_logits, fake_logits) + self.penalty(real, fake, batch)
        scores = {"real_score": ops.sigmoid(real_logits), "fake_score": ops.sigmoid(fake_logits)}
        return loss, {name: ops.mean(score) for name, score in scores.items()}

    def generator_loss(self, batch):
        return self.fooling_loss(self.discriminate(self.draw(batch), batch), batch), {}

    def fooling_loss(self, fake: dict, batch: dict):
        """Return what the generator minimises of the game, by the discriminator's outputs for drawn pictures."""
        game, real, loss = self.game, {}, 0.0
        # Only relativistic losses and feature matching compare with real pictures here.
        if self.adversarial.is_relativistic or game.feature_matching:
            real = self.discriminate(batch["image"], batch)
        if game.feature_matching:
            distance = feature_matching(real["features"], fake["features"], game.feature_norm, self.matched(batch))
            loss = game.feature_matching * distance
        if not game.feature_matching or not game.feature_only:
            loss += self.adversarial.generator(real.get("logits"), fake["logits"])
        return loss

    def matched(self, batch: dict):
        """Return how much every real picture counts in feature matching, float32 (B,), or None for all alike."""
        return None

    def draw(self, batch):
        """Return pictures that the generator draws in training, as many as the batch has, on its conditions."""
        return self.generator(self.generator_inputs(batch), training=True)["images"]

    def penalty(self, real, fake, batch):
        """Return the penalties on the discriminator's input gradient that the game asks for."""

        def score(images):
            return self.discriminate(images, batch)["logits"]

        game, penalty = self.game, 0.0
        if game.gp_weight:
            gap = penalties.gradient_penalty(score, self.discriminator, real, fake, self.seed_generator)
            penalty += game.gp_weight * gap
        if game.r1_gamma:
            # Evaluation stands at one step, and measures it for every batch.
            every = game.r1_every if self.evaluated is None else 1
            due = self.optimizers["discriminator"].iterations % every == 0
            r1 = ops.cond(due, lambda: penalties.r1(score, self.discriminator, real), lambda: ops.zeros(()))
            penalty += every * game.r1_gamma / 2 * r1
        return penalty
