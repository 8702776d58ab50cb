"""The model that is measured, the pictures it is measured on, and what several metrics share of both."""

import functools
import warnings

import numpy as np

from keras_facegan.abilities import Decodes, words
from keras_facegan.callbacks.history import read_rows
from keras_facegan.data.images import to_float, to_uint8
from keras_facegan.errors import UserError
from keras_facegan.evaluation.results import Result
from keras_facegan.metrics.reference import reference_features
from keras_facegan.registry import METRICS

NUM = 2000
# Rows of a history that its curves are told from.
LEAST_ROWS = 20


class Subject:
    """A model and its data. Generated pictures and features are taken once, when a metric first asks for them.

    Args:
        model: Trained model.
        name: What to call it, such as "dcgan/cats_64".
        examples: `Examples`: for generated pictures those to compare them with, else those to look at.
        split: What part of the data set that is.
        open_extractors: Callable () -> `Extractors`, called when a metric needs them.
        num: Pictures of either kind; None takes 2,000 of what is generated and of what that is compared with, and all
            of what a model looks at.
        batch_size: Pictures handed to the model at a time; no result depends on it.
        seed: Fixes latent codes, and which pictures are taken where there are more than `num`.
        history: Path of the history.csv of its run, or None.
    """

    def __init__(self, model, name, examples, split, open_extractors, num=None, batch_size=64, seed=0, history=None):
        self.model, self.name, self.examples, self.split = model, name, examples, split
        self.num, self.batch_size, self.seed, self.history = num, batch_size, seed, history
        self._open_extractors = open_extractors

    def lacks(self, metric):
        """Return why a metric cannot be taken, or None where it can."""
        for need in metric.needs:
            if need == "history":
                rows = len(read_rows(self.history)) if self.history else 0
                if rows < LEAST_ROWS or not {"d_loss", "g_loss"} <= set(self.model.terms):
                    return f"has no history of {LEAST_ROWS} rows or more with the losses of two players"
            elif need == "classifier":
                if self.extractors.probabilities is None:
                    return f"is looked at by {self.extractor.name}, which tells no classes"
            elif not isinstance(self.model, need):
                return f"cannot {words(need)}"
        missing = [column for column in metric.reads if column not in self.examples.columns]
        return f"is measured on `{self.examples.name}`, which has no `{missing[0]}`" if missing else None

    def metrics(self):
        """Return the names of the metrics that can be taken, in the order they are told in."""
        return [name for name in METRICS.names() if self.lacks(METRICS.get(name)) is None]

    def check(self, names):
        """Raise `UserError` where a metric is unknown or cannot be taken; says which can."""
        for name in names:
            reason = self.lacks(METRICS.get(name))
            if reason is not None:
                can = ", ".join(self.metrics()) or "no metric"
                raise UserError(f"{name} cannot be taken: {self.name} {reason}. It can be measured by {can}.")

    def measure(self, name):
        """Return the `Result`s of one metric."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = METRICS.get(name)(self)
        notes = " ".join(dict.fromkeys(str(each.message) for each in caught if each.category is UserWarning))
        if notes:
            found = [Result(**{**vars(each), "note": notes}) for each in found]
        return found

    def result(self, name, value, error=None, seen=True, n_real=0, n_fake=0, **settings):
        """Return a `Result` that says what this subject was measured with.

        Args:
            name: Name of the value.
            value: Float or None.
            error: Its standard deviation or error.
            seen: Whether the extractor looked at the pictures.
            n_real: Pictures of the data set.
            n_fake: Generated pictures.
            **settings: What else it depends on.
        """
        value, error = (None if each is None else float(each) for each in (value, error))
        settings = {"dataset": self.examples.name, "split": self.split, **settings}
        extractor = self.extractor.identity if seen else {}
        return Result(name, value, error, n_real, n_fake, self.seed, extractor, settings)

    @functools.cached_property
    def extractors(self):
        """`Extractors` that look at pictures."""
        return self._open_extractors()

    @property
    def extractor(self):
        """`Extractor` of features."""
        return self.extractors.features

    @functools.cached_property
    def fake_images(self):
        """uint8 (n, H, W, C), generated."""
        count, model = self.num or NUM, self.model
        if not isinstance(model, Decodes):
            return to_uint8(model.generate(count, seed=self.seed))
        inputs = model.sample_inputs(count, self.seed)
        pieces = [{name: values[piece] for name, values in inputs.items()} for piece in self.pieces(count)]
        return np.concatenate([to_uint8(model.decode(**piece)) for piece in pieces])

    @functools.cached_property
    def fake_features(self):
        """float32 (n, d) of `fake_images`."""
        return self.extractor(self.fake_images)

    @functools.cached_property
    def real_images(self):
        """uint8 (m, H, W, C), what generated pictures are compared with; m <= n."""
        return self.examples.images[self._chosen(self.num or NUM)]

    @functools.cached_property
    def real(self):
        """`Reference` of `real_images`, from the cache where it has one."""
        return reference_features(self.real_images, self.extractor, self.split)

    @functools.cached_property
    def looked_at(self):
        """Pictures uint8 (n, H, W, C) that the model looks at, and their labels by name."""
        chosen = self._chosen(self.num or len(self.examples))
        return self.examples.images[chosen], {name: each[chosen] for name, each in self.examples.columns.items()}

    def apply(self, method, images):
        """Return what a method of the model, float pictures (b, H, W, C) -> rows, gives for pictures uint8."""
        return np.concatenate([method(to_float(np.asarray(images[piece]))) for piece in self.pieces(len(images))])

    def pieces(self, count):
        """Return the slices of `batch_size` that `count` pictures fall into."""
        return [slice(start, min(start + self.batch_size, count)) for start in range(0, count, self.batch_size)]

    def _chosen(self, num):
        if num >= len(self.examples):
            return np.arange(len(self.examples))
        return np.sort(np.random.default_rng(self.seed).choice(len(self.examples), num, replace=False))
