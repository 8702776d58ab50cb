"""A Keras callback that counts global steps, so that a resumed run goes on where it was cut."""

import dataclasses

import keras


@dataclasses.dataclass(frozen=True)
class Schedule:
    """The steps that a fit takes.

    Attributes:
        start: Steps taken before this fit.
        last: The step at which the run is complete.
    """

    start: int
    last: int

    def is_due(self, step: int, every: int) -> bool:
        """Say whether something that happens every so many steps, and at the last one, happens at `step`."""
        return step > 0 and (step % every == 0 or step == self.last)


class StepCallback(keras.callbacks.Callback):
    """Calls `on_step(step, logs)` every so many global steps and at the last one.

    A subclass defines `on_step`: it acts on the state after `step` steps; `logs` maps terms to float32 scalars, their
    means over the log interval so far.

    Args:
        schedule: Steps of the fit.
        every: Steps between two calls.
    """

    def __init__(self, schedule: Schedule, every: int):
        super().__init__()
        self.schedule, self.every = schedule, every
        self.step = schedule.start

    @classmethod
    def for_run(cls, run) -> "StepCallback | None":
        """Return the callback of a run, or None for a run that does not need it.

        Args:
            run: `keras_facegan.run.Run` with its model, data and schedule.
        """
        raise TypeError(f"{cls.__name__} must define for_run.")

    def on_train_batch_end(self, batch, logs=None):
        self.step += 1
        if self.schedule.is_due(self.step, self.every):
            self.on_step(self.step, logs)

    def on_step(self, step: int, logs: dict):
        """Act on the state after `step` steps."""

    def close(self):
        """Give back what the callback holds; called once, however the run ends."""


class PictureCallback(StepCallback):
    """A step callback that writes pictures; a resumed run draws those that a kill has prevented."""

    def on_train_begin(self, logs=None):
        if self.schedule.is_due(self.step, self.every) and not self.is_drawn(self.step):
            self.on_step(self.step, {})

    def is_drawn(self, step: int) -> bool:
        """Say whether the pictures of a step are there."""
        raise TypeError(f"{type(self).__name__} must define is_drawn.")
