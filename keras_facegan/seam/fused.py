"""Fast paths equal to Keras' own: one TensorFlow kernel where Keras composes several operations."""

import keras
import tensorflow as tf

# FusedBatchNormV3 is written for these; statistics, scale and offset are float32 in all of them.
_FUSED_DTYPES = ("float16", "bfloat16", "float32")


def batch_norm_is_fused(x):
    """Whether `batch_norm` and `normalize` run on `x`: a 4-D tensor of at most 32 bits."""
    return len(x.shape) == 4 and keras.backend.standardize_dtype(x.dtype) in _FUSED_DTYPES


def batch_norm(x, gamma, beta, epsilon):
    """Normalise by the statistics of the batch: `keras.ops.moments`, then `keras.ops.batch_normalization`.

    Faster because one pass gives mean and variance and a second normalises, without a float32 copy of a half-precision
    input, and because TensorFlow folds a following ReLU into it.

    Args:
        x: Tensor (B, H, W, C), float16, bfloat16 or float32.
        gamma: float32 tensor (C,), scale.
        beta: float32 tensor (C,), offset.
        epsilon: Float added to the variance.

    Returns:
        `(y, mean, variance)`: a tensor like `x`, and float32 (C,) biased moments over batch, height and width; these
        two are for moving statistics, gradients pass through `y` only.
    """
    y, mean, unbiased, *_ = tf.raw_ops.FusedBatchNormV3(
        x=x, scale=gamma, offset=beta, mean=[], variance=[], epsilon=epsilon, is_training=True
    )
    # The kernel reports the unbiased variance though it normalises by the biased one, as Keras does.
    count = tf.cast(tf.size(x, tf.int64) // tf.size(mean, tf.int64), tf.float32)
    return y, mean, unbiased * ((count - 1.0) / count)


def normalize(x, gamma, beta, mean, variance, epsilon):
    """Normalise by given statistics: `keras.ops.batch_normalization`, as BatchNormalization does at inference.

    Faster because it is one pass over `x`, without a float32 copy of a half-precision input.

    Args:
        x: Tensor (B, H, W, C), float16, bfloat16 or float32.
        gamma: float32 tensor (C,), scale.
        beta: float32 tensor (C,), offset.
        mean: float32 tensor (C,), usually a moving mean.
        variance: float32 tensor (C,), usually a moving variance.
        epsilon: Float added to the variance.

    Returns:
        Tensor like `x`.
    """
    return tf.raw_ops.FusedBatchNormV3(
        x=x, scale=gamma, offset=beta, mean=mean, variance=variance, epsilon=epsilon, is_training=False
    ).y
