"""Settings of the backend for a whole process."""

import contextlib

import keras
import tensorflow as tf


def deterministic_kernels():
    """Make equal runs give equal bits; XLA is switched off by it."""
    tf.config.experimental.enable_op_determinism()


@contextlib.contextmanager
def precision(policy):
    """Build layers under a Keras dtype policy, and put the former one back.

    Args:
        policy: "float32", "mixed_float16" or "mixed_bfloat16".
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
