"""Checkpoints at their interval, and a last one when the run is asked to stop."""

import pathlib
import signal
import threading

from keras_facegan import checkpoint
from keras_facegan.callbacks.base import Schedule, StepCallback
from keras_facegan.callbacks.guard import check_weights
from keras_facegan.seam.distribution import Distribution


class Checkpoints(StepCallback):
    """Save the training state every so many steps, at the end, and on SIGTERM or Ctrl-C.

    Of several workers all stop after the same step, whichever was asked to, and the chief saves.

    Args:
        folder: Folder of checkpoints.
        facts: Dict kept in every checkpoint.
        keep: How many of the newest are kept.
        keep_every: Keep multiples of this step as well; 0 keeps none.
        schedule: Steps of the fit.
        every: Steps between two checkpoints.
        distribution: Devices that the run trains on.
    """

    by_all = True

    def __init__(
        self, folder: pathlib.Path, facts: dict, keep: int, keep_every: int, schedule: Schedule, every: int,
        distribution: Distribution | None = None,
    ):  # fmt: skip
        super().__init__(schedule, every)
        self.distribution = distribution or Distribution()
        self.folder, self.facts, self.keep, self.keep_every = folder, facts, keep, keep_every
        self.stop_signal, self.saved, self.handlers = None, None, {}

    @classmethod
    def for_run(cls, run):
        train = run.recipe.train
        keep = train.keep_checkpoints, train.keep_every
        return cls(run.files.checkpoints, run.facts, *keep, run.schedule, train.checkpoint_every, run.distribution)

    def on_train_begin(self, logs=None):
        # Only a main thread may handle signals; elsewhere the host program decides.
        if threading.current_thread() is threading.main_thread():
            self.handlers = {each: signal.signal(each, self._ask) for each in (signal.SIGTERM, signal.SIGINT)}

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if self.distribution.must_stop():
            # It may be another worker that got the signal.
            self.stop_signal = self.stop_signal or signal.SIGTERM
            if self.saved != self.step:
                check_weights(self.model, self.step)
                self.on_step(self.step, logs)
            self.model.stop_training = True

    def on_step(self, step, logs):
        if self.distribution.is_chief:
            checkpoint.save(self.folder, self.model, step, self.facts, self.keep, self.keep_every)
        self.saved = step

    def close(self):
        """Give the signals back to whoever handled them before."""
        for each, handler in self.handlers.items():
            signal.signal(each, handler)

    def _ask(self, number, frame):
        self.stop_signal = signal.Signals(number)
        self.distribution.ask_to_stop()
