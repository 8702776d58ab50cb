"""Settings of the backend for a whole process."""

import contextlib

import keras
import tensorflow as tf


def deterministic_kernels():
    """Make equal runs give equal bits; XLA is switched off by it."""
    tf.config.experimental.enable_op_determinism()


def grow_gpu_memory():
    """Take GPU memory as it is needed instead of all at once."""
    for gpu in tf.config.list_physical_devices("GPU"):
        # Memory growth is fixed once a device is in use: then the host program has decided.
        with contextlib.suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(gpu, True)


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
