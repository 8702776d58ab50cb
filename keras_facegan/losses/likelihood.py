"""Log-likelihoods of pictures and of codes in nats, one per example: what variational models maximise."""

import math

from keras import ops

_LOG_TWO_PI = math.log(2.0 * math.pi)


def _summed(values):
    return ops.sum(ops.reshape(values, (ops.shape(values)[0], -1)), axis=1)


def bernoulli(images, logits):
    """Return log p(x) of black and white pictures whose pixels are independent.

    Args:
        images: float32 (B, ...) in [-1, 1]; -1 is black and 1 is white. Grey counts as that share of both.
        logits: float32 (B, ...), log-odds of white.

    Returns:
        float32 (B,).
    """
    white = 0.5 * (images + 1.0)
    return _summed(white * logits - ops.softplus(logits))


def gaussian(images, means, log_sigma):
    """Return the log-density of values around means, all with one standard deviation or each with its own.

    Args:
        images: float32 (B, ...).
        means: float32 (B, ...).
        log_sigma: float32 scalar, or a tensor that broadcasts to `means`; natural logarithm.

    Returns:
        float32 (B,).
    """
    scaled = (images - means) * ops.exp(-log_sigma)
    return _summed(-0.5 * (ops.square(scaled) + _LOG_TWO_PI) - log_sigma * ops.ones_like(means))


def divergence_from_normal(mean, log_variance):
    """Return KL(N(mean, exp(log_variance)) || N(0, 1)), summed over the values of a code.

    Args:
        mean: float32 (B, n).
        log_variance: float32 (B, n).

    Returns:
        float32 (B,), at least 0.

    Reference:
        Kingma, Welling 2014, arXiv 1312.6114, appendix B.
    """
    return -0.5 * ops.sum(1.0 + log_variance - ops.square(mean) - ops.exp(log_variance), axis=1)
