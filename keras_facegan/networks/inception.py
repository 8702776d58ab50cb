"""NN2 of FaceNet and its small relative nn4.small2: inception networks with L2 pooling."""

import functools

from keras import layers

from keras_facegan.arguments import WidthFactor
from keras_facegan.layers.batch_norm import BatchNormalization
from keras_facegan.layers.l2_pool import L2Pooling

# Name: 1 x 1 channels, 3 x 3 (reduced, channels), 5 x 5 (reduced, channels), (pool, channels after it), stride.
# Without channels the pooled map passes as it is.
_NN2 = {
    "2": (0, (64, 192), None, None, 1),
    "3a": (64, (96, 128), (16, 32), ("max", 32), 1),
    "3b": (64, (96, 128), (32, 64), ("l2", 64), 1),
    "3c": (0, (128, 256), (32, 64), ("max", 0), 2),
    "4a": (256, (96, 192), (32, 64), ("l2", 128), 1),
    "4b": (224, (112, 224), (32, 64), ("l2", 128), 1),
    "4c": (192, (128, 256), (32, 64), ("l2", 128), 1),
    "4d": (160, (144, 288), (32, 64), ("l2", 128), 1),
    "4e": (0, (160, 256), (64, 128), ("max", 0), 2),
    "5a": (384, (192, 384), (48, 128), ("l2", 128), 1),
    "5b": (384, (192, 384), (48, 128), ("max", 128), 1),
}
_NN4_SMALL2 = {name: _NN2[name] for name in ("2", "3a", "3b", "3c", "4a", "4e")} | {
    "5a": (256, (96, 384), None, ("l2", 96), 1),
    "5b": (256, (96, 384), None, ("max", 96), 1),
}


def nn2(x, batch_norm: bool = True, width: WidthFactor = 1.0):
    """Return the features of NN2, 7,456,304 parameters with the embedding and without batch normalisation.

    Args:
        x: Keras tensor (B, side, side, C), side 224 in the paper.
        batch_norm: Whether every convolution is followed by batch normalisation.
        width: Factor on the channels of every layer, which are rounded to multiples of 8.

    Returns:
        Keras tensor (B, 1024 * width), the mean over the map.

    Reference:
        Schroff et al. 2015, arXiv 1503.03832, table 2.
    """
    return _inception(x, _NN2, batch_norm, width)


def nn4_small2(x, batch_norm: bool = True, width: WidthFactor = 1.0):
    """Return the features of nn4.small2, 3,724,656 parameters with the embedding and without batch normalisation.

    Args:
        x: Keras tensor (B, side, side, C), side 96 in OpenFace.
        batch_norm: Whether every convolution is followed by batch normalisation.
        width: Factor on the channels of every layer, which are rounded to multiples of 8.

    Returns:
        Keras tensor (B, 736 * width), the mean over the map.

    Reference:
        OpenFace, Amos et al. 2016, CMU-CS-16-118: NN4 of Schroff et al. 2015 with fewer and smaller blocks.
    """
    return _inception(x, _NN4_SMALL2, batch_norm, width)


def _inception(x, blocks, batch_norm, width):
    convolve = functools.partial(_convolve, batch_norm=batch_norm, width=width)
    x = convolve(x, 64, 7, 2, name="conv1")
    x = layers.MaxPooling2D(3, 2, "same")(x)
    for name, block in blocks.items():
        x = _block(x, *block, name=f"inception_{name}", convolve=convolve)
        if name == "2":
            x = layers.MaxPooling2D(3, 2, "same")(x)
    return layers.GlobalAveragePooling2D()(x)


def _block(x, narrow, three, five, pool, stride, name, convolve):
    """One inception block: parallel convolutions of 1 x 1, 3 x 3 and 5 x 5 and a pooled branch, side by side."""
    branches = [convolve(x, narrow, 1)] if narrow else []
    for kernel, branch in ((3, three), (5, five)):
        if branch:
            branches.append(convolve(convolve(x, branch[0], 1), branch[1], kernel, stride))
    if pool:
        kind, channels = pool
        layer = L2Pooling(3, stride) if kind == "l2" else layers.MaxPooling2D(3, stride, "same")
        branches.append(convolve(layer(x), channels, 1) if channels else layer(x))
    return layers.Concatenate(name=name)(branches) if len(branches) > 1 else layers.Identity(name=name)(branches[0])


def _convolve(x, channels, kernel, stride=1, name=None, *, batch_norm, width):
    channels = channels if width == 1 else max(8, round(width * channels / 8) * 8)
    x = layers.Conv2D(channels, kernel, stride, "same")(x)
    return layers.ReLU(name=name)(BatchNormalization()(x) if batch_norm else x)
