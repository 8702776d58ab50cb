"""Progress for people: a bar and the terms on a terminal, a line every ten seconds elsewhere."""

import time

from rich.columns import Columns
from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn

from keras_facegan.callbacks.base import Schedule, StepCallback
from keras_facegan.console import plain_console

# Between two lines where there is no terminal, and between two looks at the terms where there is one.
SECONDS_BETWEEN_LINES, SECONDS_BETWEEN_LOOKS = 10.0, 0.5


class ProgressReport(StepCallback):
    """Show the step, the time that is left, pictures per second and the terms.

    It goes by time, not by steps, because a step may take a millisecond or a minute.

    Args:
        terms: Names of the terms to show.
        images_per_step: Real pictures per step.
        schedule: Steps of the fit.
        console: `rich.console.Console` to write to; the standard output unless given.
        clock: Callable () -> seconds.
    """

    def __init__(
        self, terms: tuple[str, ...], images_per_step: int, schedule: Schedule, console=None, clock=time.monotonic
    ):  # fmt: skip
        super().__init__(schedule, every=1)
        self.terms, self.images_per_step, self.clock = terms, images_per_step, clock
        self.console = console or plain_console()
        self.pause = SECONDS_BETWEEN_LOOKS if self.console.is_terminal else SECONDS_BETWEEN_LINES
        steps = TextColumn("step {task.completed:,.0f}/{task.total:,.0f}")
        # The terms have lines of their own below, so that a terminal of 80 columns has room for this one.
        self.bar = Progress(steps, BarColumn(16), TextColumn("{task.fields[speed]}"), auto_refresh=False)
        self.task = self.bar.add_task("", completed=schedule.start, total=schedule.last, speed="compiling")
        self.numbers = "The first step takes longer: it is compiled."
        self.live = Live(get_renderable=lambda: Group(self.bar, self.numbers), console=self.console)

    @classmethod
    def for_run(cls, run):
        return cls(run.model.terms, run.images_per_step, run.schedule)

    def on_train_begin(self, logs=None):
        self.begun, self.shown = None, self.clock()
        if self.console.is_terminal:
            self.live.start()
        else:
            self._print(f"step {self.step:,}/{self.schedule.last:,}  {self.numbers}")

    def on_step(self, step, logs):
        now = self.clock()
        is_first = self.begun is None
        if is_first:
            # The first step holds the compilation, which says nothing about speed.
            self.begun = now, step
        if is_first or step == self.schedule.last or now - self.shown >= self.pause:
            self.shown = now
            self._show(step, self._speed(step, now), [f"{term} {float(logs[term]):.4g}" for term in self.terms])
        elif self.console.is_terminal:
            self.bar.update(self.task, completed=step)

    def close(self):
        """Stop the bar."""
        self.live.stop()

    def _speed(self, step, now):
        """Return the time that is left, and pictures per second, as soon as there is something to go by."""
        then, first = self.begun
        if step == first or now == then:
            return ""
        rate = (step - first) / (now - then)
        left = (self.schedule.last - step) / rate
        images = rate * self.images_per_step
        return f"{duration(left)} left, {images:,.{0 if images >= 10 else 1}f} images/s"

    def _show(self, step, speed, numbers):
        if self.console.is_terminal:
            self.bar.update(self.task, completed=step, speed=speed)
            self.numbers = Columns(numbers, padding=(0, 2))
        else:
            self._print("  ".join([f"step {step:,}/{self.schedule.last:,}", *filter(None, [speed]), *numbers]))

    def _print(self, line):
        print(line, file=self.console.file, flush=True)


def duration(seconds: float) -> str:
    """Return a time span for people: "12 s", "3 min", "2 h 05 min", "4 d 3 h"."""
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    if minutes < 100:
        return f"{minutes} min"
    if hours < 48:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{hours // 24} d {hours % 24} h"
