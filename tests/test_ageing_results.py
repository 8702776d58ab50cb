"""The numbers of experiments/ageing_results.py, by judges whose answers are known."""

import types

import numpy as np
import pytest

from experiments import ageing_results
from keras_facegan.metrics.ageing import Judge
from keras_facegan.networks.age_groups import AgeGroups


def light(images):
    """Years that are as many as half the mean brightness in levels."""
    return (images.mean(axis=(1, 2, 3)) + 1) * 127.5 / 2


def test_every_age_that_is_asked_for_is_judged_beside_real_faces_of_that_age():
    ages = np.repeat(np.array([10.0, 20, 28, 33, 36, 44, 58, 62, 70], "float32"), 12)
    noise = np.random.default_rng(0).integers(-9, 10, (len(ages), 8, 8, 3))
    images = (2 * ages[:, None, None, None] + noise).astype("uint8")
    asked = []

    def age(faces, to, source_group):
        asked.append((len(faces), to, np.unique(source_group).tolist()))
        # Three years too young, each face with its own grain.
        return faces + 2 * (to - 3 - light(faces))[:, None, None, None] / 127.5

    model = types.SimpleNamespace(groups=AgeGroups((25, 40, 50)), age=age)

    def features(x):
        return x[:, :2, :2, 0].reshape(len(x), 4)

    others = {"people": features, "attributes": lambda x: features(x)[:, :1]}
    judge = Judge(light, features, lambda x: np.eye(3)[[0] * len(x)], 0.5, others)
    rows = ageing_results.measured(model, images, ages, judge)
    assert asked == [(24, 35, [0, 1]), (24, 45, [0, 1]), (24, 60, [0, 1])]
    assert [row["asked for"] for row in rows] == [35, 45, 60]
    assert [row["judged age"] for row in rows] == pytest.approx([32, 42, 57], abs=0.01)
    # Real faces of 33 and 36, of 44, of 58 and 62 years.
    assert [row["of real faces"] for row in rows] == pytest.approx([34.5, 44, 60], abs=0.5)
    assert all(row["same person"] == 1 and row["Frechet ratio"] < 0.3 for row in rows)
    assert all(row["Frechet ratio, people"] == row["Frechet ratio"] for row in rows)
    assert all(0 < row["Frechet ratio, attributes"] != row["Frechet ratio"] for row in rows)
    change = [2 * (to - 3 - 24) / 127.5 for to in (35, 45, 60)]
    assert [row["pixel change"] for row in rows] == pytest.approx(change, rel=0.05)
