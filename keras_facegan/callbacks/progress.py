"""Progress for people: a bar on a terminal, a line every log interval elsewhere."""

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from keras_facegan.callbacks.base import Schedule, StepCallback


class ProgressReport(StepCallback):
    """Show the step, the terms, pictures a second and the time that remains.

    Args:
        terms: Names of the terms to show.
        images_per_step: Real pictures a step.
        schedule: Steps of the fit.
        every: Steps between two updates of the numbers.
    """

    def __init__(self, terms: tuple[str, ...], images_per_step: int, schedule: Schedule, every: int):
        super().__init__(schedule, every)
        self.terms, self.images_per_step = terms, images_per_step
        self.console = Console()
        self.bar = Progress(
            TextColumn("step"),
            MofNCompleteColumn(),
            BarColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[numbers]}"),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self.task = self.bar.add_task(
            "", completed=schedule.start, total=schedule.last, numbers="first step is compiled ..."
        )

    @classmethod
    def for_run(cls, run):
        return cls(run.model.terms, run.images_per_step, run.schedule, run.recipe.train.log_every)

    def on_train_begin(self, logs=None):
        self.begun = None
        self.bar.start()

    def on_train_batch_end(self, batch, logs=None):
        if self.begun is None:
            # The first step holds the compilation, which says nothing about speed.
            self.begun = (time.perf_counter(), self.step + 1)
        super().on_train_batch_end(batch, logs)
        self.bar.update(self.task, completed=self.step)

    def on_step(self, step, logs):
        then, first = self.begun
        seconds = time.perf_counter() - then
        numbers = "  ".join(f"{term} {float(logs[term]):.3f}" for term in self.terms)
        if step > first:
            rate = (step - first) / seconds
            numbers += f"  {rate * self.images_per_step:.0f} images/s"
            remaining = (self.schedule.last - step) / rate
            if not self.console.is_terminal:
                numbers += f"  {remaining / 60:.1f} min left"
        if self.console.is_terminal:
            self.bar.update(self.task, numbers=numbers)
        else:
            print(f"step {step}/{self.schedule.last}  {numbers}", flush=True)

    def close(self):
        """Stop the bar."""
        self.bar.stop()
