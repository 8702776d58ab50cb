"""Penalties on the discriminator's input gradient, taken in float32 whatever the precision of training."""

from keras import ops

from keras_facegan.seam import random
from keras_facegan.seam.gradients import float32_compute, input_gradient


def _squared_norm(gradient):
    return ops.sum(ops.square(gradient), axis=list(range(1, len(gradient.shape))))


def r1(score, network, images):
    """Mean squared norm of the input gradient at real pictures (Mescheder et al. 2018, equation 9, without gamma / 2).

    Args:
        score: Callable from pictures (B, H, W, C) to logits, calling `network`.
        network: The discriminator, whose layers compute in float32 meanwhile.
        images: Tensor (B, H, W, C), real pictures.

    Returns:
        float32 scalar.
    """
    with float32_compute(network):
        return ops.mean(_squared_norm(input_gradient(score, images)))


def gradient_penalty(score, network, real, fake, seed):
    """Mean squared distance of the gradient norm to 1 between real and fake (Gulrajani et al. 2017, equation 3).

    Args:
        score: Callable from pictures (B, H, W, C) to logits, calling `network`.
        network: The discriminator, whose layers compute in float32 meanwhile.
        real: Tensor (B, H, W, C), real pictures.
        fake: Tensor (B, H, W, C), generated pictures.
        seed: Seed generator for the position on each line from real to fake.

    Returns:
        float32 scalar, without the factor lambda (10 in the paper).
    """
    mix = random.uniform((ops.shape(real)[0],) + (1,) * (len(real.shape) - 1), seed=seed)
    with float32_compute(network):
        between = ops.cast(real, "float32") * mix + ops.cast(fake, "float32") * (1.0 - mix)
        # Keep the square root differentiable where the gradient vanishes.
        norm = ops.sqrt(_squared_norm(input_gradient(score, between)) + 1e-12)
    return ops.mean(ops.square(norm - 1.0))
