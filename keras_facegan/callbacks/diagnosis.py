"""Say what is wrong with a run when its terms have shown it for a while."""

from keras_facegan.callbacks.base import Schedule, StepCallback

CHECKS = 5


class Diagnosis(StepCallback):
    """Report what `model.diagnose` finds, once it has found it in five looks in a row.

    Args:
        schedule: Steps of the fit.
        every: Steps between two looks.
        report: Callable that shows a line of text.
    """

    def __init__(self, schedule: Schedule, every: int, report=print):
        super().__init__(schedule, every)
        self.report, self.found = report, 0

    @classmethod
    def for_run(cls, run):
        return cls(run.schedule, run.recipe.train.log_every, run.report)

    def on_step(self, step, logs):
        finding = self.model.diagnose({name: float(value) for name, value in logs.items()})
        self.found = self.found + 1 if finding else 0
        if self.found == CHECKS:
            self.report(f"Step {step}: {finding}")
