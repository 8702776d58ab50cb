"""Values against the types that a signature names: what passes, and what is said of the rest."""

import dataclasses
import datetime
import typing

import numpy as np
import pytest

from keras_facegan.arguments import (
    Age,
    AgeLimits,
    Filters,
    Fraction,
    ImageShape,
    Interval,
    OpenFraction,
    Positive,
    Seed,
    Width,
    check_arguments,
    check_fields,
    check_value,
    describe,
    parameters,
)
from keras_facegan.errors import UserError


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, bool),
        (3, Width),
        (0, OpenFraction),
        (0.999, OpenFraction),
        (1, Fraction),
        (2, Positive),
        (64, Filters),
        ([16, 32], Filters),
        ((16, 32), Filters),
        ([64, 64, 3], ImageShape),
        ([30, 40, 50], AgeLimits),
        (120, Age),
        ("a", typing.Literal["a", "b"]),
        (None, Positive | None),
        ({"a": 1}, dict),
        ("anything", typing.Any),
        (np.float32(2.0), OpenFraction),
        (object(), Width),
    ],
)
def test_a_value_of_its_type_passes_and_objects_are_left_to_who_takes_them(value, kind):
    check_value("model.x", value, kind)


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        (1, bool, "must be true or false, got 1"),
        ("no", bool, "must be true or false, got 'no'"),
        (0, Width, "must be a whole number from 1 to 65,536, got 0"),
        (2**16 + 1, Width, "must be a whole number from 1 to 65,536, got 65537"),
        (True, Width, "must be a whole number from 1 to 65,536, got True"),
        (1.0, Width, "must be a whole number from 1 to 65,536, got 1.0"),
        ([4, 4], Width, r"must be a whole number from 1 to 65,536, got \[4, 4\]"),
        (1, OpenFraction, "must be a number from 0 to below 1, got 1"),
        (float("nan"), OpenFraction, "must be a number from 0 to below 1, got nan"),
        (float("inf"), Positive, "must be a number above 0, at most 1e6, got inf"),
        (-1e-9, Fraction, "must be a number from 0 to 1, got -1e-09"),
        ("0.5", Fraction, "must be a number from 0 to 1, got '0.5'"),
        (2**70, Seed, "must be a whole number from 0 to 4,294,967,295, got"),
        (10**10, Interval, "must be a whole number from 1 to 1,000,000,000, got 10000000000"),
        ([], Filters, r"or a list of them, got \[\]"),
        ([[1]], Filters, r"or a list of them, got \[\[1\]\]"),
        ([65536, 65536, 3], ImageShape, "sides from 1 to 1,024"),
        ([], ImageShape, "height, width, channels"),
        ("x", typing.Literal["a", "b"], "`x` is unknown. Available: `a`, `b`"),
        (5, typing.Literal["a", "b"], "must be one of `a`, `b`, got 5"),
        (datetime.date(2020, 1, 1), str, "must be a string, got"),
        ("adam", dict, "must be a table, got 'adam'"),
        (None, Width, "got None"),
        ("x" * 1000, dict, "got 'x{59}\\.\\.\\."),
    ],
)
def test_another_value_is_said_with_what_was_expected(value, kind, message):
    with pytest.raises(UserError, match=message) as error:
        check_value("model.x", value, kind)
    assert str(error.value).startswith("model.x ") and "\n" not in str(error.value)


def test_types_are_described_in_words():
    assert describe(Positive | None) == "a number above 0, at most 1e6"
    assert describe(tuple[Width, ...]) == "a list, each a whole number from 1 to 65,536"
    assert describe(list[str] | str) == "a list, each a string or a string"


@dataclasses.dataclass(frozen=True)
class Settings:
    speed: Positive = 2.0
    steps: Interval = 5


SettingsTable = typing.TypedDict("SettingsTable", typing.get_type_hints(Settings, include_extras=True), total=False)
SettingsTable.source = Settings


def build(width: Width, depth=3, *rest, name: str = "x", **settings: typing.Unpack[SettingsTable]):
    return width, depth, rest, name, settings


def test_keyword_settings_count_one_by_one_with_their_defaults():
    known = parameters(build)
    assert list(known) == ["width", "depth", "name", "speed", "steps"]
    assert known["speed"].default == 2.0 and known["depth"].kind is typing.Any and known["name"].kind is str


def test_arguments_are_checked_by_name_and_type():
    check_arguments("build", build, {"width": 3, "depth": "unchecked", "speed": 1})
    with pytest.raises(UserError, match="model.widht is not a parameter of build. Did you mean `width`"):
        check_arguments("build", build, {"widht": 3}, "model.")
    with pytest.raises(UserError, match="steps must be a whole number from 1"):
        check_arguments("build", build, {"steps": 0})


def test_fields_of_a_dataclass_are_checked():
    check_fields(Settings())
    with pytest.raises(UserError, match="table.speed must be a number above 0, at most 1e6, got 0"):
        check_fields(Settings(speed=0), "table.")
