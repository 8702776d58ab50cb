"""What `attribute_cnn` and `iterative_gan` share: a trunk of four halvings, and the layers that tell attributes."""

from keras import layers

from keras_facegan.errors import UserError
from keras_facegan.layers.constant_attributes import ConstantAttributes
from keras_facegan.networks.dcgan import leaky, normal_kernel, trunk

HALVINGS = 4


def smallest_side(image_shape) -> int:
    """Return the side of a picture halved four times; raise `UserError` where it is no whole number."""
    side = image_shape[0]
    if image_shape[1] != side or side % 2**HALVINGS:
        raise UserError(
            f"model.image_shape must be [side, side, channels] with a side that is a multiple of {2**HALVINGS}, such "
            f"as 32, 64, 80 or 128; got {list(image_shape)}."
        )
    return side // 2**HALVINGS


def widths(filters: int) -> list[int]:
    """Return the channels after every halving."""
    return [filters * 2**depth for depth in range(HALVINGS)]


def halvings(image, filters: int) -> list:
    """Return the four maps of a picture (B, side, side, C), h0 to h3 of the paper, the largest first."""
    return trunk(image, widths(filters), leaky, first=layers.LeakyReLU(0.2), kernel=5)


def shared(x, width: int):
    """Return the features (B, width) of the last map, which all heads of the classifier read."""
    return leaky(layers.Dense(width, kernel_initializer=normal_kernel())(layers.Flatten()(x)))


def attribute_logits(x, hidden: int, attributes: int):
    """Return logits (B, attributes) of features (B, D), in float32."""
    x = leaky(layers.Dense(hidden, kernel_initializer=normal_kernel())(x))
    x = layers.Dense(attributes, kernel_initializer=normal_kernel())(x)
    return ConstantAttributes(name="constant_attributes")(layers.Activation("linear", dtype="float32")(x))
