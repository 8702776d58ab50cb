"""TensorBoard events by global step, written so that a resumed run shows one unbroken curve.

Keras' own callback counts batches since the process began and cannot purge the steps that a resumed run repeats.
"""

import contextlib
import errno
import io
import time

import numpy as np
import tensorflow as tf
from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import summary_v2 as hparams
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from keras_facegan.callbacks.base import Schedule, StepCallback


class TensorBoard(StepCallback):
    """Write every scalar of the step, learning rates, loss scales, throughput, and hyper-parameters once.

    Args:
        folder: Folder of the event files.
        settings: Flat dict of hyper-parameters: strings, numbers and truth values.
        images_per_step: Real pictures per step.
        schedule: Steps of the fit; later points of an interrupted run are purged.
        every: Steps between two points.
    """

    def __init__(self, folder, settings: dict, images_per_step: int, schedule: Schedule, every: int):
        super().__init__(schedule, every)
        self.images_per_step = images_per_step
        with _os_errors():
            self.events = EventFileWriter(str(folder))
        self.events.add_event(Event(step=schedule.start + 1, session_log=SessionLog(status=SessionLog.START)))
        self._write(schedule.start, hparams.hparams_pb(settings))

    @classmethod
    def for_run(cls, run):
        return run.tensorboard

    def on_train_begin(self, logs=None):
        self.since = (time.perf_counter(), self.step)

    def on_step(self, step, logs):
        now, (then, before) = time.perf_counter(), self.since
        self.since = (now, step)
        scalars = {tag(name): float(value) for name, value in logs.items()}
        scalars["speed/images_per_second"] = (step - before) * self.images_per_step / (now - then)
        for network, optimizer in self.model.optimizers.items():
            scalars[f"rate/{network}"] = float(np.asarray(optimizer.learning_rate))
            if hasattr(optimizer, "dynamic_scale"):
                scalars[f"loss_scale/{network}"] = float(np.asarray(optimizer.dynamic_scale))
        self.scalars(step, scalars)

    def scalars(self, step, values):
        """Add `{tag: float}` at a step."""
        self._write(step, Summary(value=[Summary.Value(tag=k, simple_value=v) for k, v in values.items()]))

    def image(self, tag, step, pixels):
        """Add a uint8 picture (H, W, C) at a step."""
        file = io.BytesIO()
        Image.fromarray(pixels.squeeze()).save(file, "PNG")
        image = Summary.Image(height=pixels.shape[0], width=pixels.shape[1], encoded_image_string=file.getvalue())
        self._write(step, Summary(value=[Summary.Value(tag=tag, image=image)]))

    def on_train_end(self, logs=None):
        with _os_errors():
            self.events.flush()

    def close(self):
        """Flush and close the event file; what went wrong with it has been said before."""
        with contextlib.suppress(OSError), _os_errors():
            self.events.close()

    def _write(self, step, summary):
        with _os_errors():
            self.events.add_event(Event(wall_time=time.time(), step=step, summary=summary))


def tag(term: str) -> str:
    """Return the tag of a term, grouped by what it is: "loss/d_loss", "gradient/generator", "term/accuracy"."""
    if term.endswith("_gradient_norm"):
        return f"gradient/{term.removesuffix('_gradient_norm')}"
    kind = term.rpartition("_")[2]
    return f"{kind if kind in ('loss', 'score') else 'term'}/{term}"


@contextlib.contextmanager
def _os_errors():
    # TensorFlow's file system has errors of its own, and calls a full disk an exhausted resource.
    try:
        yield
    except tf.errors.ResourceExhaustedError:
        raise OSError(errno.ENOSPC, "the disk is full") from None
    except tf.errors.OpError as error:
        raise OSError(errno.EIO, error.message) from None
