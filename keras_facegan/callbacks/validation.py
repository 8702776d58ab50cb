"""What a model reaches on pictures that it is not trained on, as training goes on."""

import numpy as np

from keras_facegan.callbacks.base import StepCallback
from keras_facegan.data.images import to_float

MOST = 2048


class Validation(StepCallback):
    """Report `model.validate` on at most 2,048 held-out pictures, and show it in TensorBoard.

    Args:
        examples: `Examples` of the validation split; where there are more, a fixed choice of them is looked at.
        tensorboard: `TensorBoard` callback that shows the numbers as "validation/<name>".
        start_step: Steps taken before this fit.
        last_step: The step at which the run is complete.
        every: Steps between two looks.
        report: Callable that shows a line of text.
    """

    def __init__(self, examples, tensorboard, start_step, last_step, every, report=print):
        super().__init__(start_step, last_step, every)
        self.tensorboard, self.report = tensorboard, report
        chosen = np.arange(len(examples))
        if len(chosen) > MOST:
            chosen = np.sort(np.random.default_rng(0).choice(chosen, MOST, replace=False))
        self.images = examples.images[chosen]
        self.columns = {name: values[chosen] for name, values in examples.columns.items()}

    def on_step(self, step, logs):
        numbers = self.model.validate(to_float(self.images), self.columns)
        self.tensorboard.scalars(step, {f"validation/{name}": value for name, value in numbers.items()})
        self.report(f"Step {step}, validation: {', '.join(f'{name} {value:.3f}' for name, value in numbers.items())}")
