"""Stop a run whose numbers are no longer finite, before the bad state reaches a checkpoint."""

import math

import keras
import numpy as np

from keras_facegan.callbacks.base import Schedule, StepCallback
from keras_facegan.errors import UserError


class DivergedError(UserError):
    """A term or weight is NaN or infinite."""


class DivergenceGuard(StepCallback):
    """Raise `DivergedError` naming the step and the first term or weight that is not finite.

    Terms are looked at every `every` steps, weights every `weights_every`, when a checkpoint is due.

    Args:
        terms: Names of the terms.
        weights_every: Steps between two looks at the weights.
        schedule: Steps of the fit.
        every: Steps between two looks at the terms.
    """

    by_all = True

    def __init__(self, terms: tuple[str, ...], weights_every: int, schedule: Schedule, every: int):
        super().__init__(schedule, every)
        self.terms, self.weights_every = terms, weights_every

    @classmethod
    def for_run(cls, run):
        train = run.recipe.train
        return cls(run.model.terms, train.checkpoint_every, run.schedule, train.log_every)

    def on_step(self, step, logs):
        for term in self.terms:
            if not math.isfinite(float(logs[term])):
                raise DivergedError(f"Step {step}: {term} is {float(logs[term])}.")
        if self.schedule.is_due(step, self.weights_every):
            check_weights(self.model, step)


def check_weights(model: keras.Model, step: int):
    """Raise `DivergedError` if a weight is not finite."""
    for variable in model.variables:
        if not np.isfinite(np.asarray(variable)).all():
            raise DivergedError(f"Step {step}: the weights {variable.path} are no longer finite.")
