"""Iterative GAN: one model that tells the attributes of faces, draws faces with them, rebuilds faces and changes them.

Two birds with one stone: Transforming and generating facial images with iterative GAN. Ma, Liu, Kang, Zhou, Zhu, Xu
2019, Neurocomputing. The paper prints the label loss to be maximised, and map sizes that do not follow from its
strides; here every term is a loss that its owner minimises, and the generator starts at a sixteenth of the side.
"""

from typing import Literal

import keras
import numpy as np
from keras import ops

from keras_facegan.arguments import ImageShape, OpenFraction, SmallCount, Weight, Width
from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.errors import UserError
from keras_facegan.losses.adversarial import adversarial_loss
from keras_facegan.losses.classification import binary_cross_entropy
from keras_facegan.models._latent import LatentModel
from keras_facegan.models._recognising import Recognising
from keras_facegan.models._turns import repeated, turns
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.conditions import AttributeNames, Attributes
from keras_facegan.networks.iterative import (
    attribute_head,
    iterative_generator,
    latent_head,
    share_network,
    source_head,
    trunk_network,
)
from keras_facegan.networks.latents import LatentPrior
from keras_facegan.networks.pictures import check_pictures
from keras_facegan.registry import MODELS
from keras_facegan.seam import random, replicas

# Share of the old mean of a player's loss that is kept at a step.
MEMORY = 0.9
# Share of the attributes of a face that are turned over where training draws what `transform` does.
TURNED_OVER = 0.1
# Held-out faces of a preview, and the attributes that it changes first.
SHOWN, CHANGED = 8, ("Male", "Eyeglasses", "Bangs", "Bald")


