"""Whether generated pictures show what was asked for, and as variously as real ones, on models made for it."""

import types

import numpy as np
import pytest

from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import Examples
from keras_facegan.errors import UserError
from keras_facegan.metrics.diversity import picture_similarity
from keras_facegan.networks.conditions import Classes, Gender
from tests.evaluation.subjects import SIDE, faces, generator, stub_extractors, subject


@pytest.fixture(scope="module")
def examples():
    return faces()


def on_classes(wrong, condition=None):
    """Return a model of two classes, dark and bright, that draws the other one for some codes.

    Args:
        wrong: Share of the codes.
        condition: Another condition than the class.
    """
    condition = condition or Classes(2)

    def sample_inputs(n, seed=0, **wanted):
        codes = np.arange(n, dtype="float32")[:, None] / n
        return {"latents": codes, condition.name: condition.wanted(wanted.get(condition.name), n, seed)}

    def decode(latents, **conditions):
        bright = conditions[condition.name] != (latents[:, 0] < wrong)
        return np.where(bright, 0.5, -0.5).astype("float32")[:, None, None, None] * np.ones((SIDE, SIDE, 3), "float32")

    methods = ("grid", "condition_inputs")
    return types.SimpleNamespace(
        name="two classes", image_shape=(SIDE, SIDE, 3), terms=(), prior=None, conditions=(condition,),
        sample_latents=lambda n, seed=0: sample_inputs(n)["latents"], sample_inputs=sample_inputs, decode=decode,
        generate=lambda n, seed=0: decode(**sample_inputs(n, seed)), **dict.fromkeys(methods, lambda *args: None),
    )  # fmt: skip


@pytest.mark.parametrize("wrong", [0.0, 0.25, 1.0])
def test_the_share_of_right_classes_is_told_with_its_error(examples, wrong):
    (result,) = subject(on_classes(wrong), examples, num=400).measure("class_accuracy")
    assert result.value == pytest.approx(1 - wrong) and result.n_fake == 400
    assert result.error == pytest.approx(np.sqrt(wrong * (1 - wrong) / 400))
    assert result.extractor["extractor"] == "stub" and result.settings["classes"] == 2


def test_it_does_not_depend_on_the_pieces_that_pictures_are_decoded_in(examples):
    values = {
        size: subject(on_classes(0.3), examples, num=50, batch_size=size).measure("class_accuracy")[0].value
        for size in (7, 50, 64)
    }
    assert len(set(values.values())) == 1


@pytest.mark.parametrize(
    ("model", "extractors", "message"),
    [
        (generator(lambda n, seed: None), stub_extractors, "does not draw pictures of a class that is asked for"),
        (on_classes(0.0, Gender()), stub_extractors, "does not draw pictures of a class that is asked for"),
        (on_classes(0.0), lambda: stub_extractors(classes=False), "stub, which tells no classes"),
    ],
)
def test_where_it_cannot_be_taken(examples, model, extractors, message):
    with pytest.raises(UserError, match=f"class_accuracy cannot be taken: stub/one .*{message}"):
        subject(model, examples, open_extractors=extractors).check(["class_accuracy"])


def labelled(examples):
    """Return the examples with two classes in turn."""
    label = np.arange(len(examples.images), dtype="int32") % 2
    return Examples("mine", examples.images, {"label": label}, examples.keys, (), "0" * 64)


def from_classes(pictures):
    """Return a model that draws the pictures of a class in turn; `pictures` holds one array per class."""
    model = on_classes(0.0)

    def decode(latents, label):
        place = np.rint(latents[:, 0] * len(latents)).astype(int)
        return np.stack([pictures[c][i % len(pictures[c])] for c, i in zip(label, place, strict=True)])

    model.decode = decode
    model.generate = lambda n, seed=0: decode(**model.sample_inputs(n, seed))
    return model


def test_diversity_within_a_class_is_that_of_pairs_of_the_class(examples):
    mine = labelled(examples)
    real = [mine.images[mine.columns["label"] == each] for each in (0, 1)]
    # The first class has collapsed to one picture, the second is that of the data.
    model = from_classes([to_float(real[0][:1]), to_float(real[1])])
    one = subject(model, mine, num=120, batch_size=120)
    found = {each.name: each for each in one.measure("class_diversity")}
    expected = [picture_similarity(to_float(each), 200, 0) for each in real]
    assert found["class_ms_ssim_real"].value == pytest.approx(np.mean(expected))
    drawn, label = one.generated.images, one.generated.inputs["label"]
    second = picture_similarity(to_float(drawn[label == 1]), 200, 0)
    assert found["class_ms_ssim"].value == pytest.approx((1.0 + second) / 2)
    assert found["class_ms_ssim_excess"].value == pytest.approx(1.0 - expected[0], abs=1e-6)
    assert found["class_ms_ssim_excess"].note == "Class 0." and found["class_ms_ssim"].settings["classes"] == 2
    assert found["class_ms_ssim"].extractor == {}


def test_diversity_within_a_class_needs_classes_of_the_data(examples):
    one = subject(on_classes(0.0), examples)
    with pytest.raises(UserError, match="class_diversity cannot be taken: .* which has no `label`"):
        one.check(["class_diversity"])
