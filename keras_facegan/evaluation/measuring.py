"""The public way to numbers: `evaluate` a model, or `compare` several through the same eyes."""

import dataclasses
import functools
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

from keras_facegan.arguments import ExampleCount, Seed, check_value
from keras_facegan.data.options import check_options
from keras_facegan.data.pipeline import open_table
from keras_facegan.data.sources import held_out, parse_split
from keras_facegan.errors import TooFewPicturesError, UserError
from keras_facegan.evaluation.candidates import Candidate, candidate
from keras_facegan.evaluation.examination import Examination
from keras_facegan.evaluation.extractors import INCEPTION, check_extractor, fitting_extractor, open_extractors
from keras_facegan.evaluation.pictures import pictures
from keras_facegan.evaluation.results import Result
from keras_facegan.evaluation.subject import Part
from keras_facegan.registry import METRICS


@dataclasses.dataclass(frozen=True)
class Report:
    """What was measured of one model. `report["fid"].value` is one number, `print(report)` shows all as a table.

    Attributes:
        candidate: What was measured, with its `name`.
        results: Its `Result`s, in the order in which they were taken.
        left_out: Why a metric was left out, by its name.
        examination: Model and data, from which `pictures` are made.
    """

    candidate: Candidate
    results: list[Result]
    left_out: dict[str, str]
    examination: Examination = dataclasses.field(repr=False)

    def __getitem__(self, name: str) -> Result:
        for result in self.results:
            if result.name == name:
                return result
        raise KeyError(f"{name}. Available: {', '.join(result.name for result in self.results)}.")

    def __iter__(self):
        return iter(self.results)

    def __str__(self):
        from keras_facegan.evaluation.table import as_text

        return as_text([self])

    @functools.cached_property
    def pictures(self) -> dict[str, Any]:
        """Samples, nearest real pictures, aged faces ... as uint8 (H, W, C) by title."""
        return pictures(self.examination, {result.metric for result in self.results})


def evaluate(
    source: Any,
    *,
    step: int | str | None = None,
    data_dir: str | pathlib.Path | None = None,
    dataset: str | None = None,
    split: str | None = None,
    metrics: Sequence[str] | str | None = None,
    extractor: str | Callable | None = None,
    inception_weights: str | pathlib.Path | None = None,
    num: int | None = None,
    batch_size: int = 64,
    seed: int = 0,
    skip_bad: bool = False,
    report: Callable[[str], Any] = print,
    **options,
) -> Report:
    """Measure a trained model.

    Each metric speaks of the pictures that it is meant for: FID and its kin of those that a generator was trained on,
    accuracies and errors of those that were kept from the model.

    Args:
        source: Name for `load_pretrained`, such as "dcgan/cats_64", the directory of a run, or a model.
        step: Step of a run, or "best", as for `load_model`.
        data_dir: Folder of the data set, or of the data sets.
        dataset: Data set instead of the one that it was trained on; a model needs it.
        split: "train", "validation", "test", several joined with "+", or "all", for all metrics instead of their own.
        metrics: Names of metrics, in a list or joined with commas; all that the model allows unless given.
        extractor: Network that looks at the pictures: "model/weights" of the zoo, "inception_v3_keras", or a callable
            () -> `Extractors`. The data set declares one, unless it is a folder of your own.
        inception_weights: keras.applications' file of weights, for "inception_v3_keras".
        num: Pictures of either kind, from 1 to 10,000,000; None takes 2,000 generated ones and as many to compare them
            with, and all that a model looks at.
        batch_size: Pictures handed to the model at a time, at least 1; changes the memory, not the numbers.
        seed: Fixes latent codes and every other draw.
        skip_bad: Leave unreadable pictures out.
        report: Callable that shows a line of text.
        **options: Options of the data set, such as `size` of "drawn_faces", in place of those of the model's preset.

    Returns:
        `Report`.

    Raises:
        UserError: A wrong name or setting, data that cannot be used, a metric that cannot be taken of this model,
            pictures of your own without an extractor, or too few pictures for any metric.

    Example:
        >>> from keras_facegan import evaluate
        >>> report = evaluate("digit_net/default", metrics=["accuracy"])
        >>> report["accuracy"].value > 0.95
        True
        >>> report["accuracy"].settings["split"]
        'validation+test'
    """
    # Check all that can be checked before anything is loaded.
    chosen = candidate(source, dataset, step)
    data = _data_table(chosen, dataset, options)
    for name, value, kind in (("num", num, ExampleCount | None), ("batch_size", batch_size, ExampleCount)):
        check_value(name, value, kind)
    check_value("seed", seed, Seed)
    parse_split(split or "all")
    wanted = metrics.split(",") if isinstance(metrics, str) else [*(metrics or ())]
    for name in wanted:
        METRICS.get(name)
    opened = _opener(extractor, inception_weights, data["dataset"])

    # Load the model. Pictures and extractor are opened when a metric first asks for them.
    model = chosen.load(report)

    def open_examples(part):
        examples = open_table(data, part, image_shape=model.image_shape, data_dir=data_dir, skip_bad=skip_bad)
        if num is not None and num > len(examples):
            report(f"{examples.name} has {len(examples):,} pictures, fewer than {num:,}: all are taken.")
        return examples

    learnt, held_out = _parts(data, split, open_examples)
    settings = {"num": num, "batch_size": batch_size, "seed": seed, "history": chosen.history}
    examination = Examination(model, chosen.name, learnt, held_out, opened, **settings)

    # Measure. What needs more pictures than there are costs nothing but itself.
    examination.check(wanted)
    names = wanted or examination.metrics()
    if not names:
        examination.check(METRICS.names())
    results, left_out = [], {}
    for name in names:
        try:
            results += examination.measure(name)
        except TooFewPicturesError as error:
            left_out[name] = str(error)
            report(f"{name} is left out: {error}")
    if not results:
        reasons = " ".join(dict.fromkeys(left_out.values()))
        raise UserError(f"{chosen.name} cannot be measured with so few pictures: {reasons}")
    return Report(chosen, results, left_out, examination)


