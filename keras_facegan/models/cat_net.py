"""Features of cat faces learned without labels, which generated cats are measured with.

A Simple Framework for Contrastive Learning of Visual Representations. Chen, Kornblith, Norouzi, Hinton 2020,
arXiv 2002.05709; with the puzzle of Unsupervised Learning of Visual Representations by Solving Jigsaw Puzzles, Noroozi,
Favaro 2016, arXiv 1603.09246. The network is a small one, and blur and noise are left out of the views: what makes two
views alike is what the features cannot see, and a measure of pictures must see those. The puzzle, here of quadrants,
makes them see where the parts of a face are, which pictures can be told apart without.
"""

import itertools

import keras
import numpy as np
from keras import layers, ops

from keras_facegan.arguments import ImageShape, OpenFraction, Positive, Weight, Width
from keras_facegan.losses.classification import cross_entropy
from keras_facegan.losses.contrastive import contrastive_loss
from keras_facegan.models._base import ZooModel
from keras_facegan.networks.backbones import BackboneName, backbone_features
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.pictures import check_pictures
from keras_facegan.registry import MODELS
from keras_facegan.seam import random

# Every order of four quadrants, as (24, 4, 4) matrices that bring them into it.
ORDERS = np.eye(4, dtype="float32")[list(itertools.permutations(range(4)))]


