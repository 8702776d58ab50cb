"""The numbers of experiments/translation_results.py, by judges whose answers are known."""

import types

import numpy as np
import pytest

from experiments import translation_results
from keras_facegan.attributes import CELEBA_ATTRIBUTES

JUDGED = ("Bangs", "Blond_Hair", "Eyeglasses", "Smiling")


def face(*values):
    """Return a picture whose first row says which attributes a judge sees, in the order of `JUDGED`."""
    image = np.full((4, 4, 3), -1.0, "float32")
    image[0, :, 0] = np.array(values) * 2 - 1
    return image


@pytest.fixture
def bench():
    faces = np.stack([face(0, 0, 0, 0), face(0, 1, 0, 1), face(1, 0, 0, 0), face(1, 1, 1, 1), face(0, 0, 1, 0)])
    labels = np.zeros((5, 40), bool)
    for place, name in enumerate(JUDGED):
        labels[:, CELEBA_ATTRIBUTES.index(name)] = faces[:, 0, place, 0] > 0
    judge = types.SimpleNamespace(attributes=JUDGED, recognise=lambda images: images[:, 0, :, 0] / 2 + 0.5)
    # A unit vector along one axis for faces that smile, along another for the others.
    identity = types.SimpleNamespace(embed=lambda images: np.eye(2)[(images[:, 0, 3, 0] > 0).astype(int)])

    def features(images):
        return images[:, 0, :3, 0]

    seen = judge.recognise(faces) > 0.5
    return translation_results.Bench(judge, identity, features, faces, labels, features(faces), seen, labels)


class Changer:
    """Sets what it is asked for, and Smiling as well."""

    attributes = ("Bangs", "Blond_Hair")

    def transform(self, images, changes):
        changed = images.copy()
        for name, value in {**changes, "Smiling": 1}.items():
            changed[:, 0, JUDGED.index(name), 0] = value * 2 - 1
        return changed


def number(cell):
    return float(cell.split(" ")[0])


def test_faces_that_lack_an_attribute_get_it_and_others_lose_it(bench):
    assert len(bench.chosen("Bangs", 1)) == 3 and len(bench.wanted("Bangs", 1)) == 2
    assert len(bench.chosen("Bangs", 0)) == 2 and len(bench.wanted("Bangs", 0)) == 3
    np.testing.assert_array_equal(bench.chosen("Eyeglasses", 0), bench.faces[3:])


def test_a_row_says_what_the_judges_see(bench):
    as_they_are, real, changed = translation_results.rows_of(bench, {"changer": Changer()}, "Bangs", 1)
    assert [row["model"] for row in (as_they_are, real, changed)] == ["faces as they are", "real faces", "changer"]
    assert (as_they_are["faces"], real["faces"], changed["faces"]) == (3, 2, 3)
    assert number(as_they_are["seen by the judge"]) == 0.0 and number(as_they_are["identity distance"]) == 0.0
    assert number(real["seen by the judge"]) == 1.0
    assert number(changed["seen by the judge"]) == 1.0
    # Two of three faces begin to smile: their vectors are then at right angles to what they were.
    assert number(changed["identity distance"]) == pytest.approx(2 * 2 / 3, abs=1e-3)
    assert number(changed["other attributes changed"]) == pytest.approx(2 / 9, abs=1e-3)


def test_what_a_change_implies_is_not_held_against_a_model(bench):
    faces = bench.faces
    bald = faces.copy()
    bald[:, 0, 0, 0] *= -1
    measures = translation_results.measures(bench, faces, bald, bench.real_features, "Blond_Hair", 1)
    assert number(measures["other attributes changed"]) == 0.0


def test_a_model_without_the_attribute_has_no_row(bench):
    rows = translation_results.rows_of(bench, {"changer": Changer()}, "Eyeglasses", 1)
    assert [row["model"] for row in rows] == ["faces as they are", "real faces"]


def test_too_few_faces_have_no_frechet_distance():
    rng = np.random.default_rng(0)
    assert translation_results.distance_of(rng.normal(size=(50, 8)), rng.normal(size=(8, 8))) == "too few faces"
    real, fake = rng.normal(size=(400, 2)), rng.normal(3.0, 1.0, size=(400, 2))
    assert number(translation_results.distance_of(real, fake)) == pytest.approx(18.0, rel=0.1)


def test_a_mean_lies_in_its_interval():
    values = np.random.default_rng(1).uniform(size=400)
    mean, low, high = (float(part.strip("[,]")) for part in translation_results.mean_of(values).split(" "))
    assert mean == pytest.approx(values.mean(), abs=1e-3) and low < mean < high
    # Of a uniform number the mean of 400 has a standard error of 0.0144.
    assert high - low == pytest.approx(2 * 1.96 * 0.0144, rel=0.2)
