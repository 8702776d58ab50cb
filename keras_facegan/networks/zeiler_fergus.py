"""NN1 of FaceNet: the convolutions of Zeiler and Fergus with 1 x 1 convolutions between."""

from keras import layers

from keras_facegan.arguments import WidthFactor
from keras_facegan.layers.batch_norm import BatchNormalization
from keras_facegan.layers.local_response import LocalResponseNormalization
from keras_facegan.layers.maxout import Maxout

HIDDEN = 4096

# Name, channels, kernel, stride; "pool" halves the map, "norm" is the local response normalisation.
_LAYERS = (
    ("conv1", 64, 7, 2), "pool", "norm", ("conv2a", 64, 1, 1), ("conv2", 192, 3, 1), "norm", "pool",
    ("conv3a", 192, 1, 1), ("conv3", 384, 3, 1), "pool", ("conv4a", 384, 1, 1), ("conv4", 256, 3, 1),
    ("conv5a", 256, 1, 1), ("conv5", 256, 3, 1), ("conv6a", 256, 1, 1), ("conv6", 256, 3, 1), "pool",
)  # fmt: skip


def nn1(x, batch_norm: bool = True, width: WidthFactor = 1.0):
    """Return the features of NN1, 140 million parameters with the embedding.

    Args:
        x: Keras tensor (B, side, side, C), side 220 in the paper.
        batch_norm: Normalise every convolution by the batch, in place of the paper's local response normalisation.
        width: Factor on the channels of every layer.

    Returns:
        Keras tensor (B, 4096 * width).

    Reference:
        Schroff et al. 2015, arXiv 1503.03832, table 1.
    """
    for each in _LAYERS:
        if each == "pool":
            x = layers.MaxPooling2D(3, 2, "same")(x)
        elif each == "norm":
            x = x if batch_norm else LocalResponseNormalization()(x)
        else:
            name, channels, kernel, stride = each
            x = layers.Conv2D(round(width * channels), kernel, stride, "same")(x)
            x = layers.ReLU(name=name)(BatchNormalization()(x) if batch_norm else x)
    x = layers.Flatten()(x)
    for name in ("fc1", "fc2"):
        x = Maxout(name=name)(layers.Dense(2 * round(width * HIDDEN))(x))
    return x
