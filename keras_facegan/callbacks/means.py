"""The means of the terms, begun anew after every log interval, so that a row of history speaks of its interval."""

import numpy as np

from keras_facegan.callbacks.base import StepCallback


class Means(StepCallback):
    """Reset the model's means every log interval; a resumed interval goes on with the means that it had.

    Comes first among the callbacks: what the others read is in the logs already, and a checkpoint that is due at the
    same step must hold the new beginning.
    """

    by_all = True

    @classmethod
    def for_run(cls, run):
        return cls(run.schedule, run.recipe.train.log_every)

    def on_train_begin(self, logs=None):
        self.restored = [(variable, np.asarray(variable)) for variable in self.model.metrics_variables]

    def on_epoch_begin(self, epoch, logs=None):
        # Keras has just reset them.
        for variable, value in self.restored:
            variable.assign(value)

    def on_step(self, step, logs):
        self.model.reset_metrics()
