"""The convolutional networks that turn a face into a vector of features, by name."""

from typing import Literal

import keras

from keras_facegan.arguments import check_arguments
from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.layers.resize_to import ResizeTo
from keras_facegan.networks.dex import dex
from keras_facegan.networks.inception import nn2, nn4_small2
from keras_facegan.networks.resnet import face_resnet, resnet
from keras_facegan.networks.zeiler_fergus import nn1

BACKBONES = {backbone.__name__: backbone for backbone in (dex, nn1, nn2, nn4_small2, resnet, face_resnet)}
BackboneName = Literal["dex", "nn1", "nn2", "nn4_small2", "resnet", "face_resnet"]


def backbone_features(name, image_shape, **settings):
    """Return the input and the features of a backbone, for pictures of any square size.

    Args:
        name: "dex", "nn1", "nn2", "nn4_small2", "resnet" or "face_resnet".
        image_shape: (side, side, channels) at which the backbone works; other sizes are resized to it.
        **settings: Arguments of the backbone, such as `width`; None leaves its default.

    Returns:
        Keras tensors `image` (B, H, W, channels) and features (B, D).

    Raises:
        UserError: An unknown backbone, a setting that it does not have, or a side that it cannot work at.
    """
    if name not in BACKBONES:
        raise UserError(f"backbone `{name}` is unknown.{did_you_mean(name, BACKBONES)}")
    settings = {key: value for key, value in settings.items() if value is not None}
    check_arguments(f"the backbone {name}", BACKBONES[name], settings, "model.")
    image = keras.Input((None, None, image_shape[-1]), name="image")
    return image, BACKBONES[name](ResizeTo(image_shape[0])(image), **settings)
