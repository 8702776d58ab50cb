"""Conditions: what they put into a network, how they are drawn, what data they want, and how a user says them."""

import types

import keras
import numpy as np
import pytest

from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.errors import UserError
from keras_facegan.networks.conditions import (
    CORRELATED,
    KEPT_ROWS,
    AgeGroup,
    Attributes,
    Classes,
    Gender,
    make_condition,
)

NAMES = ("Smiling", "Bald", "Eyeglasses")


def data(**columns):
    """Return what `check` and `adapt` read of `Examples`."""
    return types.SimpleNamespace(name="mine", columns={name: np.asarray(each) for name, each in columns.items()})


def faces(n=500, seed=0):
    """Return data with attribute rows; the bald never smile."""
    rows = np.random.default_rng(seed).integers(0, 2, (n, 40)).astype("float32")
    smiling, bald = (CELEBA_ATTRIBUTES.index(name) for name in ("Smiling", "Bald"))
    rows[:, smiling] *= 1 - rows[:, bald]
    return data(attributes=rows)


def adapted():
    condition = Attributes(NAMES)
    condition.adapt(faces())
    return condition


def every():
    return [Classes(4), Gender(), AgeGroup((30, 40, 50)), adapted()]


def encoded(condition, values):
    """Return the vectors that a network sees of inputs."""
    wanted = condition.input()
    network = keras.Model({condition.name: wanted}, {"vector": condition.vector(wanted)})
    return np.asarray(network({condition.name: keras.ops.convert_to_tensor(values)})["vector"])


def test_classes_are_one_hot():
    np.testing.assert_array_equal(encoded(Classes(3), np.array([2, 0], "int32")), [[0, 0, 1], [1, 0, 0]])


def test_attributes_enter_as_they_are():
    rows = np.array([[0.0, 1.0, 0.25]], "float32")
    np.testing.assert_array_equal(encoded(Attributes(NAMES), rows), rows)


def test_attributes_that_are_correlated_go_together():
    condition = Attributes((*NAMES, "Male"))
    examples = faces()
    examples.columns["attributes"][:, CELEBA_ATTRIBUTES.index("Male")] = 1
    condition.adapt(examples)
    rows = np.asarray(condition.memory.rows)[:, :3]
    together = np.asarray(condition.going_together())
    np.testing.assert_array_equal(together[:3, :3], np.abs(np.corrcoef(rows.T)) > CORRELATED)
    # The bald never smile; all are men.
    np.testing.assert_array_equal(together, [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]])


def test_ages_fall_into_their_groups():
    groups = np.asarray(AgeGroup((30, 40, 50)).of(np.array([0, 30, 30.5, 31, 40, 41, 50, 51, 116], "float32")))
    np.testing.assert_array_equal(groups, [0, 0, 1, 1, 1, 2, 2, 3, 3])
    assert groups.dtype == "int32"
    assert AgeGroup((30, 40, 50)).names == ("0-30", "31-40", "41-50", "51+")


def test_attributes_are_found_among_the_forty():
    rows = np.arange(80, dtype="float32").reshape(2, 40) / 80
    places = [CELEBA_ATTRIBUTES.index(name) for name in NAMES]
    np.testing.assert_array_equal(Attributes(NAMES).of(rows), rows[:, places])


def test_labels_are_taken_as_whole_numbers():
    labels = np.asarray(Classes(10).of(np.array([3, 9], "int64")))
    assert labels.dtype == "int32" and labels.tolist() == [3, 9]


@pytest.mark.parametrize("condition", every(), ids=lambda each: each.name)
def test_row_i_depends_on_the_seed_and_i_alone(condition):
    many = condition.sample(200, seed=3)
    np.testing.assert_array_equal(condition.sample(7, seed=3), many[:7])
    assert (condition.sample(200, seed=4) != many).any()
    assert condition.sample(0, seed=3).shape == (0, *many.shape[1:])
    assert many.dtype == ("float32" if condition.name == "attributes" else "int32")


@pytest.mark.parametrize("condition", every()[:3], ids=lambda each: each.name)
def test_classes_are_drawn_alike(condition):
    counts = np.bincount(condition.sample(20_000, seed=0), minlength=condition.width)
    assert len(counts) == condition.width
    # Four standard deviations of a count.
    share = 1 / condition.width
    np.testing.assert_allclose(counts / 20_000, share, atol=4 * np.sqrt(share * (1 - share) / 20_000))


def test_classes_are_drawn_apart_from_latent_codes():
    uniform = np.random.default_rng(0).random(1000)
    assert abs(np.corrcoef(uniform, Classes(10).sample(1000, seed=0))[0, 1]) < 0.1


def test_attributes_are_drawn_together_as_real_faces_have_them():
    condition = adapted()
    real = np.asarray(condition.of(faces().columns["attributes"]))
    rows = condition.sample(5000, seed=0)
    # Four standard deviations of a mean over the rows that are kept.
    np.testing.assert_allclose(rows.mean(axis=0), real.mean(axis=0), atol=4 * 0.5 / np.sqrt(KEPT_ROWS))
    assert rows[:, 0].mean() > 0.1 and not (rows[:, 0] * rows[:, 1]).any()


