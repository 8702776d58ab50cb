"""The strided convolutions of PFA-GAN's age estimator, down to a map of 4 x 4."""

from keras import layers

from keras_facegan.arguments import Width
from keras_facegan.errors import UserError
from keras_facegan.layers.batch_norm import BatchNormalization
from keras_facegan.layers.convolution import Conv2D


def dex(x, width: Width = 64):
    """Return the features of pictures whose side is a power of two, 8 or more.

    Args:
        x: Keras tensor (B, side, side, C).
        width: Channels of the first convolution, doubled at each of the next three; 64 in the paper.

    Returns:
        Keras tensor (B, 16 * channels).

    Raises:
        UserError: Another side.

    Reference:
        PFA-GAN, Huang et al. 2020, arXiv 2012.03459, section III-B; its code's `AgeEstimationNetwork`.
    """
    side = x.shape[1]
    if side < 8 or side & (side - 1):
        raise UserError(f"backbone dex needs an image side that is a power of two from 8 on, got {side}.")
    for depth in range(side.bit_length() - 3):
        x = Conv2D(width * min(2**depth, 8), 4, 2, "same", name=f"conv{depth + 1}")(x)
        x = layers.ReLU(name=f"stage{depth + 1}")(BatchNormalization()(x))
    return layers.Flatten()(x)
