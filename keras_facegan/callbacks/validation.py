"""What a model reaches on pictures that it is not trained on, as training goes on."""

import numpy as np

from keras_facegan.callbacks.base import Schedule, StepCallback
from keras_facegan.data.images import to_float

MOST = 2048


class Validation(StepCallback):
    """Report `model.validate` on at most 2,048 held-out pictures, and show it in TensorBoard.

    Args:
        examples: `Examples` of the validation split; where there are more, a fixed choice of them is looked at.
        tensorboard: `TensorBoard` callback that shows the numbers as "validation/<name>".
        schedule: Steps of the fit.
        every: Steps between two looks.
        report: Callable that shows a line of text.
    """

    optional = True

    def __init__(self, examples, tensorboard, schedule: Schedule, every: int, report=print):
        super().__init__(schedule, every)
        self.tensorboard, self.report = tensorboard, report
        chosen = np.arange(len(examples))
        if len(chosen) > MOST:
            chosen = np.sort(np.random.default_rng(0).choice(chosen, MOST, replace=False))
        self.images = examples.images[chosen]
        self.columns = {name: values[chosen] for name, values in examples.columns.items()}

    @classmethod
    def for_run(cls, run):
        if run.held_out is None:
            return None
        return cls(run.held_out, run.tensorboard, run.schedule, run.recipe.train.sample_every, run.report)

    def on_step(self, step, logs):
        numbers = self.model.validate(to_float(self.images), self.columns)
        self.tensorboard.scalars(step, {f"validation/{name}": value for name, value in numbers.items()})
        self.report(f"Step {step}, validation: {', '.join(f'{name} {value:.3f}' for name, value in numbers.items())}")
