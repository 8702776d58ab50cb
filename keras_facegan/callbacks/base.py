"""A Keras callback that counts global steps, so that a resumed run goes on where it was cut."""

import dataclasses
import pathlib
import time
from collections.abc import Callable

import keras

from keras_facegan.errors import in_words

# A run of many steps shows its first pictures after this time, however rare its pictures are.
SECONDS_TO_EARLY_PICTURES = 60.0
EARLY = "early"


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

    Attributes:
        optional: Whether a run goes on without it where it fails, rather than stop.
        by_all: Whether every worker of a distributed run needs it, rather than the one that writes the results.
        report: Callable that shows a line of text.

    Args:
        schedule: Steps of the fit.
        every: Steps between two calls.
    """

    optional = False
    by_all = False
    report = staticmethod(print)

    def __init__(self, schedule: Schedule, every: int):
        super().__init__()
        self.schedule, self.every, self.has_failed = schedule, every, False
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
            self.act(logs)

    def act(self, logs: dict):
        """Call `on_step`; where what is optional fails, say so once and leave it out from then on."""
        self.attempt(self.on_step, self.step, logs)

    def attempt(self, action: Callable, *arguments):
        """Call something that may fail where the callback is optional, see `act`."""
        if self.has_failed:
            return
        try:
            action(*arguments)
        except OSError:
            # A disk that is full or gone is no fault of the callback's.
            raise
        except Exception as error:
            if not self.optional:
                raise
            self.has_failed = True
            name = type(self).__name__.lower()
            self.report(
                f"Step {self.step}: {name} failed and is left out from now on; training goes on. {in_words(error)}"
            )

    def on_step(self, step: int, logs: dict):
        """Act on the state after `step` steps."""

    def close(self):
        """Give back what the callback holds; called once, however the run ends."""


class PictureCallback(StepCallback):
    """A step callback that writes pictures; a resumed run draws those that a kill has prevented.

    Early pictures are drawn once after a minute. When they come depends on the machine, so they are no part of what a
    run is a function of: the first regular pictures take their place. A subclass defines `pattern` and `draw`.

    Args:
        folder: Folder of the pictures.
        schedule: Steps of the fit.
        every: Steps between two times.
    """

    optional = True

    def __init__(self, folder: pathlib.Path, schedule: Schedule, every: int):
        super().__init__(schedule, every)
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def on_train_begin(self, logs=None):
        self.early_at = time.monotonic() + SECONDS_TO_EARLY_PICTURES
        if self.schedule.is_due(self.step, self.every) and not self.is_drawn(self.step):
            self.act({})
        if self.step >= self.every:
            self.early_at = None

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if self.early_at is not None and time.monotonic() >= self.early_at:
            self.early_at = None
            self.attempt(self.draw, self.step, EARLY)

    def on_step(self, step, logs):
        self.early_at = None
        for path in self.folder.glob(self.pattern(EARLY)):
            path.unlink(missing_ok=True)
        self.draw(step, f"{step:08d}")

    def is_drawn(self, step: int) -> bool:
        """Say whether the pictures of a step are there."""
        return any(self.folder.glob(self.pattern(f"{step:08d}")))

    def pattern(self, mark: str) -> str:
        """Return the pattern of the file names of pictures that have a mark: their step, or `EARLY`."""
        raise TypeError(f"{type(self).__name__} must define pattern.")

    def draw(self, step: int, mark: str):
        """Write the pictures of a step, and show them in TensorBoard."""


def draw_what_is_missing(callbacks: list[StepCallback], model: keras.Model):
    """Draw the last pictures of a run that was killed between its last checkpoint and them.

    Args:
        callbacks: Callbacks of the run.
        model: Its model, at its last step.
    """
    for callback in callbacks:
        if isinstance(callback, PictureCallback):
            callback.set_model(model)
            callback.on_train_begin()
