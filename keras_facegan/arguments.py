"""What a value may be: named types with their ranges, and the one place where values are checked against them.

Every setting of a model, a data set or a run is annotated with one of these types, so that a recipe, a flag and a
call from Python are refused by the same words, before anything is built or read.
"""

import dataclasses
import datetime
import functools
import inspect
import types
import typing
from typing import Annotated, Any

import msgspec

from keras_facegan.errors import UserError, did_you_mean


def _type(kind, words, **bounds):
    return Annotated[kind, msgspec.Meta(description=words, **bounds)]


# Numbers. Every size has an upper bound: a typing error must not allocate all memory of a machine.
Fraction = _type(float, "a number from 0 to 1", ge=0.0, le=1.0)
OpenFraction = _type(float, "a number from 0 to below 1", ge=0.0, lt=1.0)
Weight = _type(float, "a number from 0 to 1e9", ge=0.0, le=1e9)
Positive = _type(float, "a number above 0, at most 1e6", gt=0.0, le=1e6)
Steps = _type(int, "a whole number from 0 to 1,000,000,000", ge=0, le=10**9)
Interval = _type(int, "a whole number from 1 to 1,000,000,000", ge=1, le=10**9)
Seed = _type(int, "a whole number from 0 to 4,294,967,295", ge=0, le=2**32 - 1)
Width = _type(int, "a whole number from 1 to 65,536", ge=1, le=2**16)
Magnification = _type(float, "a number from 1 to 2", ge=1.0, le=2.0)
WidthFactor = _type(float, "a number from 0.01 to 100", ge=0.01, le=100.0)
KernelCount = _type(int, "a whole number from 0 to 1,000", ge=0, le=1000)
SmallCount = _type(int, "a whole number from 1 to 1,000", ge=1, le=1000)
ExampleCount = _type(int, "a whole number from 1 to 10,000,000", ge=1, le=10**7)
Bits = _type(int, "a whole number from 1 to 8", ge=1, le=8)
Age = _type(float, "an age from 0 to 120 years", ge=0.0, le=120.0)

# Shapes and lists.
_Side = Annotated[int, msgspec.Meta(ge=1, le=1024)]
_Channels = Annotated[int, msgspec.Meta(ge=1, le=4)]
ImageShape = _type(
    tuple[_Side, _Side, _Channels], "a list [height, width, channels] with sides from 1 to 1,024 and 1 to 4 channels"
)
Filters = (
    Annotated[int, msgspec.Meta(ge=1, le=2**13, description="a whole number from 1 to 8,192")]
    | _type(tuple[Annotated[int, msgspec.Meta(ge=1, le=2**13)], ...], "a list of them", min_length=1, max_length=16)
)  # fmt: skip
AgeLimits = _type(
    tuple[Annotated[int, msgspec.Meta(ge=1, le=119)], ...],
    "a list of 1 to 20 rising whole numbers of years from 1 to 119",
    min_length=1,
    max_length=20,
)

_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a string",
    dict: "a table",
    list: "a list",
    type(None): "nothing",
}
# What a file or a command line can hold. Python objects, such as an optimizer, are left to who takes them.
_PLAIN = (bool, int, float, str, list, tuple, dict, datetime.date, datetime.time, type(None))


@dataclasses.dataclass(frozen=True)
class Parameter:
    """One argument of a function.

    Attributes:
        kind: Its annotation; `Any` where it has none.
        default: Its default; `inspect.Parameter.empty` where it has none.
    """

    kind: Any
    default: Any


@functools.cache
def parameters(function: typing.Callable) -> dict[str, Parameter]:
    """Return the arguments of a function or of a class's constructor by name.

    Keyword arguments annotated `**settings: Unpack[Settings]` count one by one; their defaults come from the
    dataclass that is the `source` of the typed dictionary.

    Args:
        function: Function or class.
    """
    hints = typing.get_type_hints(function.__init__ if inspect.isclass(function) else function, include_extras=True)
    result = {}
    for name, parameter in inspect.signature(function).parameters.items():
        kind = hints.get(name, Any)
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            if typing.get_origin(kind) is typing.Unpack:
                result |= _unpacked(typing.get_args(kind)[0])
        elif parameter.kind is not inspect.Parameter.VAR_POSITIONAL:
            result[name] = Parameter(kind, parameter.default)
    return result


def _unpacked(settings):
    hints = typing.get_type_hints(settings, include_extras=True)
    defaults = {field.name: field.default for field in dataclasses.fields(settings.source)}
    return {name: Parameter(kind, defaults[name]) for name, kind in hints.items()}


def check_arguments(owner: str, function: typing.Callable, arguments: dict, prefix: str = "", noun: str = "parameter"):
    """Raise `UserError` where an argument is unknown, or is not what its annotation says.

    Args:
        owner: Name of what is called ("dcgan"), for messages.
        function: Function or class that will be called.
        arguments: Keyword arguments.
        prefix: What goes before a key in messages ("model.").
        noun: What a key is called in messages.
    """
    known = parameters(function)
    for key, value in arguments.items():
        if key not in known:
            raise UserError(f"{prefix}{key} is not a {noun} of {owner}.{did_you_mean(key, known)}")
        check_value(f"{prefix}{key}", value, known[key].kind)


def check_value(name: str, value: Any, kind: Any):
    """Raise `UserError` where a plain value is not of a type or out of its range.

    Args:
        name: Where the value goes ("model.filters"), for the message.
        value: Any value; objects that no file can hold pass.
        kind: Type annotation.
    """
    if kind is Any or not isinstance(value, _PLAIN):
        return
    try:
        msgspec.convert(value, kind)
    except (msgspec.ValidationError, UnicodeEncodeError):
        # The second is of bytes of a command line that are no UTF-8.
        choices = _choices(kind)
        if choices and isinstance(value, str):
            raise UserError(f"{name} `{value}` is unknown.{did_you_mean(value, choices)}") from None
        raise UserError(f"{name} must be {describe(kind)}, got {_short(value)}.") from None


def check_fields(settings: Any, prefix: str = ""):
    """Raise `UserError` where a field of a dataclass instance is not what its annotation says."""
    for name, kind in typing.get_type_hints(type(settings), include_extras=True).items():
        check_value(f"{prefix}{name}", getattr(settings, name), kind)


def describe(kind: Any) -> str:
    """Return what a type allows, in words."""
    metadata = [each.description for each in getattr(kind, "__metadata__", ()) if each.description]
    if metadata:
        return metadata[-1]
    if choices := _choices(kind):
        return f"one of {', '.join(f'`{choice}`' for choice in choices)}"
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(describe(part) for part in parts if part is not type(None))
    if origin in (tuple, list):
        return f"a list, each {describe(parts[0])}"
    return _WORDS.get(kind, str(kind))


def _choices(kind):
    return typing.get_args(kind) if typing.get_origin(kind) is typing.Literal else ()


def _short(value, most=60):
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}..."
