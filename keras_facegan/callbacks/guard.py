"""Stop a run whose numbers are no longer finite, before the bad state reaches a checkpoint."""

import math

import numpy as np

from keras_facegan.callbacks.base import StepCallback
from keras_facegan.errors import UserError


class DivergedError(UserError):
    """A term or weight is NaN or infinite."""


class DivergenceGuard(StepCallback):
    """Raise `DivergedError` naming the step and the first term or weight that is not finite.

    Terms are looked at every `every` steps, weights every `weights_every`, when a checkpoint is due.

    Args:
        terms: Names of the terms.
        weights_every: Steps between two looks at the weights.
        start_step: Steps taken before this fit.
        last_step: The step at which the run is complete.
        every: Steps between two looks at the terms.
    """

    def __init__(self, terms, weights_every, start_step, last_step, every):
        super().__init__(start_step, last_step, every)
        self.terms, self.weights_every = terms, weights_every

    def on_step(self, step, logs):
        for term in self.terms:
            if not math.isfinite(float(logs[term])):
                raise DivergedError(f"Step {step}: {term} is {float(logs[term])}.")
        if step % self.weights_every == 0 or step == self.last_step:
            self.check_weights()

    def check_weights(self):
        """Raise `DivergedError` if a weight is not finite."""
        for variable in self.model.variables:
            if not np.isfinite(np.asarray(variable)).all():
                raise DivergedError(f"Step {self.step}: the weights {variable.path} are no longer finite.")
