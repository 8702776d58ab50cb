"""FaceNet: faces as points on a sphere, where the squared distance says whether two show the same person.

FaceNet: A Unified Embedding for Face Recognition and Clustering. Schroff, Kalenichenko, Philbin 2015, arXiv 1503.03832.
With few pictures per person triplets alone tend to collapse: a normalised softmax over the known people (CosFace, Wang
et al. 2018, arXiv 1801.09414) may come first.
"""

import typing

import keras
import numpy as np
from keras import layers, ops
from sklearn.cluster import AgglomerativeClustering
from sklearn.neighbors import NearestNeighbors

from keras_facegan.arguments import (
    Fraction,
    ImageShape,
    Magnification,
    OpenFraction,
    Positive,
    Steps,
    Weight,
    Width,
    WidthFactor,
)
from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.layers.calibration import Calibration
from keras_facegan.layers.cosine import ClassCosines
from keras_facegan.layers.dropout import Dropout
from keras_facegan.layers.resize_to import ResizeTo
from keras_facegan.losses.identity import margin_softmax, triplet_loss
from keras_facegan.metrics import verification
from keras_facegan.models._base import ZooModel
from keras_facegan.networks.backbones import BackboneName, backbone_features
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.pictures import check_pictures
from keras_facegan.registry import MODELS

# Impostor pairs that a calibration and a validation look at.
PAIRS = 200_000
# Pairs of one person from which error rates are known to about 3 %.
ENOUGH_PAIRS = 1000


class Verdict(typing.NamedTuple):
    """What `FaceNet.verify` says of n pairs.

    Attributes:
        distance: float32 (n,), squared L2 distances in [0, 4].
        threshold: Distance below which a pair counts as the same person.
        same: bool (n,).
        error_rate: float (n,), how often such a verdict is wrong: of two different people the share that is called the
            same, where it says so, and of pictures of one person the share that is not, where it does not.
    """

    distance: np.ndarray
    threshold: float
    same: np.ndarray
    error_rate: np.ndarray


def embedding_network(image_shape, embedding_dim, backbone, dropout, **settings):
    """Images (B, side, side, channels) of any side -> embedding (B, embedding_dim) of unit length, float32."""
    image, x = backbone_features(backbone, image_shape, **settings)
    if dropout:
        x = Dropout(dropout)(x)
    x = layers.Dense(embedding_dim, name="embedding")(x)
    embedding = layers.UnitNormalization(dtype="float32")(x)
    return keras.Model({"image": image}, {"embedding": embedding}, name="embedder")


