"""Halving and doubling convolutions (4 x 4 kernel, stride 2, "same"), equal to Keras' own and faster on a CPU.

oneDNN is slow in two places that DCGAN-like networks are made of: transposed convolutions to a few channels, that is
pictures and gradients of pictures, and half-precision kernel gradients of small maps. Both are written here as what
it is quick at; the two convolutions are each other's gradient, so any order of derivative takes the same paths.
"""

import tensorflow as tf

# A strided kernel of at most this many channels wastes most of a 16-wide vector register.
_FEW_CHANNELS = 4
# On larger maps the convolution's own kernel gradient catches up with matrix products.
_SMALL_MAP = 8
_BORDER = [[0, 0], [1, 1], [1, 1], [0, 0]]


def is_available(x):
    """Whether `halve` and `double` run on `x`, (B, H, W, C) with known H, W and C: without a GPU."""
    known = len(x.shape) == 4 and None not in tuple(x.shape[1:])
    return known and not tf.config.list_logical_devices("GPU")


def halve(x, kernel):
    """`keras.ops.conv(x, kernel, strides=2, padding="same")`, with faster gradients.

    Args:
        x: Tensor (B, 2H, 2W, C).
        kernel: Tensor or variable (4, 4, C, D) of the same dtype.

    Returns:
        Tensor (B, H, W, D).
    """

    @tf.custom_gradient
    def run(x, kernel):
        y = tf.nn.conv2d(x, kernel, 2, "SAME")
        return y, lambda dy: (double(dy, kernel), _kernel_gradient(x, dy))

    return run(x, tf.convert_to_tensor(kernel))


def double(y, kernel):
    """`keras.ops.conv_transpose(y, kernel, strides=2, padding="same")`, faster to few channels and in its gradients.

    Args:
        y: Tensor (B, H, W, D).
        kernel: Tensor or variable (4, 4, C, D) of the same dtype, as `halve` and Keras' Conv2DTranspose have it.

    Returns:
        Tensor (B, 2H, 2W, C).
    """

    @tf.custom_gradient
    def run(y, kernel):
        upsample = _double_by_blocks if kernel.shape[2] <= _FEW_CHANNELS else _double_by_stride
        return upsample(y, kernel), lambda dx: (halve(dx, kernel), _kernel_gradient(dx, y))

    return run(y, tf.convert_to_tensor(kernel))


def _double_by_stride(y, kernel):
    batch, (height, width) = tf.shape(y)[0], y.shape[1:3]
    return tf.nn.conv2d_transpose(y, kernel, [batch, 2 * height, 2 * width, kernel.shape[2]], 2, "SAME")


def _double_by_blocks(y, kernel):
    # Every 2 x 2 block of the result, shifted by one, sees the same 2 x 2 inputs: a plain convolution to 4C channels.
    channels, depth = kernel.shape[2:]
    parts = tf.reverse(tf.reshape(kernel, (2, 2, 2, 2, channels, depth)), [0, 2])
    parts = tf.reshape(tf.transpose(parts, (0, 2, 5, 1, 3, 4)), (2, 2, depth, 4 * channels))
    blocks = tf.nn.conv2d(y, parts, 1, _BORDER)
    return tf.nn.depth_to_space(blocks, 2)[:, 1:-1, 1:-1]


def _kernel_gradient(x, dy):
    """Gradient of `halve` by its kernel: (B, 2H, 2W, C) and (B, H, W, D) -> (4, 4, C, D)."""
    channels, (height, width, depth) = x.shape[3], dy.shape[1:]
    if x.dtype == tf.float32 or max(height, width) > _SMALL_MAP:
        return tf.raw_ops.Conv2DBackpropFilter(
            input=x, filter_sizes=[4, 4, channels, depth], out_backprop=dy, strides=[1, 2, 2, 1], padding="SAME"
        )
    blocks = tf.nn.space_to_depth(tf.pad(x, _BORDER), 2)
    dy = tf.reshape(dy, (-1, depth))
    products = [
        tf.matmul(
            tf.reshape(blocks[:, top : top + height, left : left + width], (-1, 4 * channels)), dy, transpose_a=True
        )
        for top in (0, 1)
        for left in (0, 1)
    ]
    parts = tf.reshape(tf.stack(products), (2, 2, 2, 2, channels, depth))
    return tf.reshape(tf.transpose(parts, (0, 2, 1, 3, 4, 5)), (4, 4, channels, depth))
