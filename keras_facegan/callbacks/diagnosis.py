"""Say what is wrong with a run when its terms have shown it for a while."""

from keras_facegan.callbacks.base import StepCallback

CHECKS = 5


class Diagnosis(StepCallback):
    """Report what `model.diagnose` finds, once it has found it in five looks running.

    Args:
        start_step: Steps taken before this fit.
        last_step: The step at which the run is complete.
        every: Steps between two looks.
        report: Callable that shows a line of text.
    """

    def __init__(self, start_step, last_step, every, report=print):
        super().__init__(start_step, last_step, every)
        self.report, self.found = report, 0

    def on_step(self, step, logs):
        finding = self.model.diagnose({name: float(value) for name, value in logs.items()})
        self.found = self.found + 1 if finding else 0
        if self.found == CHECKS:
            self.report(f"Step {step}: {finding}")