@MODELS.register("facenet")
@keras.saving.register_keras_serializable(package="keras_facegan")
class FaceNet(ZooModel):
    """Unit embeddings of faces; without batch normalisation NN1 has 140,025,664 parameters and NN2 7,456,304.

    The first `softmax_steps` steps minimise a softmax over the known people, all others the triplet loss. At the end
    of a run held-out people give the distances that `verify` needs and the scale of `features`.

    Args:
        image_shape: (side, side, channels) that the network works at; pictures of other sizes are resized to it.
        backbone: "nn1", "nn2", "nn4_small2", or another of `keras_facegan.networks.backbones`.
        width: Factor on the channels of nn1, nn2 and nn4_small2; channels of the first stage of the others.
        batch_norm: Whether nn1, nn2 and nn4_small2 normalise; the paper's counts are without.
        embedding_dim: Length of an embedding.
        dropout: Share of the features left out in training, in [0, 1).
        margin: alpha of the triplet loss, a squared distance.
        identities: People known in training, numbered from 0; the classes of the softmax. 0 leaves the softmax out.
        softmax_steps: Steps of the softmax before the triplets.
        softmax_scale: Factor on the cosines.
        softmax_margin: Margin on the cosine of the true class.
        feature_layer: Name of the layer that `features` gives.
        close_up: How many times closer `embed` looks at a face the second time; with 1 it looks once.
        ema_decay: Decay per step of the moving average in [0, 1); 0 keeps none.

    Reference:
        Schroff et al. 2015, arXiv 1503.03832.
    """

    networks = ("classifier",)
    inference = ("embedder", "calibration")
    terms = ("loss", "triplet_loss", "active_share", "positive_distance", "negative_distance")
    details = ("accuracy",)
    reads = ("image", "identity")
    uses_held_out = True

    def __init__(
        self,
        image_shape: ImageShape = (96, 96, 3),
        backbone: BackboneName = "nn4_small2",
        width: Width | WidthFactor | None = None,
        batch_norm: bool | None = None,
        embedding_dim: Width = 128,
        dropout: OpenFraction = 0.0,
        margin: Weight = 0.2,
        identities: Steps = 0,
        softmax_steps: Steps = 0,
        softmax_scale: Positive = 16.0,
        softmax_margin: Fraction = 0.1,
        feature_layer: str = "inception_3c",
        close_up: Magnification = 1.0,
        ema_decay: OpenFraction = 0.0,
        name: str = "facenet",
    ):
        super().__init__(locals())
        if softmax_steps and not identities:
            raise UserError("model.softmax_steps needs model.identities, the number of people in the data set.")
        self.margin, self.identities, self.softmax_steps = margin, identities, softmax_steps
        self.softmax_scale, self.softmax_margin = softmax_scale, softmax_margin
        settings = {"width": width, "batch_norm": batch_norm}
        self.embedder = embedding_network(image_shape, embedding_dim, backbone, dropout, **settings)
        names = [layer.name for layer in self.embedder.layers]
        if feature_layer not in names:
            raise UserError(f"model.feature_layer `{feature_layer}` is no layer.{did_you_mean(feature_layer, names)}")
        self.feature_layer, self.close_up = feature_layer, close_up
        self.classifier = self._classifier(identities)
        self.calibration = Calibration(name="calibration")
        self.calibration.build(None)
        self.average("embedder", ema_decay, trained_as="classifier")

    def _classifier(self, identities):
        """The embedder with the cosines of all known people, which only training needs."""
        image, outputs = self.embedder.input["image"], dict(self.embedder.output)
        if identities:
            outputs["cosines"] = ClassCosines(identities)(outputs["embedding"])
        return keras.Model({"image": image}, outputs, name="classifier")

    def call(self, data, training=False):
        return self.embedder({"image": data["image"]}, training=training)["embedding"]

    def train_step(self, data):
        identity = data["identity"]
        # Zero while the softmax lasts, then one.
        triplets = ops.cast(self.optimizers["classifier"].iterations >= self.softmax_steps, "float32")

        def loss_fn():
            outputs = self.classifier({"image": data["image"]}, training=True)
            terms = triplet_loss(outputs["embedding"], identity, self.margin)
            loss = terms["triplet_loss"]
            if self.softmax_steps:
                softmax, terms["accuracy"] = margin_softmax(
                    outputs["cosines"], identity, self.softmax_scale, self.softmax_margin
                )
                loss = triplets * loss + (1.0 - triplets) * softmax
            return loss, terms

        loss, terms = self.minimize(loss_fn, "classifier")
        self.update_averages()
        return self.log(loss=loss, **terms)

    def check_examples(self, examples):
        """Raise `UserError` where people have too few pictures, or more people come than the softmax knows."""
        identity = examples.columns["identity"]
        people, counts = np.unique(identity, return_counts=True)
        if (counts > 1).sum() < 2:
            raise UserError(
                f"`{examples.name}` has {len(people):,} people, {(counts > 1).sum()} with two pictures or more: faces "
                "are learned from pairs. Give two people or more with several pictures each."
            )
        if self.identities and identity.max() >= self.identities:
            raise UserError(
                f"`{examples.name}` numbers its people up to {identity.max()}: set model.identities to "
                f"{identity.max() + 1} or more, got {self.identities}."
            )

    def check_held_out(self, held_out, examples):
        """Raise `UserError` where no distances can be measured; say how sure those of few people are."""
        people, counts = np.unique(held_out.columns["identity"], return_counts=True)
        genuine = int((counts * (counts - 1) // 2).sum())
        impostor = len(held_out) * (len(held_out) - 1) // 2 - genuine
        if not genuine or not impostor:
            raise UserError(
                f"`{held_out.name}` holds out {len(people):,} people, {(counts > 1).sum()} with two pictures or more: "
                "distances between people need two of them with two pictures or more. `verify` needs a calibration."
            )
        known = np.isin(people, examples.columns["identity"]).any()
        if genuine >= ENOUGH_PAIRS and not known:
            return None
        note = (
            f"Verdicts rest on {genuine:,} pairs of one person and {impostor:,} of two, so their error rates are known "
            f"to about +-{min(genuine, impostor) ** -0.5:.0%}."
        )
        return (
            f"{note} These people are trained on as well: with strangers errors are more frequent." if known else note
        )

    def diagnose(self, logs):
        """Return what is wrong where the embeddings have collapsed to a point, else None."""
        stuck = abs(logs["triplet_loss"] - self.margin) < 0.01 * self.margin
        if stuck and logs["negative_distance"] < 0.01:
            return (
                f"the triplet loss stands at the margin of {self.margin:g}: all embeddings are alike. Lower the "
                "learning rate, draw larger batches of people, or begin with model.softmax_steps."
            )
        return None

    def validate(self, images, columns):
        """Return AUC, equal error rate and TAR at FAR 1e-2 on people that are not trained on."""
        genuine, impostor = verification.pair_distances(self.embed(images), columns["identity"], most=PAIRS)
        numbers = {
            "auc": verification.auc(genuine, impostor),
            "eer": verification.equal_error_rate(genuine, impostor),
        }
        if len(impostor) >= 1000:
            numbers["tar_at_far_1e-2"] = verification.tar_at_far(genuine, impostor, 1e-2)
        return numbers

    def calibrate(self, images, columns):
        """Learn from held-out people how distances tell them apart; `verify` and `features` need it."""
        identity = columns["identity"]
        genuine, impostor = verification.pair_distances(self.embed(images), identity, most=PAIRS)
        self.calibration.fit(genuine, impostor)
        rng = np.random.default_rng(0)
        left, right = rng.integers(0, len(images), (2, 1000))
        apart = identity[left] != identity[right]
        network = self._raw_feature_network()
        features = in_chunks(lambda x: network({"image": x})["features"], images)
        gaps = [np.mean(np.square(features[i] - features[j])) for i, j in zip(left[apart], right[apart], strict=True)]
        self.calibration.feature_scale.assign([np.mean(gaps) ** -0.5])

    def embed(self, images):
        """Return unit embeddings, each the mean direction of those of a picture, its mirror image, and both closer up.

        Args:
            images: float (n, side, side, 1 or 3) in [-1, 1], array or tensor, of any size from a quarter of the
                network's on.

        Returns:
            float32 array (n, embedding_dim) of unit length.

        Raises:
            UserError: Pictures of another shape or range.
        """
        return in_chunks(self._embedding, check_pictures(images, self.image_shape))

    def _embedding(self, images):
        embedder, views = self.network("embedder"), [images]
        if self.close_up > 1.0:
            side = self.image_shape[0]
            enlarged = round(self.close_up * side)
            inner = slice((enlarged - side) // 2, (enlarged + side) // 2)
            views.append(ResizeTo(enlarged)(images)[:, inner, inner])
        views += [ops.flip(view, 2) for view in views]
        return ops.normalize(sum(embedder({"image": view}, training=False)["embedding"] for view in views), axis=-1)

    def verify(self, a, b, far=1e-2):
        """Say of pairs of pictures whether they show the same person.

        Args:
            a: Pictures as for `embed`.
            b: As many others.
            far: False accept rate in (0, 1) that fixes the threshold: the share of pairs of different people that are
                called the same.

        Returns:
            `Verdict`.

        Raises:
            UserError: The model was never calibrated, or the numbers of pictures differ.
        """
        a, b = self.embed(a), self.embed(b)
        if len(a) != len(b):
            raise UserError(f"verify takes as many pictures on both sides, got {len(a)} and {len(b)}.")
        distance = np.sum(np.square(a - b), axis=1)
        threshold, tar = self.calibration.threshold(far)
        same = distance < threshold
        return Verdict(distance, threshold, same, np.where(same, far, 1.0 - tar))

    def identify(self, images, gallery, names, neighbours=1):
        """Name the people of pictures by their nearest neighbours in a gallery.

        Args:
            images: Pictures as for `embed`, or their embeddings (n, embedding_dim).
            gallery: The same of known people.
            names: Sequence of one name per picture of the gallery.
            neighbours: How many of the nearest vote.

        Returns:
            List of n names, and float32 (n,) squared distances to the nearest picture of that name.

        Raises:
            UserError: Fewer pictures in the gallery than neighbours, or another number of names.
        """
        names = np.asarray(names)
        gallery, queries = self._embeddings(gallery), self._embeddings(images)
        if len(names) != len(gallery) or not 1 <= neighbours <= len(gallery):
            raise UserError(
                f"identify got {len(gallery)} pictures, {len(names)} names and neighbours={neighbours}: every picture "
                "of the gallery needs a name, and there must be as many pictures as neighbours."
            )
        distances, indices = NearestNeighbors(n_neighbors=neighbours).fit(gallery).kneighbors(queries)
        found, nearest = [], []
        for row, near in zip(indices, distances, strict=True):
            voted, first, votes = np.unique(names[row], return_index=True, return_counts=True)
            # Of equally many votes the nearest wins.
            winner = min(range(len(voted)), key=lambda i: (-votes[i], first[i]))
            found.append(voted[winner].item())
            nearest.append(near[first[winner]] ** 2)
        return found, np.array(nearest, dtype="float32")

    def cluster(self, images, people=None, far=1e-2):
        """Sort pictures by people, without knowing any.

        Args:
            images: Pictures as for `embed`, or their embeddings (n, embedding_dim), n >= 2.
            people: Number of people, if it is known.
            far: Else pictures are joined while their mean distance is below the threshold of this false accept rate.

        Returns:
            int64 array (n,), a number for each person.
        """
        embeddings = self._embeddings(images)
        # Squared distances, averaged between clusters.
        distances = np.clip(2.0 - 2.0 * embeddings @ embeddings.T, 0.0, None)
        limit = None if people else self.calibration.threshold(far)[0]
        linked = AgglomerativeClustering(people, metric="precomputed", linkage="average", distance_threshold=limit)
        return linked.fit_predict(distances)

    def _embeddings(self, given):
        given = ops.convert_to_numpy(given)
        return given if given.ndim == 2 else self.embed(given)

    def _raw_feature_network(self):
        embedder = self.network("embedder")
        return keras.Model(embedder.input, {"features": embedder.get_layer(self.feature_layer).output})

    def feature_network(self):
        """Return images (B, side, side, channels) -> `features` of `feature_layer`, frozen, for use in a loss.

        The features are scaled so that those of different people have a mean squared difference of 1.

        Raises:
            UserError: The model was never calibrated.
        """
        scale, image = self.calibration.scale(), keras.Input((None, None, self.image_shape[-1]), name="image")
        # On an input of its own, so that no node is left in the embedder.
        features = self._raw_feature_network()({"image": image})["features"]
        features = layers.Rescaling(scale, dtype="float32")(features)
        network = keras.Model({"image": image}, {"features": features}, name="features")
        network.trainable = False
        return network

    def export_signatures(self):
        """Return the signature `embed`: image (B, H, W, C) in [-1, 1] -> embedding (B, embedding_dim)."""
        side, _, channels = self.image_shape
        examples = np.random.default_rng(0).uniform(-1, 1, (5, side, side, channels)).astype("float32")
        image = keras.Input((None, None, channels), name="image")
        network = keras.Model({"image": image}, {"embedding": self._embedding(image)})
        return {"embed": (network, {"image": examples}, lambda image: self.embed(image))}
