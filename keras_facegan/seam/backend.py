"""Have Keras run on TensorFlow, start it without notices about what is no fault, and say which device computes."""

import contextlib
import os
import pathlib
import re
import sys
import tempfile

from keras_facegan.errors import UserError
from keras_facegan.seam.imports import on_import

# What native code says while it is loaded, before any setting is read: information, warnings, and their headings.
_NOTICE = re.compile(rb"(WARNING: All log messages before absl|To enable the following instructions|[IW]\d{4} )")
_DRIVER = pathlib.Path("/proc/driver/nvidia/version")


def choose():
    """Set TensorFlow as the backend of Keras, whatever KERAS_BACKEND or keras.json say; nothing is imported.

    Raises:
        UserError: Keras runs on another backend already.
    """
    if "keras" in sys.modules:
        backend = sys.modules["keras"].config.backend()
        if backend != "tensorflow":
            raise UserError(
                f"keras_facegan runs on TensorFlow, and Keras was imported with the backend {backend}: set "
                "KERAS_BACKEND=tensorflow, or import keras_facegan first."
            )
    elif os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        asked = os.environ["KERAS_BACKEND"]
        print(f"keras_facegan runs on TensorFlow: KERAS_BACKEND={asked} is set to tensorflow.", file=sys.stderr)
    os.environ["KERAS_BACKEND"] = "tensorflow"


def hush():
    """Silence the notices of TensorFlow, which is not imported yet; `TF_CPP_MIN_LOG_LEVEL=0` shows them all.

    Its native code also logs as errors what is none: an absent GPU, or an optimisation that does not apply to a graph.
    What really fails raises a Python exception, whatever the level.
    """
    level = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if level not in ("0", "1") and "tensorflow" not in sys.modules:
        on_import("tensorflow", without_notices)


@contextlib.contextmanager
def without_notices():
    """Hold back what is written to file descriptor 2, and let all but TensorFlow's notices through at the end."""
    try:
        kept = os.dup(2)
    except OSError:
        # Nobody listens to a closed descriptor.
        yield
        return
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            said.seek(0)
            for line in said:
                if not _NOTICE.match(line):
                    os.write(2, line)


def start():
    """Import TensorFlow, prepare its GPUs and look for devices."""
    import tensorflow as tf

    prepare_gpus()
    tf.config.list_logical_devices()


def prepare_gpus():
    """Import TensorFlow, take GPU memory as it is needed instead of all at once, and multiply float32 in float32.

    TensorFlow would round the factors to the 10 bits of TF32. SSIM, inverses and likelihoods do not bear that, and who
    wants speed asks for bfloat16.
    """
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(False)
    for gpu in tf.config.list_physical_devices("GPU"):
        # Memory growth is fixed once a device is in use: then the host program has decided.
        with contextlib.suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(gpu, True)


def device() -> str:
    """Return the device that computes, for people: the name of the first GPU, or "CPU (8 cores)"."""
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU")
        return name if len(gpus) == 1 else f"{name} (the first of {len(gpus)})"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"CPU ({cores} {'core' if cores == 1 else 'cores'})"


def unused_gpu() -> str | None:
    """Return a sentence where the machine has an NVIDIA GPU that TensorFlow cannot use, else None."""
    import tensorflow as tf

    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    if hidden or not _DRIVER.exists() or tf.config.list_physical_devices("GPU"):
        return None
    return (
        "This machine has an NVIDIA GPU that TensorFlow cannot use. `pip install keras-facegan[gpu]` brings its "
        "libraries; TF_CPP_MIN_LOG_LEVEL=0 shows what is missing."
    )
