"""Two splits: a metric is taken of the pictures that it speaks of, and no other split is opened."""

import types

import numpy as np
import pytest

from keras_facegan import evaluate
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.errors import TooFewPicturesError, UserError
from keras_facegan.evaluation.examination import Examination
from keras_facegan.evaluation.results import HELD_OUT, LEARNT, meaning
from keras_facegan.evaluation.subject import Part
from keras_facegan.registry import METRICS
from tests.evaluation.subjects import SIDE, stub_extractors


class Splits:
    """Drawn faces, and a record of which splits were opened."""

    def __init__(self):
        self.opened = []

    def part(self, split):
        def open_examples():
            self.opened.append(split)
            settings = {"size": 60, "identities": 10}
            return open_dataset("drawn_faces", split, image_shape=(SIDE, SIDE, 3), **settings)

        return Part("drawn_faces", split, open_examples)

    def examination(self, model, **settings):
        parts = self.part("train"), self.part("validation+test")
        return Examination(model, "both", *parts, stub_extractors, **settings)


def copying_estimator():
    """Return a model of two abilities: it draws the pictures that it learnt, and estimates that all are 40."""
    learnt = open_dataset("drawn_faces", "train", image_shape=(SIDE, SIDE, 3), size=60, identities=10)
    return types.SimpleNamespace(
        name="both",
        image_shape=(SIDE, SIDE, 3),
        terms=(),
        generate=lambda n, seed: to_float(np.resize(learnt.images, (n, SIDE, SIDE, 3))),
        estimate_age=lambda images: np.full(len(images), 40.0),
    )


def test_a_model_of_both_kinds_is_measured_on_both_splits():
    splits = Splits()
    examination = splits.examination(copying_estimator(), num=60)
    assert {"fid", "sharpness", "ages"} <= set(examination.metrics())
    fid, ages = examination.measure("fid")[0], examination.measure("ages")[0]
    # Copies of the training pictures are as good as these.
    assert fid.settings["split"] == "train" and fid.n_real == 60 and fid.value == pytest.approx(0, abs=1e-6)
    assert ages.settings["split"] == "validation+test" and ages.n_real == 12
    held_out = open_dataset("drawn_faces", "validation+test", image_shape=(SIDE, SIDE, 3), size=60, identities=10)
    assert ages.value == pytest.approx(np.abs(40 - held_out.columns["age"]).mean(), rel=1e-5)
    assert sorted(splits.opened) == ["train", "validation+test"]


@pytest.mark.parametrize(("metric", "split"), [("sharpness", "train"), ("ages", "validation+test")])
def test_only_the_split_that_is_spoken_of_is_opened(metric, split):
    splits = Splits()
    examination = splits.examination(copying_estimator(), num=20)
    examination.check([metric])
    examination.measure(metric)
    assert splits.opened == [split]


def test_pictures_are_generated_once_for_all_metrics():
    model, calls = copying_estimator(), []
    generate = model.generate
    model.generate = lambda n, seed: calls.append(n) or generate(n, seed)
    examination = Splits().examination(model, num=30)
    for name in ("fid", "kid", "precision_recall", "sharpness"):
        examination.measure(name)
    assert calls == [30]


def test_without_a_held_out_split_its_metrics_are_refused():
    part = Splits().part("train")
    examination = Examination(copying_estimator(), "both", part, None, stub_extractors, num=20)
    assert "ages" not in examination.metrics() and "fid" in examination.metrics()
    with pytest.raises(UserError, match="ages cannot be taken: both has no held-out pictures here"):
        examination.check(["ages"])


def test_an_empty_split_is_too_few_pictures():
    def nothing():
        raise TooFewPicturesError("The split holds no pictures.")

    empty = Part("image_folder", "validation+test", nothing)
    examination = Examination(copying_estimator(), "both", Splits().part("train"), empty, stub_extractors, num=20)
    examination.check(["ages"])
    with pytest.raises(TooFewPicturesError, match="holds no pictures"):
        examination.measure("ages")


def test_an_extractor_that_nobody_named_stops_what_needs_one_and_nothing_else():
    def refuse():
        raise UserError("Name one.")

    splits = Splits()
    parts = splits.part("train"), splits.part("validation+test")
    examination = Examination(copying_estimator(), "both", *parts, refuse, num=20)
    with pytest.raises(UserError, match="Name one"):
        examination.metrics()
    with pytest.raises(UserError, match="Name one"):
        examination.check(["fid"])
    assert not splits.opened
    examination.check(["sharpness", "ages"])
    with pytest.raises(UserError, match=r"verification cannot be taken: .* It can be measured by ages, sharpness\."):
        examination.check(["verification"])


def test_every_metric_says_of_which_pictures_it_speaks_and_how_its_values_are_read():
    for name in METRICS.names():
        metric = METRICS.get(name)
        assert metric.split in (LEARNT, HELD_OUT) and metric.values, name
        assert all(meaning.text.endswith(".") for meaning in metric.values.values()), name
    report = evaluate("digit_net/default", metrics="accuracy,corruptions")
    assert {meaning(result).better for result in report.results} == {"", "↑"}
    blur = next(result for result in report.results if result.name == "blur_4")
    assert blur.quantity == "blur" and "blurred" in meaning(blur).text
