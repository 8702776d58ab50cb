"""What a metric is given: the model, the pictures of one split, and what several metrics share of both."""

import functools
import math

import numpy as np

from keras_facegan.abilities import Decodes
from keras_facegan.data.images import to_float, to_uint8
from keras_facegan.evaluation.results import Result, joined
from keras_facegan.metrics.reference import reference_features

NUM = 2000


class Part:
    """One split of a data set, opened when its pictures are first asked for.

    Args:
        dataset: Name of the set.
        split: "train", "validation+test" ...
        open_examples: Callable () -> `Examples`.
        note: What a reader of its results must know, such as that these pictures were trained on.
    """

    def __init__(self, dataset, split, open_examples, note=""):
        self.dataset, self.split, self.note = dataset, split, note
        self._open_examples = open_examples

    @functools.cached_property
    def examples(self):
        """Its `Examples`."""
        return self._open_examples()


class Generated:
    """What a model draws and what the extractor sees in it, taken once for all metrics.

    Args:
        model: Model that generates; asked only when pictures are.
        open_extractors: Callable () -> `Extractors`, called when a metric needs them.
        num: How many pictures.
        batch_size: Pictures that are decoded at a time; no result depends on it.
        seed: Fixes latent codes.
    """

    def __init__(self, model, open_extractors, num, batch_size, seed):
        self.model, self.num, self.batch_size, self.seed = model, num, batch_size, seed
        self._open_extractors = open_extractors

    @functools.cached_property
    def extractors(self):
        """`Extractors` that look at pictures, real ones as well."""
        return self._open_extractors()

    @functools.cached_property
    def inputs(self):
        """What `images` are decoded from: latent codes, and conditions by name."""
        return self.model.sample_inputs(self.num, self.seed)

    @functools.cached_property
    def images(self):
        """uint8 (n, H, W, C)."""
        if not isinstance(self.model, Decodes):
            return to_uint8(self.model.generate(self.num, seed=self.seed))
        pieces = [{name: values[piece] for name, values in self.inputs.items()} for piece in self.pieces(self.num)]
        return np.concatenate([to_uint8(self.model.decode(**piece)) for piece in pieces])

    @functools.cached_property
    def features(self):
        """float32 (n, d) of `images`."""
        return self.extractors.features(self.images)

    def pieces(self, count):
        """Return the slices of `batch_size` that `count` pictures fall into."""
        return [slice(start, min(start + self.batch_size, count)) for start in range(0, count, self.batch_size)]


class Subject:
    """A model with the pictures of one split: what a metric is given.

    Args:
        model: Trained model.
        part: `Part` of the data set that the metric speaks of.
        generated: `Generated` pictures, shared by all splits.
        num: Pictures of either kind; None takes 2,000 of what generated pictures are compared with, and all of what a
            model looks at.
        history: Path of the history.csv of its run, or None.
    """

    def __init__(self, model, part, generated, num=None, history=None):
        self.model, self.part, self.generated, self.num, self.history = model, part, generated, num, history
        self.seed = generated.seed

    def result(self, name, value, error=None, seen=True, n_real=0, n_fake=0, group="", note="", **settings):
        """Return a `Result` that says what this subject was measured with.

        Args:
            name: Name of the value.
            value: Float or None.
            error: Its standard deviation or error.
            seen: Whether the extractor looked at the pictures.
            n_real: Pictures of the data set.
            n_fake: Generated pictures.
            group: The part of the pictures that it speaks of, such as "20-29"; goes behind the name.
            note: What a reader must know of it.
            **settings: What else it depends on.
        """
        # Of a run that diverged, losses are no numbers; a report has no value in their place.
        value, error = (None if each is None or not math.isfinite(each) else float(each) for each in (value, error))
        settings = {"dataset": self.part.dataset, "split": self.part.split, **settings}
        extractor = self.extractor.identity if seen else {}
        name, note = f"{name}_{group}" if group else name, joined(self.part.note, note)
        return Result(name, value, error, n_real, n_fake, self.seed, extractor, settings, note, group=group)

    @property
    def examples(self):
        """`Examples` of the split."""
        return self.part.examples

    @property
    def extractors(self):
        """`Extractors` that look at pictures."""
        return self.generated.extractors

    @property
    def extractor(self):
        """`Extractor` of features."""
        return self.extractors.features

    @property
    def fake_inputs(self):
        """What `fake_images` are decoded from: latent codes, and conditions by name."""
        return self.generated.inputs

    @property
    def fake_images(self):
        """uint8 (n, H, W, C), generated."""
        return self.generated.images

    @property
    def fake_features(self):
        """float32 (n, d) of `fake_images`."""
        return self.generated.features

    @functools.cached_property
    def real_images(self):
        """uint8 (m, H, W, C), what generated pictures are compared with; m <= n."""
        return self.examples.images[self._chosen(self.num or NUM)]

    @functools.cached_property
    def real_columns(self):
        """Labels of `real_images` by name."""
        chosen = self._chosen(self.num or NUM)
        return {name: values[chosen] for name, values in self.examples.columns.items()}

    @functools.cached_property
    def real(self):
        """`Reference` of `real_images`, from the cache where it has one."""
        return reference_features(self.real_images, self.extractor, self.part.split)

    @functools.cached_property
    def looked_at(self):
        """Pictures uint8 (n, H, W, C) that the model looks at, and their labels by name."""
        chosen = self._chosen(self.num or len(self.examples))
        return self.examples.images[chosen], {name: each[chosen] for name, each in self.examples.columns.items()}

    def apply(self, method, images):
        """Return what a method of the model, float pictures (b, H, W, C) -> rows, gives for pictures uint8."""
        pieces = self.generated.pieces(len(images))
        return np.concatenate([method(to_float(np.asarray(images[piece]))) for piece in pieces])

    def _chosen(self, num):
        if num >= len(self.examples):
            return np.arange(len(self.examples))
        return np.sort(np.random.default_rng(self.seed).choice(len(self.examples), num, replace=False))
