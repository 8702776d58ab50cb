"""A small residual network for faces of 32 to 128 pixels."""

from keras import layers

from keras_facegan.arguments import Width
from keras_facegan.errors import UserError
from keras_facegan.layers.batch_norm import BatchNormalization
from keras_facegan.layers.convolution import Conv2D

LARGEST_MAP = 32


def resnet(x, width: Width = 32, blocks=(1, 1, 1, 1)):
    """Return the pooled features of pictures.

    A 4 x 4 convolution halves the picture, means halve it on to 32 pixels at most, then each stage but the first
    doubles the channels and halves the map.

    Args:
        x: Keras tensor (B, side, side, C), side 32 or more.
        width: Channels of the first stage.
        blocks: Residual blocks of each stage.

    Returns:
        Keras tensor (B, channels of the last stage), the mean over the map.

    Raises:
        UserError: The side is smaller than the stages can halve.

    Reference:
        He et al. 2015, arXiv 1512.03385, in the order of 1603.05027: normalise, activate, convolve.
    """
    if x.shape[1] < 2 ** (len(blocks) + 1):
        raise UserError(
            f"backbone resnet with {len(blocks)} stages needs an image side of {2 ** (len(blocks) + 1)} or more, "
            f"got {x.shape[1]}."
        )
    x = Conv2D(width, 4, 2, "same", use_bias=False, name="conv1")(x)
    while x.shape[1] > LARGEST_MAP:
        # The gradient of a mean costs a twentieth of a maximum's.
        x = layers.AveragePooling2D(2, padding="same")(x)
    for stage, count in enumerate(blocks):
        for block in range(count):
            x = _block(x, width * 2**stage, 2 if stage and not block else 1)
        x = layers.Activation("linear", name=f"stage{stage + 1}")(x)
    return layers.GlobalAveragePooling2D()(layers.ReLU()(BatchNormalization()(x)))


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
