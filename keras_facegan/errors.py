"""Errors that a user can mend: one clear line each, and the nearest names for a misspelt one."""

import datetime
import difflib


class UserError(ValueError):
    """What was expected, what was received, and the way out. The command line prints it without a traceback."""


class DataError(UserError):
    """A picture, label file or folder that cannot be used; the message names it."""


def did_you_mean(name, choices):
    """Suggest the nearest of `choices` to a misspelt `name`.

    Args:
        name: What was asked for.
        choices: Iterable of the names that exist.

    Returns:
        A phrase such as " Did you mean `dcgan`?", or the whole list where nothing comes near.
    """
    choices = sorted(str(choice) for choice in choices)
    near = difflib.get_close_matches(str(name), choices, n=3, cutoff=0.6)
    if near:
        return f" Did you mean {' or '.join(f'`{each}`' for each in near)}?"
    return f" There is {', '.join(f'`{each}`' for each in choices)}." if choices else ""


# What a value from a TOML file or a command line may be where the default is of the type on the left.
_KINDS = {
    bool: ((bool,), "true or false"),
    int: ((int, list, tuple), "a whole number or a list of them"),
    tuple: ((int, list, tuple), "a whole number or a list of them"),
    list: ((int, list, tuple), "a whole number or a list of them"),
    float: ((int, float), "a number"),
    str: ((str,), "a text"),
    dict: ((dict,), "a table"),
}
_PLAIN = (bool, int, float, str, list, tuple, dict, datetime.date, datetime.time)


def check_kind(name, value, default):
    """Raise `UserError` where a plain value is of another kind than the default it replaces.

    Args:
        name: Where the value goes ("model.filters"), for the message.
        value: What was given; an object that no file can hold is left to its user.
        default: The default; one that is of no plain type accepts anything.
    """
    if type(default) not in _KINDS or not isinstance(value, _PLAIN):
        return
    kinds, words = _KINDS[type(default)]
    parts = value if isinstance(value, list | tuple) and list in kinds else [value]
    allowed = kinds
    if parts is value:
        # A list without a default to go by may hold any numbers.
        allowed = (int, float) if default == () else (int,)
    if not all(isinstance(each, allowed) and (bool in kinds or not isinstance(each, bool)) for each in parts):
        raise UserError(f"{name} must be {words}, got {value!r}.")
