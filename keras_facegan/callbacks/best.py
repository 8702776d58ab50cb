"""The best state of a run by a metric, kept as a checkpoint of its own."""

import math
import pathlib

from keras_facegan import checkpoint
from keras_facegan.errors import UserError
from keras_facegan.evaluation.direction import direction, is_better


class Best:
    """Keep the checkpoint `best`: the state with the best value of the first metric that has a better and a worse.

    Args:
        folder: Folder of checkpoints.
        facts: Dict kept in every checkpoint.
        report: Callable that shows a line of text.
    """

    def __init__(self, folder: pathlib.Path, facts: dict, report=print):
        self.folder, self.facts, self.report = folder, facts, report

    def keep(self, model, step: int, numbers: dict[str, float]):
        """Save the state of a model where it is better than the best one so far.

        Args:
            model: Compiled model.
            step: Steps taken.
            numbers: Metrics of the model as it stands.
        """
        name = next((name for name in numbers if direction(name)), None)
        if name is None or not math.isfinite(numbers[name]):
            return
        before = self._before()
        # Through another extractor values are others: they are not to be compared.
        is_same = before.get("metric") == name and before.get("extractor") == self.facts.get("extractor")
        if is_same and not is_better(name, numbers[name], before["value"]):
            return
        checkpoint.save_best(self.folder, model, step, {**self.facts, "metric": name, "value": numbers[name]})
        self.report(f"Step {step}: the best {name} so far, kept as {self.folder / checkpoint.BEST}.")

    def _before(self):
        """Return the facts of the best checkpoint so far; none where there is none, or it is damaged."""
        try:
            return checkpoint.about(self.folder, checkpoint.BEST)[1]
        except UserError:
            return {}
