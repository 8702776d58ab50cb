"""The two halves of DCGAN-like networks as functions of tensors: what lies between inputs, conditions and heads."""

from collections.abc import Callable, Sequence

import keras
from keras import layers

from keras_facegan.layers.batch_norm import BatchNormalization
from keras_facegan.layers.convolution import Conv2D, Conv2DTranspose


def normal_kernel() -> keras.initializers.Initializer:
    """Return DCGAN's initial values N(0, 0.02), one initializer per layer: a shared one would repeat its values."""
    return keras.initializers.RandomNormal(0.0, 0.02)


def rectified(x):
    """Normalise a map over the batch and rectify it, as DCGAN's generator does between its convolutions."""
    return layers.ReLU()(_batch_norm()(x))


def leaky(x):
    """Normalise a map over the batch and rectify it with a slope of 0.2, as DCGAN's discriminator does."""
    return layers.LeakyReLU(0.2)(_batch_norm()(x))


def _batch_norm():
    return BatchNormalization(gamma_initializer=keras.initializers.RandomNormal(1.0, 0.02))


def grow(x, widths: Sequence[int], between: Callable, use_bias: bool = True, kernel: int = 4):
    """Double a map once per width.

    Args:
        x: Keras tensor (B, H, W, C), already activated.
        widths: Channels after each transposed convolution (stride 2).
        between: Callable from tensor to tensor between two of them: normalisation and activation.
        use_bias: Whether the convolutions have biases.
        kernel: Side of their kernels.

    Returns:
        Keras tensor (B, H * 2^n, W * 2^n, widths[-1]), not activated.
    """
    for depth, width in enumerate(widths):
        x = between(x) if depth else x
        x = Conv2DTranspose(width, kernel, 2, "same", use_bias=use_bias, kernel_initializer=normal_kernel())(x)
    return x


def trunk(
    x, widths: Sequence[int], between: Callable, first: Callable | None = None, use_bias: bool = True, kernel: int = 4
) -> list:
    """Halve a map once per width.

    Args:
        x: Keras tensor (B, H, W, C).
        widths: Channels after each convolution (stride 2).
        between: Callable from tensor to tensor after each of them: normalisation and activation.
        first: The same after the first one, which DCGAN does not normalise; None takes `between`.
        use_bias: Whether the convolutions have biases.
        kernel: Side of their kernels.

    Returns:
        List of the activated maps, the largest first.
    """
    maps = []
    for width in widths:
        x = Conv2D(width, kernel, 2, "same", use_bias=use_bias, kernel_initializer=normal_kernel())(x)
        x = (first or between)(x)
        maps.append(x)
        first = None
    return maps
