"""Checkpoints at their interval, and a last one when the run is asked to stop."""

import signal
import threading

from keras_facegan import checkpoint
from keras_facegan.callbacks.base import StepCallback


class Checkpoints(StepCallback):
    """Save the training state every so many steps, at the end, and on SIGTERM or Ctrl-C.

    Args:
        folder: Folder of checkpoints.
        facts: Dict kept in every checkpoint.
        keep: How many of the newest are kept.
        keep_every: Keep multiples of this step as well; 0 keeps none.
        guard: `DivergenceGuard` asked before an unplanned checkpoint.
        start_step: Steps taken before this fit.
        last_step: The step at which the run is complete.
        every: Steps between two checkpoints.
    """

    def __init__(self, folder, facts, keep, keep_every, guard, start_step, last_step, every):
        super().__init__(start_step, last_step, every)
        self.folder, self.facts, self.keep, self.keep_every, self.guard = folder, facts, keep, keep_every, guard
        self.stop_signal = None
        self.handlers = {}

    def on_train_begin(self, logs=None):
        self.saved = None
        # Only a main thread may handle signals; elsewhere the host program decides.
        if threading.current_thread() is threading.main_thread():
            self.handlers = {each: signal.signal(each, self._ask) for each in (signal.SIGTERM, signal.SIGINT)}

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if self.stop_signal is not None:
            if self.saved != self.step:
                self.guard.check_weights()
                self.on_step(self.step, logs)
            self.model.stop_training = True

    def on_step(self, step, logs):
        checkpoint.save(self.folder, self.model, step, self.facts, self.keep, self.keep_every)
        self.saved = step

    def release(self):
        """Give the signals back to whoever handled them before."""
        for each, handler in self.handlers.items():
            signal.signal(each, handler)

    def _ask(self, number, frame):
        self.stop_signal = signal.Signals(number)
