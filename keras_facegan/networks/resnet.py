"""A small residual network for faces of 32 to 128 pixels."""

from keras import layers

from keras_facegan.arguments import Width
from keras_facegan.errors import UserError
from keras_facegan.layers.batch_norm import BatchNormalization
from keras_facegan.layers.convolution import Conv2D

LARGEST_MAP = 32
# Here the last map of `face_resnet`, halved five times, is a single place.
SMALLEST_SIDE = 32


def resnet(x, width: Width = 32):
    """Return the pooled features of pictures.

    A 4 x 4 convolution halves the picture, means halve it on to 32 pixels at most, then each stage but the first
    doubles the channels and halves the map.

    Args:
        x: Keras tensor (B, side, side, C), side 32 or more.
        width: Channels of the first stage.

    Returns:
        Keras tensor (B, channels of the last stage), the mean over the map.

    Raises:
        UserError: The side is smaller than the stages can halve.

    Reference:
        He et al. 2015, arXiv 1512.03385, in the order of 1603.05027: normalise, activate, convolve.
    """
    _check_side(x, "resnet")
    x = Conv2D(width, 4, 2, "same", use_bias=False, name="conv1")(x)
    while x.shape[1] > LARGEST_MAP:
        # The gradient of a mean costs a twentieth of a maximum's.
        x = layers.AveragePooling2D(2, padding="same")(x)
    x = _stages(x, [width, 2 * width, 4 * width, 8 * width])
    return layers.GlobalAveragePooling2D()(x)


def face_resnet(x, width: Width = 32):
    """Return the features of faces that all lie alike in their pictures: a `resnet` that keeps what is where.

    Two 4 x 4 convolutions make a quarter of the side, where `resnet` takes means, which wash out wrinkles. The last map
    is not averaged but handed on place by place, so that a mouth is compared with a mouth; 6 instead of 8 times the
    width in the last stage pay for the larger layer behind.

    Args:
        x: Keras tensor (B, side, side, C), side 32 or more.
        width: Channels of the first stage.

    Returns:
        Keras tensor (B, D), the places of the last map in a row.

    Raises:
        UserError: The side is smaller than the stages can halve.
    """
    _check_side(x, "face_resnet")
    x = Conv2D(max(width // 2, 1), 4, 2, "same", use_bias=False, name="conv1")(x)
    x = layers.ReLU()(BatchNormalization()(x))
    x = Conv2D(width, 4, 2, "same", use_bias=False, name="conv2")(x)
    return layers.Flatten()(_stages(x, [width, 2 * width, 4 * width, 6 * width]))


def _check_side(x, name):
    if x.shape[1] < SMALLEST_SIDE:
        raise UserError(f"backbone {name} needs an image side of {SMALLEST_SIDE} or more, got {x.shape[1]}.")


def _stages(x, channels):
    """Return the last map of residual stages, each of which but the first halves it, normalised and activated."""
    for stage, width in enumerate(channels):
        x = _block(x, width, 2 if stage else 1)
        x = layers.Activation("linear", name=f"stage{stage + 1}")(x)
    return layers.ReLU()(BatchNormalization()(x))


def _block(x, channels, stride):
    y = layers.ReLU()(BatchNormalization()(x))
    shortcut = x
    if stride > 1:
        shortcut = layers.AveragePooling2D(2, padding="same")(x)
    if x.shape[-1] != channels:
        shortcut = Conv2D(channels, 1, use_bias=False)(shortcut)
    y = Conv2D(channels, 3, stride, "same", use_bias=False)(y)
    y = layers.ReLU()(BatchNormalization()(y))
    return layers.add([shortcut, Conv2D(channels, 3, padding="same", use_bias=False)(y)])