def test_attribute_rows_are_kept_from_few_pictures_and_from_many():
    for count in (20, 3 * KEPT_ROWS):
        condition, examples = Attributes(NAMES), faces(count)
        condition.adapt(examples)
        kept = {tuple(row) for row in np.asarray(condition.memory.rows)}
        assert kept <= {tuple(row) for row in np.asarray(condition.of(examples.columns["attributes"]))}
        assert len(kept) > 3


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        (Classes(10), 3, [3, 3]),
        (Classes(10), "3", [3, 3]),
        (Classes(10), [3, 9], [3, 9]),
        (Classes(10), np.array([3, 9]), [3, 9]),
        (Gender(), "female", [1, 1]),
        (Gender(), ["male", 1], [0, 1]),
        (AgeGroup((30, 40)), "31-40", [1, 1]),
        (AgeGroup((30, 40)), ["41+", "0-30"], [2, 0]),
    ],
)
def test_a_class_is_said_by_number_or_name(condition, value, expected):
    for values in (condition.values(value, 2), condition.wanted(value, 2, seed=0)):
        assert values.dtype == "int32" and values.tolist() == expected


@pytest.mark.parametrize(
    ("condition", "value", "message"),
    [
        (Classes(10), 10, "label must be a whole number from 0 to 9, got 10"),
        (Classes(10), -1, "label must be a whole number from 0 to 9, got -1"),
        (Classes(10), 3.0, "label must be a whole number from 0 to 9, got 3.0"),
        (Classes(10), True, "got True"),
        (Classes(10), [None], "got None"),
        (Classes(10), "three", "label `three` is unknown. Available: `0`, `1`"),
        (Classes(10), [1, 2, 3], r"label must be one value or 2 of them, got shape \(3,\)"),
        (Classes(10), [[1], [2]], r"got shape \(2, 1\)"),
        (Gender(), "femal", "gender `femal` is unknown. Did you mean `female`"),
        (Gender(), 2, r"from 0 to 1 \(0: male, 1: female\), got 2"),
        (AgeGroup((30, 40)), "31-41", "age_group `31-41` is unknown. Did you mean `31-40`"),
    ],
)
def test_classes_that_do_not_exist(condition, value, message):
    with pytest.raises(UserError, match=message):
        condition.values(value, 2)


def test_attributes_are_said_by_rows_or_names():
    condition = adapted()
    row = [0.0, 1.0, 0.5]
    np.testing.assert_array_equal(condition.values(row, 2), [row, row])
    np.testing.assert_array_equal(condition.values([row, row[::-1]], 2), [row, row[::-1]])
    # What is not named is absent from a picture that is described ...
    np.testing.assert_array_equal(condition.values({"Bald": 1}, 2), [[0, 1, 0], [0, 1, 0]])
    # ... and as in a real one where pictures are drawn.
    real, wanted = condition.sample(50, 1), condition.wanted({"Bald": 1, "Smiling": False}, 50, 1)
    np.testing.assert_array_equal(wanted[:, 2], real[:, 2])
    assert (wanted[:, 1] == 1).all() and (wanted[:, 0] == 0).all() and wanted.dtype == np.float32
    np.testing.assert_array_equal(condition.wanted(None, 50, 1), real)
    np.testing.assert_array_equal(condition.wanted(row, 1, 1), [row])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Smilling": 1}, "`Smilling` is not an attribute of this model. Did you mean `Smiling`"),
        ({"Smiling": 2}, "Smiling must be a number from 0 to 1, got 2"),
        ({"Smiling": "yes"}, "Smiling must be a number from 0 to 1, got yes"),
        ({"Smiling": float("nan")}, "Smiling must be a number from 0 to 1, got nan"),
        ([0.0, 1.0], r"attributes must be 3 numbers from 0 to 1 \(Smiling, Bald, Eyeglasses\), or 2 such rows"),
        ([0.0, 1.0, 1.5], "values from 0 to 1.5"),
        ("Smiling", r"attributes must be numbers, or a dict such as \{'Smiling': 1\}"),
    ],
)
def test_attributes_that_cannot_be(value, message):
    for read in (lambda: adapted().values(value, 2), lambda: adapted().wanted(value, 2, seed=0)):
        with pytest.raises(UserError, match=message):
            read()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("Smilling",), "`Smilling` is not an attribute. Did you mean `Smiling`"),
        (("Bald", "Bald"), "An attribute is named twice"),
    ],
)
def test_attribute_names_that_cannot_be(names, message):
    with pytest.raises(UserError, match=message):
        Attributes(names)


