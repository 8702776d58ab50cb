"""The numbers of the experiments on ageing, by judges whose answers are known."""

import types

import numpy as np
import pytest

from experiments import age_codes, ageing_results, bidirectional_parts
from keras_facegan.metrics.ageing import Judge
from keras_facegan.networks.age_groups import AgeGroups


def light(images):
    """Years that are as many as half the mean brightness in levels."""
    return (images.mean(axis=(1, 2, 3)) + 1) * 127.5 / 2


def faces_of(ages, kinds, seed):
    """Grey faces with a grain, twice as bright as they are old; of the kind "1_0" brighter by 8 levels at the left."""
    noise = np.random.default_rng(seed).integers(-9, 10, (len(ages), 8, 8, 3))
    noise[:, :, :4] += np.where(np.array(kinds) == "1_0", 8, 0)[:, None, None, None]
    keys = tuple(f"{age}_{kind}_{n}.jpg" for n, (age, kind) in enumerate(zip(ages, kinds, strict=True)))
    images = (2 * np.array(ages)[:, None, None, None] + noise).astype("uint8")
    return types.SimpleNamespace(images=images, columns={"age": np.array(ages, "float32")}, keys=keys)


def judge_by_corner():
    def features(x):
        return x[:, :2, :2, 0].reshape(len(x), 4)

    others = {"people": features, "attributes": lambda x: features(x)[:, :1]}
    return Judge(light, features, lambda x: np.eye(3)[[0] * len(x)], 0.5, others)


# Of one kind only, where the real ones are of both.
YOUNG = faces_of(np.repeat([10, 20, 28, 50], 24), ["0_2"] * 96, 0)
REAL = faces_of(np.repeat([20, 31, 33, 36, 44, 58, 62, 70], 48), ["0_2", "1_0"] * 192, 1)


def test_every_age_that_is_asked_for_is_judged_beside_real_faces_of_that_age_and_kind():
    asked = []

    def age(faces, to, source_group):
        asked.append((len(faces), to, np.unique(source_group).tolist()))
        # Three years too young, each face with its own grain.
        return faces + 2 * (to - 3 - light(faces))[:, None, None, None] / 127.5

    model = types.SimpleNamespace(groups=AgeGroups((25, 40, 50)), age=age)
    rows = ageing_results.measured(model, YOUNG, REAL, judge_by_corner())
    assert asked == [(48, 35, [0, 1]), (48, 45, [0, 1]), (48, 60, [0, 1])]
    assert [row["asked for"] for row in rows] == [35, 45, 60]
    assert [row["judged age"] for row in rows] == pytest.approx([32, 42, 57], abs=0.01)
    # Real faces of 33 and 36, of 44, of 58 and 62 years; those of the other kind would seem 2 years older.
    assert [row["of real faces"] for row in rows] == pytest.approx([34.5, 44, 60], abs=0.5)
    assert all(row["same person"] == 1 and row["Frechet ratio"] < 0.3 for row in rows)
    assert all(row["Frechet ratio, people"] == row["Frechet ratio"] for row in rows)
    assert all(0 < row["Frechet ratio, attributes"] != row["Frechet ratio"] for row in rows)
    change = [2 * (to - 3 - 24) / 127.5 for to in (35, 45, 60)]
    assert [row["pixel change"] for row in rows] == pytest.approx(change, rel=0.05)


def test_other_people_of_that_age_are_as_near_as_it_gets():
    rows = ageing_results.measured(None, YOUNG, REAL, judge_by_corner())
    assert [row["judged age"] for row in rows] == pytest.approx([34.5, 44, 60], abs=0.5)
    assert [row["Frechet ratio"] for row in rows] == pytest.approx([0, 0, 0], abs=0.1)