@MODELS.register("iterative_gan")
@keras.saving.register_keras_serializable(package="keras_facegan")
class IterativeGAN(Recognising, LatentModel):
    """A GAN on attributes whose discriminator also tells attributes and code, so that it is run backwards as well.

    At 128 px the generator has 8,928,259 parameters, the discriminator (trunk, source head and share) 37,898,625 and
    the classifier (the other two heads) 239,116. A step has two stages. In the first, both sides play for drawn faces.
    In the second, the generator rebuilds real faces from what the classifier tells of them.

    Args:
        image_shape: (side, side, channels), side a multiple of 16; 128 in the paper.
        attributes: Names among CelebA's forty.
        filters: Channels of the trunk's first map, doubled at each of three further halvings; 64 in the paper.
        share: Width of the dense layer behind the maps, 1,024 in the paper.
        hidden: Width of the hidden layer of the attribute head.
        latent_dim: Length of a latent code, drawn uniformly from [-1, 1].
        label_weight: Weight of the cross-entropy of attributes, a mean over attributes; 1 in the paper.
        asked_weight: The same for the generator, of the attributes that a drawn face was asked to have.
        perceptual_weight: lambda_1, weight of the distance of all four maps of real and rebuilt faces.
        pixel_weight: lambda_2, weight of the distance of their pixels.
        latent_weight: lambda_3, weight of the distance of a code and the code told of the face drawn from it.
        transformed: Share of the faces drawn in the first stage whose codes and attributes are those told of real
            faces, every tenth attribute turned over; 0 in the paper. These train what `transform` does: attributes
            that go with a turned one, as a beard with a man, may follow it.
        label_drawn: Whether the attribute head learns from drawn faces too, as in the paper. Otherwise it and the
            generator cannot agree on signs of attributes that real faces do not show.
        rebuild_trunk: Whether the second stage trains the trunk too.
        turns: "adaptive" gives the player that loses up to three steps in a row; "fixed" gives the discriminator one
            and the generator `generator_turns`.
        generator_turns: Steps of the generator per step of the discriminator for "fixed"; 2 in the authors' code.
        ema_decay: Decay per step of the moving averages in [0, 1); 0 keeps none.

    Reference:
        Ma et al. 2019.
    """

    networks = ("generator", "trunk", "source_head", "share", "latent_head", "attribute_head")
    inference = ("generator", "trunk", "share", "latent_head", "attribute_head")
    terms = (
        "d_loss", "g_loss", "rebuild_loss", "real_label_loss", "fake_label_loss", "latent_loss", "perceptual_loss",
        "pixel_loss", "real_score", "fake_score", "hamming_loss", "d_turns", "g_turns",
    )  # fmt: skip

    def __init__(
        self,
        image_shape: ImageShape = (128, 128, 3),
        attributes: AttributeNames = CELEBA_ATTRIBUTES,
        filters: Width = 64,
        share: Width = 1024,
        hidden: Width = 128,
        latent_dim: Width = 100,
        label_weight: Weight = 1.0,
        asked_weight: Weight = 1.0,
        perceptual_weight: Weight = 2.0,
        pixel_weight: Weight = 0.5,
        latent_weight: Weight = 1.0,
        transformed: OpenFraction = 0.0,
        label_drawn: bool = True,
        rebuild_trunk: bool = True,
        turns: Literal["adaptive", "fixed"] = "adaptive",
        generator_turns: SmallCount = 2,
        ema_decay: OpenFraction = 0.0,
        name: str = "iterative_gan",
    ):
        super().__init__(locals())
        self.label_weight, self.asked_weight, self.latent_weight = label_weight, asked_weight, latent_weight
        self.perceptual_weight, self.pixel_weight = perceptual_weight, pixel_weight
        self.transformed, self.label_drawn, self.rebuild_trunk = transformed, label_drawn, rebuild_trunk
        self.turns, self.generator_turns = turns, generator_turns
        self.adversarial, condition = adversarial_loss("non_saturating"), Attributes(attributes)

        # Build the networks: one owner for every weight.
        self.generator = iterative_generator(image_shape, condition, filters, latent_dim)
        self.trunk = trunk_network(image_shape, filters)
        smallest_map = self.trunk.output["h3"].shape[1:]
        self.source_head = source_head(smallest_map)
        self.share = share_network(smallest_map, share)
        self.latent_head = latent_head(share, latent_dim)
        self.attribute_head = attribute_head(share, hidden, len(attributes))
        # Recent losses of discriminator and generator. Weights of the model, so that a run goes on with them.
        self.recent = self.add_weight(
            shape=(2,), initializer="ones", trainable=False, dtype="float32", name="recent_losses"
        )
        self.draw_from(LatentPrior(latent_dim, "uniform"), (condition,))
        self.call_reads = ("image",)
        self.tell(condition, "attribute_head")
        for network in ("generator", "trunk", "share", "latent_head", "attribute_head"):
            self.average(network, ema_decay)

    def call(self, data, training=False):
        return self._rebuilt(self._see(data["image"], training), training)

    def train_step(self, data):
        real, wanted = data["image"], self.labels.of(data["attributes"])
        # Faces are drawn with the attributes of other faces of the batch, so that no code comes with its own.
        asked = replicas.own_rows(ops.roll(replicas.gather(wanted), 1, axis=0))
        known, changed, held = self._changes(real)
        count = ops.shape(changed)[0]
        asked = ops.concatenate([changed, asked[count:]])
        held = ops.concatenate([held, ops.ones_like(asked[count:])])
        d_turns, g_turns = self._turns()

        # Stage 1: both play, the one that loses more often.
        d_terms = repeated(lambda: self._discriminator_step(real, wanted, asked, held, known), d_turns)
        g_terms = repeated(lambda: self._generator_step(asked, held, known), g_turns)
        self._remember(d_terms["d_loss"], g_terms["g_loss"])

        # Stage 2: real faces are rebuilt.
        rebuild_terms = self._rebuild_step(real, wanted)
        self.update_averages()
        turns = {"d_turns": d_turns, "g_turns": g_turns}
        return self.log(**{**d_terms, **g_terms, **rebuild_terms, **turns})

    def _discriminator_step(self, real, wanted, asked, held, known):
        latents = self._codes(asked, known)
        fake = ops.stop_gradient(self._draw(latents, asked))

        def loss_fn():
            # Apart: in one batch BatchNorm would tell real from drawn faces by their common statistics.
            real_seen, fake_seen = self._see(real), self._see_drawn(fake)
            logits = [self._source(seen) for seen in (real_seen, fake_seen)]
            d_loss = self.adversarial.discriminator(*logits)
            terms = {
                "d_loss": d_loss,
                "real_label_loss": self._label_loss(wanted, real_seen),
                "real_score": ops.mean(ops.sigmoid(logits[0])),
                "fake_score": ops.mean(ops.sigmoid(logits[1])),
                "hamming_loss": 1.0 - self.labels.accuracy(wanted, real_seen["logits"]),
            }
            labels = terms["real_label_loss"]
            if self.label_drawn:
                labels += self._label_loss(asked, fake_seen, held)
            latent_loss = distance(fake_seen["latents"], latents)
            return d_loss + self.label_weight * labels + self.latent_weight * latent_loss, terms

        return self.minimize(loss_fn, "trunk", "source_head", "share", "latent_head", "attribute_head")[1]

    def _generator_step(self, asked, held, known):
        latents = self._codes(asked, known)

        def loss_fn():
            seen = self._see_drawn(self._draw(latents, asked))
            g_loss = self.adversarial.generator(None, self._source(seen))
            terms = {
                "g_loss": g_loss,
                "fake_label_loss": self._label_loss(asked, seen, held),
                "latent_loss": distance(seen["latents"], latents),
            }
            labels, latent_loss = terms["fake_label_loss"], terms["latent_loss"]
            return g_loss + self.asked_weight * labels + self.latent_weight * latent_loss, terms

        terms = self.minimize(loss_fn, "generator")[1]
        # The second stage moves the generator as well, and gives the norm that is logged.
        return {name: terms[name] for name in ("g_loss", "fake_label_loss", "latent_loss")}

    def _rebuild_step(self, real, wanted):
        def loss_fn():
            seen = self._see(real)
            rebuilt = self._rebuilt(seen)
            again = self._see_drawn(rebuilt)
            # Rebuilt faces are to look like real ones, not the other way round.
            gaps = [distance(again[name], ops.stop_gradient(seen[name])) for name in self.trunk.output]
            terms = {"perceptual_loss": sum(gaps), "pixel_loss": distance(rebuilt, real)}
            loss = self.perceptual_weight * terms["perceptual_loss"] + self.pixel_weight * terms["pixel_loss"]
            # Attributes must go on meaning what they say: the generator would read anything else from them too.
            loss += self.label_weight * self._label_loss(wanted, seen)
            return loss, {"rebuild_loss": loss, **terms}

        moved = ("generator", "share", "latent_head", "attribute_head", *(("trunk",) if self.rebuild_trunk else ()))
        terms = self.minimize(loss_fn, *moved)[1]
        return {name: each for name, each in terms.items() if not name.endswith("_norm") or name.startswith("gen")}

    # Who plays how often.

    def _turns(self):
        """Return how many steps discriminator and generator take in the first stage, two int32 scalars or ints."""
        if self.evaluated is not None:
            return 1, 1
        if self.turns == "fixed":
            return 1, self.generator_turns
        if replicas.count() > 1:
            # A loop of steps cannot wait for other devices.
            raise UserError(f"{self.name} takes turns by its losses on one device only: set model.turns to `fixed`.")
        ratio = self.recent[0] / ops.maximum(self.recent[1], 1e-6)
        return turns(ratio), turns(1.0 / ops.maximum(ratio, 1e-6))

    def _remember(self, d_loss, g_loss):
        if self.evaluated is None:
            losses = replicas.mean(ops.stack([d_loss, g_loss]))
            self.recent.assign(MEMORY * self.recent + (1.0 - MEMORY) * losses)

    # What the networks see and draw in training.

    def _changes(self, real):
        """Return what faces of the first of a batch are drawn from, and which attributes they are held to.

        Returns:
            Codes (n, latent_dim) that are told of real faces, attributes (n, K) that are told or turned over, and
            weights (n, K): 0 for those that go with one that is turned over.
        """
        if not self.transformed:
            return ops.zeros((0, self.prior.latent_dim)), *2 * [ops.zeros((0, self.labels.width))]
        # One at least: the trunk must not see a batch of none. The last batch of a set may be of any size.
        count = ops.maximum(ops.cast(self.transformed * ops.cast(ops.shape(real)[0], "float32"), "int32"), 1)
        seen = self._see(real[:count])
        told = ops.sigmoid(seen["logits"])
        turned = ops.cast(random.uniform(ops.shape(told), 0.0, 1.0, seed=self.seed_generator) < TURNED_OVER, "float32")
        attributes = turned * ops.cast(told < 0.5, "float32") + (1.0 - turned) * told
        follow = ops.cast(turned @ self.labels.going_together() > 0, "float32")
        return seen["latents"], attributes, ops.maximum(turned, 1.0 - follow)

    def _codes(self, asked, known):
        latents = self.prior.draw(ops.shape(asked)[0], self.seed_generator)
        return ops.concatenate([known, latents[ops.shape(known)[0] :]])

    def _see(self, images, training=True):
        """Return the maps h0 to h3, `latents` and `logits` of the attributes."""
        maps = self.trunk({"image": images}, training=training)
        features = self.share({"h3": maps["h3"]}, training=training)
        latents = self.latent_head(features, training=training)
        return {**maps, **latents, **self.attribute_head(features, training=training)}

    def _see_drawn(self, images):
        """Return the same of drawn faces, which leave no trace in the moving statistics: users show real ones."""
        with keras.StatelessScope():
            return self._see(images)

    def _source(self, seen):
        return self.source_head({"h3": seen["h3"]}, training=True)["logits"]

    def _draw(self, latents, attributes, training=True):
        return self.generator({"latents": latents, "attributes": attributes}, training=training)["images"]

    def _rebuilt(self, seen, training=True):
        return self._draw(seen["latents"], ops.sigmoid(seen["logits"]), training)

    def _label_loss(self, wanted, seen, weights=1.0):
        return binary_cross_entropy(wanted, seen["logits"], weights) / self.labels.width

    # For a user.

    def checked(self, images):
        """Return pictures as a float32 array; raise `UserError` where they are not of the model's shape and range."""
        return check_pictures(images, self.image_shape, exact=True)

    def probabilities(self, images):
        """Return probabilities (B, attributes) of a batch of checked pictures."""
        features = self._features(images)
        return ops.sigmoid(self.network("attribute_head")(features, training=False)["logits"])

    def encode(self, images):
        """Return the codes of faces; with their attributes, `recognise`, these are what `decode` draws from.

        Args:
            images: float (n, H, W, C) in [-1, 1], array or tensor, of the model's own shape.

        Returns:
            float32 array (n, latent_dim) in [-1, 1].

        Raises:
            UserError: Pictures of another shape or range.
        """

        def codes(x):
            return self.network("latent_head")(self._features(x), training=False)["latents"]

        return in_chunks(codes, self.checked(images))

    def rebuild(self, images):
        """Return what the generator draws from the codes and attributes told of faces.

        Args:
            images: As for `encode`.

        Returns:
            float32 array (n, H, W, C) in [-1, 1].

        Raises:
            UserError: As `encode`.
        """
        return self.transform(images, {})

    def transform(self, images, changes):
        """Return faces with some attributes changed and the others kept.

        Args:
            images: As for `encode`.
            changes: Dict from attributes to numbers from 0 (without) to 1 (with).

        Returns:
            float32 array (n, H, W, C) in [-1, 1].

        Raises:
            UserError: As `encode`; an attribute that the model does not have, or that was the same in all pictures it
                was trained on.
        """
        images = self.checked(images)
        attributes = self.labels.changed(self.recognise(images), changes)
        for name in changes:
            if self.is_constant()[self.attributes.index(name)]:
                raise UserError(f"All pictures that {self.name} was trained on have the same {name}: it cannot change.")
        return self.decode(self.encode(images), attributes=attributes)

    def validate(self, images, columns):
        """Return Hamming loss, macro F1, and the mean absolute difference of faces and what is rebuilt of them."""
        return {
            **super().validate(images, columns),
            "pixel_error": float(np.abs(images - self.rebuild(images)).mean()),
        }

    def preview(self, images, columns):
        """Return held-out faces, below them what is rebuilt, then with one attribute turned over per row."""
        shown = images[:SHOWN]
        names = sorted(self.attributes, key=lambda name: name not in CHANGED)[: len(CHANGED)]
        codes, attributes = self.encode(shown), self.recognise(shown)
        rows = [shown, self.decode(codes, attributes=attributes)]
        for place in map(self.attributes.index, names):
            turned = attributes.copy()
            turned[:, place] = attributes[:, place] < 0.5
            rows.append(self.decode(codes, attributes=turned))
        return {"transformed": np.stack(rows)}

    def export_signatures(self):
        """Return `generate` of every `LatentModel`, and `recognise`: image (B, H, W, C) -> probabilities (B, K)."""
        image = keras.Input(self.image_shape, name="image")
        network = keras.Model({"image": image}, {"probabilities": self.probabilities(image)})
        examples = np.random.default_rng(0).uniform(-1, 1, (5, *self.image_shape)).astype("float32")
        recognising = (network, {"image": examples}, lambda image: self.recognise(image))
        return {**super().export_signatures(), "recognise": recognising}

    def _features(self, images):
        maps = self.network("trunk")({"image": images}, training=False)
        return self.network("share")({"h3": maps["h3"]}, training=False)


def distance(a, b):
    """Return the mean absolute difference of two tensors of one shape."""
    return ops.mean(ops.abs(a - b))