@pytest.mark.parametrize(
    ("condition", "examples", "message"),
    [
        (Classes(3), data(label=[0, 1, 2, 3]), r"pictures of label 3; the model knows 0 to 2. Set model.num_c.*\(4"),
        (Classes(3), data(label=[0, -1, 2]), "pictures of label -1"),
        (Classes(3), data(label=[0, 2]), r"no pictures of label 1. Set model.num_classes .*\(2"),
        (Gender(), data(gender=[1, 1]), "no pictures of gender male"),
        (AgeGroup((30, 40)), data(age=[20.0, 50.0]), r"of some ages \(0-30: 1, 31-40: 0, 41\+: 1\).*model.age_groups"),
        (Attributes(("Bald", "Male")), data(attributes=np.zeros((5, 40))), "have the same Bald: leave it out"),
    ],
)  # fmt: skip
def test_data_that_do_not_fit(condition, examples, message):
    with pytest.raises(UserError, match=message):
        condition.check(examples)


def test_data_that_fit():
    Classes(3).check(data(label=[2, 0, 1, 1]))
    Gender().check(data(gender=[0, 1]))
    AgeGroup((30, 40)).check(data(age=[20.0, 35.0, 50.0]))
    Attributes(NAMES).check(faces())


def test_a_grid_shows_every_class_and_its_name():
    values, names = AgeGroup((30, 40)).rows(seed=0)
    assert values.tolist() == [0, 1, 2] and names == ["0-30", "31-40", "41+"]
    values, names = Classes(1000).rows(seed=0)
    assert values.tolist() == list(range(16)) and names[-1] == "15"


def test_a_grid_turns_one_attribute_over_per_row():
    condition = adapted()
    values, names = condition.rows(seed=0)
    start = condition.sample(1, 0)[0]
    np.testing.assert_array_equal(values[0], start)
    np.testing.assert_array_equal(np.abs(values[1:] - start), np.eye(3))
    assert names == ["start", *(f"{'-' if start[i] else '+'} {name}" for i, name in enumerate(NAMES))]
    many = Attributes(CELEBA_ATTRIBUTES)
    assert many.rows(seed=0)[0].shape == (8, 40)


@pytest.mark.parametrize(
    ("condition", "flags", "said"),
    [
        (Classes(10), {"label": "3"}, "3"),
        (Classes(10), {"label": "3,5"}, ["3", "5"]),
        (Gender(), {"gender": "female"}, "female"),
        (AgeGroup((30, 40)), {"age_group": "31-40"}, "31-40"),
        (AgeGroup((30, 40)), {"age": "35"}, [1]),
        (AgeGroup((30, 40)), {"age": "35,70"}, [1, 2]),
        (Attributes(NAMES), {"with": "Smiling,Bald"}, {"Smiling": 1, "Bald": 1}),
        (Attributes(NAMES), {"with": "Bald", "without": "Smiling"}, {"Bald": 1, "Smiling": 0}),
        # One colour of hair takes the others away, of those that the model has.
        (Attributes(("Black_Hair", "Male", "Blond_Hair")), {"with": "Blond_Hair"}, {"Blond_Hair": 1, "Black_Hair": 0}),
    ],
)  # fmt: skip
def test_words_of_the_command_line(condition, flags, said):
    assert set(flags) <= set(condition.flags)
    assert condition.said(flags) == said


@pytest.mark.parametrize(
    ("condition", "flags", "message"),
    [
        (AgeGroup((30,)), {"age": "35", "age_group": "0-30"}, "give one of them"),
        (AgeGroup((30,)), {"age": "old"}, "--age must be an age from 0 to 120 years, got 'old'"),
        (AgeGroup((30,)), {"age": "-3"}, "--age must be an age from 0 to 120 years"),
        (AgeGroup((30,)), {"age": "nan"}, "--age must be an age from 0 to 120 years"),
        (Attributes(NAMES), {"with": "Bald", "without": "Bald"}, "`Bald` is named in --with and in --without"),
        (Attributes(NAMES), {"with": "Bald,Bald"}, "`Bald` is named twice"),
        (Attributes(NAMES), {"with": "Balt"}, "`Balt` is not an attribute of this model. Did you mean `Bald`"),
        (
            Attributes(CELEBA_ATTRIBUTES),
            {"with": "Black_Hair,Gray_Hair"},
            "Black_Hair and Gray_Hair exclude each other",
        ),
    ],
)
def test_words_that_cannot_be(condition, flags, message):
    with pytest.raises(UserError, match=message):
        condition.said(flags)


def test_conditions_by_name_take_the_argument_they_need():
    arguments = {"num_classes": 7, "attributes": NAMES, "age_groups": (20,)}
    made = {name: make_condition(name, **arguments) for name in ("classes", "attributes", "age_groups", "gender")}
    assert {name: each.width for name, each in made.items()} == {
        "classes": 7, "attributes": 3, "age_groups": 2, "gender": 2,
    }  # fmt: skip
    assert [each.memory is None for each in made.values()] == [True, False, True, True]
