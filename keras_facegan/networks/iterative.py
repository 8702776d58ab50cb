"""The networks of the iterative GAN, of which `attribute_cnn` takes those that tell attributes.

Two birds with one stone: Transforming and generating facial images with iterative GAN. Ma, Liu, Kang, Zhou, Zhu, Xu
2019, Neurocomputing, section 4.
"""

import keras
from keras import layers

from keras_facegan.errors import UserError
from keras_facegan.layers.constant_attributes import ConstantAttributes
from keras_facegan.networks.dcgan import grow, leaky, normal_kernel, rectified, trunk

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


def iterative_generator(image_shape, condition, filters, latent_dim):
    """Latents (B, latent_dim) and attributes (B, K) -> images (B, side, side, channels) in [-1, 1]."""
    side, (*narrower, widest) = smallest_side(image_shape), widths(filters)
    latents, wanted = keras.Input((latent_dim,), name="latents"), condition.input()
    x = layers.Concatenate()([latents, condition.vector(wanted)])
    x = layers.Dense(side * side * widest, kernel_initializer=normal_kernel())(x)
    x = rectified(layers.Reshape((side, side, widest))(x))
    x = grow(x, [*reversed(narrower), image_shape[-1]], rectified, kernel=5)
    images = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model({"latents": latents, condition.name: wanted}, {"images": images}, name="generator")


def trunk_network(image_shape, filters):
    """Images (B, side, side, channels) -> maps h0 to h3, the largest first."""
    image = keras.Input(image_shape, name="image")
    maps = [layers.Activation("linear", dtype="float32")(each) for each in halvings(image, filters)]
    return keras.Model({"image": image}, {f"h{depth}": each for depth, each in enumerate(maps)}, name="trunk")


def source_head(smallest_map):
    """h3 -> logits (B, 1): is a picture real?"""
    h3 = keras.Input(smallest_map, name="h3")
    x = layers.Dense(1, kernel_initializer=normal_kernel())(layers.Flatten()(h3))
    return keras.Model({"h3": h3}, {"logits": layers.Activation("linear", dtype="float32")(x)}, name="source_head")


def share_network(smallest_map, width):
    """h3 -> features (B, width) that both heads of the classifier read."""
    h3 = keras.Input(smallest_map, name="h3")
    features = layers.Activation("linear", dtype="float32")(shared(h3, width))
    return keras.Model({"h3": h3}, {"features": features}, name="share")


def latent_head(width, latent_dim):
    """Features (B, width) -> latents (B, latent_dim) in [-1, 1]."""
    features = keras.Input((width,), name="features")
    x = layers.Dense(latent_dim, kernel_initializer=normal_kernel())(features)
    latents = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model({"features": features}, {"latents": latents}, name="latent_head")


def attribute_head(width, hidden, attributes):
    """Features (B, width) -> logits (B, attributes)."""
    features = keras.Input((width,), name="features")
    logits = attribute_logits(features, hidden, attributes)
    return keras.Model({"features": features}, {"logits": logits}, name="attribute_head")
