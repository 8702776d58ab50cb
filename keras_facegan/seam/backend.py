"""Start TensorFlow without its notices about instruction sets and absent GPUs, which no setting silences."""

import contextlib
import os


@contextlib.contextmanager
def quiet_stderr():
    """Send what native code writes to file descriptor 2 to nowhere for a while; Python exceptions still pass."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


def start():
    """Import TensorFlow, look for devices and take GPU memory as it is needed instead of all at once."""
    with quiet_stderr():
        import tensorflow as tf

        for gpu in tf.config.list_physical_devices("GPU"):
            # Memory growth is fixed once a device is in use: then the host program has decided.
            with contextlib.suppress(RuntimeError):
                tf.config.experimental.set_memory_growth(gpu, True)
        tf.config.list_logical_devices()