def test_real_faces_alike_are_of_the_kinds_and_of_the_part_that_is_asked_for():
    first, rest = (
        ageing_results.alike(np.array(["1_0", "0_2", "1_0"]), REAL, 60, slice(start, None, 2), each=20)
        for start in (0, 1)
    )
    assert len(first) == len(rest) == 60
    brighter = [
        (x[:, :, :4].mean(axis=(1, 2, 3)) - x[:, :, 4:].mean(axis=(1, 2, 3)) > 4 / 127.5).sum() for x in (first, rest)
    ]
    assert brighter == [40, 40]
    # Of the kind 1_3 there is none: the other of its gender.
    rare = ageing_results.alike(np.array(["1_3"]), REAL, 60, slice(None), each=20)
    assert (rare[:, :, :4].mean(axis=(1, 2, 3)) - rare[:, :, 4:].mean(axis=(1, 2, 3)) > 4 / 127.5).all()
    assert not {x.tobytes() for x in first} & {x.tobytes() for x in rest}


def test_codes_are_compared_by_a_network_of_the_search_and_by_one_that_it_has_not_seen():
    faces = np.zeros((3, 16, 16, 3), "float32")
    faces[:, ::2] = np.array([0.2, 0.4, 0.8])[:, None, None, None]
    drawn = faces * np.array([1.0, 0.5, 0.0], "float32")[:, None, None, None]

    def network(scale):
        return types.SimpleNamespace(
            embed=lambda x: scale * np.stack([x.mean(axis=(1, 2, 3)), 0 * x[:, 0, 0, 0]], axis=1),
            calibration=types.SimpleNamespace(threshold=lambda far: (0.05**2, 0.3)),
        )

    # Means are 0.1, 0.2 and 0.4; by the judge's own scale they move by 0, 0.04 and 0.16.
    found = age_codes.of_each(faces, drawn, network(0.4), network(1.0))
    assert found["same"].tolist() == [1, 1, 0]
    np.testing.assert_allclose(found["identity"], [0, 0.1, 0.4], atol=1e-6)
    np.testing.assert_allclose(found["mse"], [0, 0.02, 0.32], atol=1e-6)
    np.testing.assert_allclose(found["sharp"] / found["sharp_real"], [1, 0.25, 0], atol=1e-5)
    rows = age_codes.summary(found, {"identity": np.array([0.5, 0.5, 0.5])})
    assert rows["left"][0] == pytest.approx(1 / 3, abs=1e-6) and rows["same"][0] == pytest.approx(2 / 3)
    assert rows["sharpness"][0] == pytest.approx((0.04 + 0.04) / (0.04 + 0.16 + 0.64), rel=1e-4)


def test_faces_drawn_in_all_groups_are_judged_by_ages_that_rise():
    groups, rng = AgeGroups((20, 40, 60)), np.random.default_rng(0)
    faces = rng.uniform(-0.5, 0.5, (6, 16, 16, 3)).astype("float32")
    seen = []

    def draw(images, group, gender):
        seen.append(np.asarray(gender).tolist())
        # Twice as bright a step in half of the faces, the other way in the rest.
        way = np.where(np.arange(len(images)) % 2, -1, 1)
        return 0.5 * images + 0.1 * (np.asarray(group) * way)[:, None, None, None]

    model = types.SimpleNamespace(groups=groups, draw=draw)
    judge = types.SimpleNamespace(estimate_age=light)
    found = bidirectional_parts.judged(model, faces, np.full(6, 15.0), np.array([0, 1, 0, 1, 0, 1]), judge)
    assert seen == [[0, 1, 0, 1, 0, 1]] * 5
    assert found["spearman"][0] == pytest.approx(0, abs=1e-9)
    assert len(found["ages"]) == 4 and np.ptp(found["ages"]) < 1e-3
    # In their own group, the first, faces lose half of their contrast.
    assert found["sharpness"][0] == pytest.approx(0.25, rel=1e-3)
    error = np.square(0.5 * faces).mean(axis=(1, 2, 3))
    assert found["psnr"][0] == pytest.approx(np.mean(10 * np.log10(4 / error)), rel=1e-4)
