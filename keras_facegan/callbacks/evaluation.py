"""Metrics of generated pictures as training goes on, and what they cost."""

import math
import time

from keras_facegan.callbacks.base import Schedule, StepCallback
from keras_facegan.callbacks.best import Best
from keras_facegan.evaluation.training import running_metrics

# Of the wall time of training.
LARGEST_SHARE = 0.1
# The first evaluation includes loading the extractor, so the cost is judged from the third on.
LOOKS = 3


class Evaluation(StepCallback):
    """Report metrics, show them in TensorBoard, and say so where they take more than a tenth of the time.

    Args:
        measure: Callable () -> {name: float}, the metrics of the model as it stands.
        tensorboard: `TensorBoard` callback that shows them as "evaluation/<name>".
        schedule: Steps of the fit.
        every: Steps between two looks.
        report: Callable that shows a line of text.
        clock: Callable () -> seconds.
        best: `Best` that keeps the best state by these metrics, or None.
    """

    optional = True

    def __init__(
        self, measure, tensorboard, schedule: Schedule, every: int, report=print, clock=time.perf_counter, best=None
    ):  # fmt: skip
        super().__init__(schedule, every)
        self.measure, self.tensorboard, self.report, self.clock = measure, tensorboard, report, clock
        self.best = best
        self.seconds, self.looks, self.has_warned = 0.0, 0, False

    @classmethod
    def for_run(cls, run):
        train = run.recipe.train
        if not train.eval_every:
            return None
        facts = {**run.facts, "extractor": train.eval_extractor}
        best = Best(run.files.checkpoints, facts, run.report)
        return cls(running_metrics(run), run.tensorboard, run.schedule, train.eval_every, run.report, best=best)

    def on_train_begin(self, logs=None):
        self.begun = self.clock()

    def on_step(self, step, logs):
        before = self.clock()
        numbers = self.measure()
        now = self.clock()
        self.seconds, self.looks = self.seconds + now - before, self.looks + 1
        self.tensorboard.scalars(step, {f"evaluation/{name}": value for name, value in numbers.items()})
        if numbers:
            text = ", ".join(f"{name} {value:.4g}" for name, value in numbers.items())
            self.report(f"Step {step}, evaluation: {text}")
            if self.best is not None:
                self.best.keep(self.model, step, numbers)
        share = self.seconds / max(now - self.begun, 1e-9)
        if share > LARGEST_SHARE and not self.has_warned and (self.looks >= LOOKS or step == self.schedule.last):
            self.has_warned = True
            training = max(now - self.begun - self.seconds, 1e-9)
            rarer = self.every * math.ceil(self.seconds / training * (1 - LARGEST_SHARE) / LARGEST_SHARE)
            self.report(
                f"Evaluation has taken {share:.0%} of the time so far; --eval_every {rarer} would take "
                f"{LARGEST_SHARE:.0%} or less."
            )
