"""A Keras callback that counts global steps, so that a resumed run goes on where it was cut."""

import keras


class StepCallback(keras.callbacks.Callback):
    """Calls `on_step(step, logs)` every so many global steps and at the last one.

    A subclass defines `on_step`: it acts on the state after `step` steps; `logs` maps terms to float32 scalars.

    Args:
        start_step: Steps taken before this fit.
        last_step: The step at which the run is complete.
        every: Steps between two calls.
    """

    def __init__(self, start_step, last_step, every):
        super().__init__()
        self.step = start_step
        self.last_step = last_step
        self.every = every

    def on_train_batch_end(self, batch, logs=None):
        self.step += 1
        if self.step % self.every == 0 or self.step == self.last_step:
            self.on_step(self.step, logs)
