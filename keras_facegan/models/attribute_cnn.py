"""A convolutional network that tells the attributes of faces: the iterative GAN's trunk, trained on labels alone.

The baseline of Two birds with one stone: Transforming and generating facial images with iterative GAN. Ma, Liu, Kang,
Zhou, Zhu, Xu 2019, Neurocomputing, section 5.3.1. Dropout, the moving average and the mirror image are additions.
"""

import keras
import numpy as np
from keras import ops

from keras_facegan.arguments import ImageShape, OpenFraction, Width
from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.layers.dropout import Dropout
from keras_facegan.layers.resize_to import ResizeTo
from keras_facegan.models._base import ZooModel
from keras_facegan.models._recognising import Recognising
from keras_facegan.networks.conditions import AttributeNames, Attributes
from keras_facegan.networks.iterative import attribute_logits, halvings, shared, smallest_side
from keras_facegan.networks.pictures import check_pictures
from keras_facegan.registry import MODELS


def attribute_network(image_shape, filters, share, hidden, dropout, attributes):
    """Images (B, side, side, channels) of any side -> logits (B, attributes)."""
    smallest_side(image_shape)
    image = keras.Input((None, None, image_shape[-1]), name="image")
    x = halvings(ResizeTo(image_shape[0])(image), filters)[-1]
    if dropout:
        # Whole maps: neighbours within one would give away what is left out.
        x = Dropout(dropout, noise_shape=(None, 1, 1, None))(x)
    x = shared(x, share)
    if dropout:
        x = Dropout(dropout)(x)
    return keras.Model({"image": image}, {"logits": attribute_logits(x, hidden, attributes)}, name="recogniser")


@MODELS.register("attribute_cnn")
@keras.saving.register_keras_serializable(package="keras_facegan")
class AttributeCNN(Recognising, ZooModel):
    """Tells up to forty attributes of a face; 38,002,472 parameters at 128 px.

    Args:
        image_shape: (side, side, channels) that the network works at, side a multiple of 16; pictures of other sizes
            are resized to it.
        attributes: Names among CelebA's forty.
        filters: Channels of the first map, doubled at each of three further halvings; 64 in the paper.
        share: Width of the dense layer behind the maps; 1,024 in the paper.
        hidden: Width of the dense layer behind that; 128 in the paper.
        dropout: Share of the last maps, and of the features, left out in training, in [0, 1).
        mirrored: Whether `recognise` takes the mean for a picture and its mirror image.
        ema_decay: Decay per step of the moving average in [0, 1); 0 keeps none.

    Reference:
        Ma et al. 2019, sections 4 and 5.3.1.
    """

    networks = ("recogniser",)
    inference = ("recogniser",)
    terms = ("loss", "hamming_loss")
    reads = ("image", "attributes")

    def __init__(
        self,
        image_shape: ImageShape = (64, 64, 3),
        attributes: AttributeNames = CELEBA_ATTRIBUTES,
        filters: Width = 64,
        share: Width = 1024,
        hidden: Width = 128,
        dropout: OpenFraction = 0.0,
        mirrored: bool = True,
        ema_decay: OpenFraction = 0.0,
        name: str = "attribute_cnn",
    ):
        super().__init__(locals())
        self.mirrored = mirrored
        self.recogniser = attribute_network(image_shape, filters, share, hidden, dropout, len(attributes))
        self.average("recogniser", ema_decay)
        self.tell(Attributes(attributes), "recogniser")

    def call(self, data, training=False):
        return self.recogniser({"image": data["image"]}, training=training)["logits"]

    def train_step(self, data):
        labels = self.labels.of(data["attributes"])

        def loss_fn():
            logits = self.recogniser({"image": data["image"]}, training=True)["logits"]
            return self.labels.loss(labels, logits), {"hamming_loss": 1.0 - self.labels.accuracy(labels, logits)}

        loss, terms = self.minimize(loss_fn, "recogniser")
        self.update_averages()
        return self.log(loss=loss, **terms)

    def checked(self, images):
        """Return pictures of any square size as a float32 array; raise `UserError` where they are none."""
        return check_pictures(images, self.image_shape)

    def probabilities(self, images):
        """Return probabilities (B, attributes) of a batch of checked pictures."""
        recogniser = self.network("recogniser")
        views = (images, ops.flip(images, 2)) if self.mirrored else (images,)
        told = [ops.sigmoid(recogniser({"image": view}, training=False)["logits"]) for view in views]
        return sum(told) / len(told)

    def export_signatures(self):
        """Return the signature `recognise`: image (B, H, W, C) in [-1, 1] -> probabilities (B, attributes)."""
        image = keras.Input((None, None, self.image_shape[-1]), name="image")
        network = keras.Model({"image": image}, {"probabilities": self.probabilities(image)})
        examples = np.random.default_rng(0).uniform(-1, 1, (5, *self.image_shape)).astype("float32")
        return {"recognise": (network, {"image": examples}, lambda image: self.recognise(image))}
