"""Networks that run on the examples that need them, and on no others."""

import tensorflow as tf


def apply_where(fn, mask, x, *others):
    """Return `fn(x, *others)` for the examples of a mask and `x` itself for all others, bit by bit.

    The examples are gathered first, so that the cost and the gradient of `fn` are those of the masked ones alone;
    where there are none it does not run.

    Args:
        fn: Callable from a tensor (n, ...), and the same rows of the others, to a tensor of its shape, for any n.
        mask: bool tensor (B,).
        x: Tensor (B, ...).
        *others: Tensors (B, ...).

    Returns:
        Tensor of the shape of `x`, in the dtype of `x`.
    """
    places = tf.where(mask)

    def change():
        changed = fn(*(tf.gather(each, places[:, 0]) for each in (x, *others)))
        return tf.tensor_scatter_nd_update(x, places, tf.cast(changed, x.dtype))

    # oneDNN's convolutions give an empty batch a wrong shape.
    return tf.cond(tf.reduce_any(mask), change, lambda: x)
