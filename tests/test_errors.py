"""What is said of a misspelt name or a value of the wrong kind."""

import datetime

import pytest

from keras_facegan.errors import DataError, UserError, check_kind, did_you_mean


def test_near_names_are_suggested_and_far_ones_listed():
    assert did_you_mean("dcgam", ["dcgan", "lsgan"]) == " Did you mean `dcgan`?"
    assert did_you_mean("lcgan", ["dcgan", "lsgan"]) == " Did you mean `lsgan` or `dcgan`?"
    assert did_you_mean("xyz", ["b", "a"]) == " There is `a`, `b`."
    assert did_you_mean("xyz", []) == ""
    assert did_you_mean(5, [64, 32]) == " There is `32`, `64`."


def test_errors_are_value_errors():
    assert issubclass(DataError, UserError) and issubclass(UserError, ValueError)


@pytest.mark.parametrize(
    ("value", "default"),
    [
        (True, False),
        (3, 5),
        ([3, 4], 5),
        (3, (5, 6)),
        ((3, 4), (5, 6)),
        (3, 0.5),
        (0.25, 0.5),
        ("a", "b"),
        ({"a": 1}, {}),
        (object(), "an object is for the constructor to judge"),
        ("anything", None),
    ],
)
def test_a_value_of_the_kind_of_its_default_passes(value, default):
    check_kind("model.x", value, default)


@pytest.mark.parametrize(
    ("value", "default", "expected"),
    [
        (1, False, "true or false"),
        ("no", False, "true or false"),
        (0.5, 5, "a whole number"),
        (True, 5, "a whole number"),
        ("64", 5, "a whole number"),
        ([1, "2"], 5, "a whole number"),
        ([[1], [2]], (5, 6), "a whole number"),
        ([True], (5, 6), "a whole number"),
        ("x", 0.5, "a number"),
        (True, 0.5, "a number"),
        ([0.5], 0.5, "a number"),
        (5, "b", "a text"),
        (["a"], "b", "a text"),
        (datetime.date(2020, 1, 1), "b", "a text"),
        ("adam", {}, "a table"),
    ],
)
def test_a_value_of_another_kind_is_named(value, default, expected):
    with pytest.raises(UserError, match=f"model.x must be {expected}.*, got"):
        check_kind("model.x", value, default)
