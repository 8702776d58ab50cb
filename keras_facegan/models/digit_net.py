"""A small classifier of digits, whose features and probabilities generated digits are measured with.

Gradient-based learning applied to document recognition. LeCun, Bottou, Bengio, Haffner 1998, Proc. IEEE 86 (MNIST); the
network is of today's kind: strided convolutions with batch normalisation (arXiv 1412.6806, 1502.03167).
"""

import keras
import numpy as np
from keras import layers, ops

from keras_facegan.arguments import ImageShape, OpenFraction, SmallCount, Width
from keras_facegan.errors import UserError
from keras_facegan.layers.batch_norm import BatchNormalization
from keras_facegan.layers.convolution import Conv2D
from keras_facegan.layers.dropout import Dropout
from keras_facegan.layers.resize_to import ResizeTo
from keras_facegan.losses.classification import cross_entropy
from keras_facegan.models._base import ZooModel
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.pictures import check_pictures
from keras_facegan.registry import MODELS

# The map that the dense layer reads, and the most channels it has, in multiples of the first.
SMALLEST_MAP = 4
MOST_CHANNELS = 4


def digit_classifier(image_shape, filters, feature_dim, num_classes, dropout):
    """Images (B, side, side, channels) of any side -> features (B, feature_dim) and logits (B, num_classes)."""
    side, _, channels = image_shape
    image = keras.Input((None, None, channels), name="image")
    x = Conv2D(filters, 3, padding="same", use_bias=False)(ResizeTo(side)(image))
    x = layers.ReLU()(BatchNormalization()(x))
    factor = 1
    while x.shape[1] > SMALLEST_MAP:
        factor = min(2 * factor, MOST_CHANNELS)
        x = Conv2D(factor * filters, 4, 2, "same", use_bias=False)(x)
        x = layers.ReLU()(BatchNormalization()(x))
    x = layers.Dense(feature_dim, "relu")(Dropout(dropout)(layers.Flatten()(x)))
    features = layers.Activation("linear", dtype="float32", name="features")(x)
    logits = layers.Dense(num_classes, dtype="float32", name="logits")(features)
    return keras.Model({"image": image}, {"features": features, "logits": logits}, name="classifier")


@MODELS.register("digit_net")
@keras.saving.register_keras_serializable(package="keras_facegan")
class DigitNet(ZooModel):
    """Classifier of digits, 60,354 parameters at 28 px.

    Args:
        image_shape: (side, side, channels) that the network works at; pictures of other sizes are resized to it.
        filters: Channels of the first map, doubled at the next two.
        feature_dim: Length of the features, which the classes are told from.
        num_classes: Labels are 0 to this, exclusive.
        dropout: Share of the last map left out in training, in [0, 1).
        ema_decay: Decay per step of the moving average in [0, 1); 0 keeps none.

    Reference:
        LeCun et al. 1998.
    """

    networks = ("classifier",)
    inference = ("classifier",)
    terms = ("loss", "accuracy")
    reads = ("image", "label")
    uses_held_out = True

    def __init__(
        self,
        image_shape: ImageShape = (28, 28, 1),
        filters: Width = 8,
        feature_dim: Width = 64,
        num_classes: SmallCount = 10,
        dropout: OpenFraction = 0.0,
        ema_decay: OpenFraction = 0.0,
        name: str = "digit_net",
    ):
        super().__init__(locals())
        self.num_classes = num_classes
        self.classifier = digit_classifier(image_shape, filters, feature_dim, num_classes, dropout)
        self.average("classifier", ema_decay)

    def call(self, data, training=False):
        return self.classifier({"image": data["image"]}, training=training)["logits"]

    def train_step(self, data):
        labels = ops.one_hot(data["label"], self.num_classes, dtype="float32")

        def loss_fn():
            logits = self.classifier({"image": data["image"]}, training=True)["logits"]
            right = ops.equal(ops.argmax(logits, axis=-1), ops.cast(data["label"], "int32"))
            return cross_entropy(labels, logits), {"accuracy": ops.mean(ops.cast(right, "float32"))}

        loss, terms = self.minimize(loss_fn, "classifier")
        self.update_averages()
        return self.log(loss=loss, **terms)

    def check_examples(self, examples):
        """Raise `UserError` where a label is none of the classes."""
        label = examples.columns["label"]
        if label.min() < 0 or label.max() >= self.num_classes:
            raise UserError(
                f"`{examples.name}` has labels from {label.min()} to {label.max()}: set model.num_classes to "
                f"{label.max() + 1}, got {self.num_classes}."
            )

    def validate(self, images, columns):
        """Return the accuracy and the cross-entropy on pictures that are not trained on."""
        probabilities, label = self.classify(images), columns["label"]
        of_truth = np.maximum(probabilities[np.arange(len(label)), label], np.finfo("float32").tiny)
        right = probabilities.argmax(axis=1) == label
        return {"accuracy": float(right.mean()), "cross_entropy": float(-np.log(of_truth).mean())}

    def features(self, images):
        """Return what the classes are told from.

        Args:
            images: float (n, side, side, 1) in [-1, 1], array or tensor, of any size from a quarter of the network's
                on; 1 or 3 channels where the network reads colour.

        Returns:
            float32 array (n, feature_dim), at least 0.

        Raises:
            UserError: Pictures of another shape or range.
        """
        return in_chunks(lambda x: self._outputs(x)["features"], check_pictures(images, self.image_shape))

    def classify(self, images):
        """Return the probability of every class.

        Args:
            images: As for `features`.

        Returns:
            float32 array (n, num_classes), rows that add up to 1.

        Raises:
            UserError: Pictures of another shape or range.
        """
        return in_chunks(lambda x: ops.softmax(self._outputs(x)["logits"]), check_pictures(images, self.image_shape))

    def _outputs(self, images):
        return self.network("classifier")({"image": images}, training=False)

    def export_signatures(self):
        """Return the signature `classify`: image (B, H, W, C) in [-1, 1] -> probabilities (B, num_classes)."""
        classifier = self.network("classifier")
        # On an input of its own, so that no node is left in the classifier.
        image = keras.Input((None, None, self.image_shape[-1]), name="image")
        logits = keras.Model(classifier.input, classifier.output["logits"])({"image": image})
        network = keras.Model({"image": image}, {"probabilities": layers.Softmax(dtype="float32")(logits)})
        examples = np.random.default_rng(0).uniform(-1, 1, (5, *self.image_shape)).astype("float32")
        return {"classify": (network, {"image": examples}, lambda image: self.classify(image))}