def compare(*sources, extractor=None, inception_weights=None, **settings) -> list[Report]:
    """Measure several models. All are looked at by the same network: values of two must not be compared.

    Args:
        *sources: What `evaluate` takes, one or more.
        extractor: As for `evaluate`; the one that the first one's data set declares unless given.
        inception_weights: As for `evaluate`.
        **settings: What else `evaluate` takes.

    Returns:
        One `Report` per source.

    Raises:
        UserError: As `evaluate`.
    """
    dataset = settings.get("dataset")
    candidates = [candidate(source, dataset) for source in sources]
    opened = _opener(extractor, inception_weights, dataset or candidates[0].data["dataset"])
    return [evaluate(each, extractor=opened, **settings) for each in candidates]


def _data_table(chosen, dataset, options):
    """Return the `[data]` table to measure with; another set than the model's own has other options."""
    own = dataset is None or dataset == chosen.data["dataset"]
    data = {**(chosen.data if own else {"dataset": dataset}), **options}
    check_options(data["dataset"], options)
    return data


def _opener(extractor, inception_weights, dataset):
    """Return a callable () -> `Extractors` that opens them once, after a look at whether they can be had."""
    if callable(extractor):
        return extractor
    if inception_weights is not None and extractor not in (None, INCEPTION):
        raise UserError(f"--inception_weights belong to --extractor {INCEPTION}, got --extractor {extractor}.")
    name = extractor or (INCEPTION if inception_weights is not None else None)
    if name is not None:
        check_extractor(name)
    setting = "--extractor (extractor= in Python)"
    return functools.cache(lambda: open_extractors(name or fitting_extractor(dataset, setting), inception_weights))


def _parts(data, split, open_examples):
    """Return the `Part` that the model learnt and the one that was kept from it."""

    def part(name, note=""):
        return Part(data["dataset"], name, functools.partial(open_examples, name), note)

    if split is not None:
        both = part(split)
        return both, both
    learnt = data.get("split", "train")
    kept, is_new = held_out(learnt)
    return part(learnt), part(kept, "" if is_new else "The model was trained on these pictures.")
