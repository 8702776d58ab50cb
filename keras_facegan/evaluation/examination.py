"""All that can be measured of one model: which metrics can be taken of it, and their results."""

import dataclasses
import warnings

from keras_facegan.abilities import Decodes, words
from keras_facegan.callbacks.history import read_rows
from keras_facegan.errors import TooFewPicturesError, UserError
from keras_facegan.evaluation.results import HELD_OUT, LEARNT, joined
from keras_facegan.evaluation.subject import NUM, Generated, Subject
from keras_facegan.registry import METRICS

# Rows of a history that its curves are told from.
LEAST_ROWS = 20


class Examination:
    """All that can be measured of a model: which metrics can be taken, and their results.

    Args:
        model: Trained model.
        name: What to call it, such as "dcgan/cats_64".
        learnt: `Part` of the data set that it was trained on.
        held_out: `Part` that was kept from it; None where there is none.
        open_extractors: Callable () -> `Extractors`, called when a metric needs them.
        num: Pictures of either kind; None takes 2,000 of what is generated and of what that is compared with, and all
            of what a model looks at.
        batch_size: Pictures handed to the model at a time; no result depends on it.
        seed: Fixes latent codes, and which pictures are taken where there are more than `num`.
        history: Path of the history.csv of its run, or None.
    """

    def __init__(
        self, model, name, learnt, held_out, open_extractors, num=None, batch_size=64, seed=0, history=None
    ):  # fmt: skip
        self.model, self.name, self.history = model, name, history
        self.generated = Generated(model, open_extractors, num or NUM, batch_size, seed)
        self.subjects = {
            split: Subject(model, part, self.generated, num, history)
            for split, part in ((LEARNT, learnt), (HELD_OUT, held_out))
            if part is not None
        }

    def lacks(self, metric):
        """Return why a metric cannot be taken, or None where it can."""
        for need in metric.needs:
            if need == "history":
                rows = len(read_rows(self.history)) if self.history else 0
                if rows < LEAST_ROWS or not {"d_loss", "g_loss"} <= set(self.model.terms):
                    return f"has no history of {LEAST_ROWS} rows or more with the losses of two players"
            elif need == "extractor":
                # Open it before an hour of generation, not after it.
                _ = self.generated.extractors
            elif need == "classifier":
                if self.generated.extractors.probabilities is None:
                    return f"is looked at by {self.generated.extractors.features.name}, which tells no classes"
            elif need == "label":
                if not isinstance(self.model, Decodes) or need not in [each.name for each in self.model.conditions]:
                    return "does not draw pictures of a class that is asked for"
            elif not isinstance(self.model, need):
                return f"cannot {words(need)}"
        if metric.split not in self.subjects:
            return "has no held-out pictures here"
        return self._lacks_columns(metric) if metric.reads else None

    def metrics(self):
        """Return the names of the metrics that can be taken, the Frechet distance first."""
        names = sorted(METRICS.names(), key=lambda name: (name != "fid", name))
        return [name for name in names if self.lacks(METRICS.get(name)) is None]

    def check(self, names):
        """Raise `UserError` where a metric is unknown or cannot be taken; says which can."""
        for name in names:
            reason = self.lacks(METRICS.get(name))
            if reason is not None:
                can = ", ".join(each for each in METRICS.names() if self._can(each)) or "no metric"
                raise UserError(f"{name} cannot be taken: {self.name} {reason}. It can be measured by {can}.")

    def measure(self, name):
        """Return the `Result`s of one metric.

        Raises:
            TooFewPicturesError: It needs more pictures than there are.
        """
        metric = METRICS.get(name)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            results = metric(self.subjects[metric.split])
        warned = [str(each.message) for each in caught if each.category is UserWarning]
        return [dataclasses.replace(each, metric=name, note=joined(each.note, *warned)) for each in results]

    def _can(self, name):
        try:
            return self.lacks(METRICS.get(name)) is None
        except UserError:
            # Such as an extractor that nobody named.
            return False

    def _lacks_columns(self, metric):
        try:
            examples = self.subjects[metric.split].examples
        except TooFewPicturesError:
            # An empty split is said when the metric is taken.
            return None
        missing = [column for column in metric.reads if column not in examples.columns]
        return f"is measured on `{examples.name}`, which has no `{missing[0]}`" if missing else None
