"""Whether generated pictures show what was asked for, on a model that is right as often as it is told to be."""

import types

import numpy as np
import pytest

from keras_facegan.errors import UserError
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
