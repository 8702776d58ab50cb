"""The table of aged faces against a path and judges whose answers are known."""

import numpy as np
import pytest

from keras_facegan.errors import UserError
from keras_facegan.metrics.ageing import Judge, ageing_by_group

RNG = np.random.default_rng(0)
FACES = RNG.uniform(-0.4, 0.4, (30, 16, 16, 3)).astype("float32")
# One year is a hundredth of brightness; the person is in the first row of pixels, which ageing leaves alone.
BRIGHTNESS = (0.25, 0.35, 0.45)


def at(level):
    """Return the faces with everything below the first row moved to a mean brightness."""
    aged = FACES.copy()
    aged[:, 1:] += level - aged[:, 1:].mean(axis=(1, 2, 3), keepdims=True)
    return aged


def person(images):
    row = images[:, 0].reshape(len(images), -1)
    return row / np.linalg.norm(row, axis=1, keepdims=True)


JUDGE = Judge(
    estimate_age=lambda images: 100 * images[:, 1:].mean(axis=(1, 2, 3)),
    features=lambda images: np.asarray(images)[:, 1:3, 1, 0],
    embed=person,
    threshold=0.1,
)


def group_of(years):
    return np.searchsorted([30, 40], years)


def test_a_perfect_path():
    path = np.stack([at(level) for level in BRIGHTNESS], axis=1)
    ages, rows = ageing_by_group(path, [at(level) for level in BRIGHTNESS], group_of, JUDGE)
    np.testing.assert_allclose(ages, np.tile([25, 35, 45], (30, 1)), rtol=1e-3)
    for years, row in zip((25, 35, 45), rows, strict=True):
        assert row["judged_age"] == pytest.approx(years, rel=1e-3) == row["real_age"]
        assert row["in_group"] == row["same_person"] == 1
        assert row["frechet"] == pytest.approx(0, abs=1e-6) and row["frechet_note"] == ""
    assert [row["frechet_unaged"] for row in rows] == pytest.approx([0, 0.02, 0.08], rel=1e-3, abs=1e-6)
    # Fifteen of sixteen rows move by a tenth a group.
    assert [row["pixel_change"] for row in rows] == pytest.approx([0, 0.1 * 15 / 16, 0.2 * 15 / 16], rel=1e-3, abs=1e-6)
    assert rows[0]["fine_detail"] == pytest.approx(1)


def test_a_path_that_goes_nowhere_or_to_somebody_else():
    path = np.stack([at(BRIGHTNESS[0])] * 3, axis=1)
    _, rows = ageing_by_group(path, [at(level) for level in BRIGHTNESS], group_of, JUDGE)
    assert [row["in_group"] for row in rows] == [1, 0, 0] and [row["pixel_change"] for row in rows] == [0, 0, 0]
    assert all(row["frechet"] == pytest.approx(row["frechet_unaged"]) for row in rows)
    path[10:, 2] = at(BRIGHTNESS[0])[:20]
    _, rows = ageing_by_group(path, [at(level) for level in BRIGHTNESS], group_of, JUDGE)
    assert [row["same_person"] for row in rows] == pytest.approx([1, 1, 1 / 3])


def test_too_few_real_faces_are_noted_with_the_distances_of_their_group(recwarn):
    path = np.stack([at(level) for level in BRIGHTNESS], axis=1)
    real = [at(level) for level in BRIGHTNESS]
    real[1] = real[1][:2]
    _, rows = ageing_by_group(path, real, group_of, JUDGE)
    assert [bool(row["frechet_note"]) for row in rows] == [False, True, False] and not recwarn.list
    assert rows[1]["frechet_note"].startswith("real has 2 pictures for 2 features")


def test_other_networks_and_parts_of_a_face_have_rows_of_their_own():
    path = np.stack([at(level) for level in BRIGHTNESS], axis=1)
    # The last group has lost the grain of its upper half.
    path[:, 2, :8] = path[:, 2, :8].mean(axis=(1, 2), keepdims=True)
    others = {"lower": lambda images: np.asarray(images)[:, 12:14, 1, 0]}
    regions = {"top": (slice(0, 8), slice(4, 12)), "bottom": (slice(8, 16), slice(0, 16))}
    real = [at(level) for level in BRIGHTNESS]
    _, rows = ageing_by_group(path, real, group_of, JUDGE._replace(others=others), regions)
    assert [row["frechet_lower"] for row in rows] == pytest.approx([0, 0, 0], abs=1e-6)
    assert [row["frechet_lower_unaged"] for row in rows] == pytest.approx([0, 0.02, 0.08], rel=1e-3, abs=1e-6)
    assert rows[2]["frechet"] > 0.01
    assert [row["top_detail"] for row in rows] == pytest.approx([1, 1, 0], abs=0.2)
    assert [row["bottom_detail"] for row in rows] == pytest.approx([1, 1, 1])


def test_groups_must_fit():
    path = np.stack([at(level) for level in BRIGHTNESS], axis=1)
    for real in ([FACES] * 2, [FACES, FACES, FACES[:0]]):
        with pytest.raises(UserError, match="real faces of each of its groups"):
            ageing_by_group(path, real, group_of, JUDGE)