def rearranged(images, order):
    """Return pictures whose quadrants have changed places.

    Args:
        images: Tensor (B, H, W, C), H and W even.
        order: int tensor (B,), a number in [0, 24) for each: quadrant i becomes what stood at the i-th place of that
            permutation; quadrants are counted row by row, and order 0 changes nothing.
    """
    height, width, channels = images.shape[1:]
    parts = ops.reshape(images, (-1, 2, height // 2, 2, width // 2, channels))
    parts = ops.reshape(ops.transpose(parts, (0, 1, 3, 2, 4, 5)), (-1, 4, height // 2 * (width // 2) * channels))
    parts = ops.matmul(ops.take(ops.convert_to_tensor(ORDERS), order, axis=0), parts)
    parts = ops.reshape(parts, (-1, 2, 2, height // 2, width // 2, channels))
    return ops.reshape(ops.transpose(parts, (0, 1, 3, 2, 4, 5)), (-1, height, width, channels))


def feature_network(image_shape, backbone, width):
    """Images (B, side, side, channels) of any side -> features (B, D) in float32."""
    image, x = backbone_features(backbone, image_shape, width=width)
    features = layers.Activation("linear", dtype="float32", name="features")(x)
    return keras.Model({"image": image}, {"features": features}, name="encoder")


@MODELS.register("cat_net")
@keras.saving.register_keras_serializable(package="keras_facegan")
class CatNet(ZooModel):
    """Features that tell pictures apart, whatever part, side or colour of them is seen, and how their parts lie.

    A batch must hold each picture twice or more, `data.sampler = "views:2"`, augmented each time anew. The first half
    of it is also cut into quadrants that change places, and the features must say how.

    Args:
        image_shape: (side, side, channels) that the network works at; pictures of other sizes are resized to it.
        backbone: One of `keras_facegan.networks.backbones`.
        width: Channels of the backbone's first stage.
        projection_dim: Length of the vector that the loss compares, which is thrown away after training.
        temperature: Divides the cosines, > 0; a lower one looks more at the most alike pictures.
        puzzle_weight: Weight of the cross-entropy of the order of the quadrants.
        ema_decay: Decay per step of the moving average in [0, 1); 0 keeps none.

    Reference:
        Chen et al. 2020, arXiv 2002.05709; Noroozi, Favaro 2016, arXiv 1603.09246.
    """

    networks = ("projector",)
    inference = ("encoder",)
    terms = ("loss", "contrastive_loss", "accuracy", "puzzle_loss", "puzzle_accuracy", "negative_cosine")
    details = ("positive_cosine",)
    reads = ("image", "index")
    uses_held_out = True

    def __init__(
        self,
        image_shape: ImageShape = (64, 64, 3),
        backbone: BackboneName = "resnet",
        width: Width = 16,
        projection_dim: Width = 64,
        temperature: Positive = 0.2,
        puzzle_weight: Weight = 1.0,
        ema_decay: OpenFraction = 0.0,
        name: str = "cat_net",
    ):
        super().__init__(locals())
        self.temperature, self.puzzle_weight = temperature, puzzle_weight
        self.encoder = feature_network(image_shape, backbone, width)
        self.projector = self._projector(projection_dim)
        self.average("encoder", ema_decay, trained_as="projector")

    def _projector(self, projection_dim):
        """The encoder with the heads that only training needs."""
        features = self.encoder.output["features"]
        x = layers.Dense(features.shape[-1], "relu")(features)
        projection = layers.UnitNormalization(dtype="float32")(layers.Dense(projection_dim)(x))
        x = layers.Dense(features.shape[-1], "relu")(features)
        puzzle_logits = layers.Dense(len(ORDERS), dtype="float32")(x)
        outputs = {"projection": projection, "puzzle_logits": puzzle_logits}
        return keras.Model(self.encoder.input, outputs, name="projector")

    def call(self, data, training=False):
        return self.encoder({"image": data["image"]}, training=training)["features"]

    def train_step(self, data):
        image = data["image"]
        half = image[: ops.shape(image)[0] // 2]
        order = random.randint((ops.shape(half)[0],), 0, len(ORDERS), seed=self.seed_generator)
        cut, labels = rearranged(half, order), ops.one_hot(order, len(ORDERS), dtype="float32")

        def loss_fn():
            # Apart, so that whole and cut pictures keep statistics of their own.
            projection = self.projector({"image": image}, training=True)["projection"]
            logits = self.projector({"image": cut}, training=True)["puzzle_logits"]
            terms = contrastive_loss(projection, data["index"], self.temperature)
            terms["contrastive_loss"] = terms.pop("loss")
            terms["puzzle_loss"] = cross_entropy(labels, logits)
            solved = ops.equal(ops.cast(ops.argmax(logits, axis=-1), order.dtype), order)
            terms["puzzle_accuracy"] = ops.mean(ops.cast(solved, "float32"))
            return terms["contrastive_loss"] + self.puzzle_weight * terms["puzzle_loss"], terms

        loss, terms = self.minimize(loss_fn, "projector")
        self.update_averages()
        return self.log(loss=loss, **terms)

    def diagnose(self, logs):
        """Return what is wrong where nothing can be learned or the features have collapsed, else None."""
        if logs["contrastive_loss"] == 0.0:
            return "no picture comes twice in a batch, so there is nothing to learn: set data.sampler to `views:2`."
        if logs["negative_cosine"] > 0.99:
            return "all features are alike: lower the learning rate, or raise model.temperature."
        return None

    def validate(self, images, columns):
        """Return how often a mirror image is found among all others, and how many directions the features fill.

        Args:
            images: float32 (n, H, W, C) in [-1, 1].
            columns: Labels by name; none is read.

        Returns:
            Dict: "retrieval", the share of pictures whose own mirror image is the nearest of the n (1 / n by chance),
            and "dimensions", the squared trace of the covariance over the trace of its square, from 1 to D.
        """
        features, mirrored = (self.features(each).astype("float64") for each in (images, images[:, :, ::-1]))
        squared = np.square(features).sum(axis=1)[:, None] + np.square(mirrored).sum(axis=1) - 2 * features @ mirrored.T
        found = squared.argmin(axis=1) == np.arange(len(features))
        covariance = np.atleast_2d(np.cov(features, rowvar=False))
        spread = max(np.square(covariance).sum(), np.finfo("float64").tiny)
        return {"retrieval": float(found.mean()), "dimensions": float(np.trace(covariance) ** 2 / spread)}

    def features(self, images):
        """Return the features of pictures.

        Args:
            images: float (n, side, side, 1 or 3) in [-1, 1], array or tensor, of any size from a quarter of the
                network's on.

        Returns:
            float32 array (n, D).

        Raises:
            UserError: Pictures of another shape or range.
        """
        return in_chunks(self._features, check_pictures(images, self.image_shape))

    def _features(self, images):
        return self.network("encoder")({"image": images}, training=False)["features"]

    def export_signatures(self):
        """Return the signature `features`: image (B, H, W, C) in [-1, 1] -> features (B, D)."""
        examples = np.random.default_rng(0).uniform(-1, 1, (5, *self.image_shape)).astype("float32")
        return {"features": (self.network("encoder"), {"image": examples}, lambda image: self.features(image))}
