"""Errors that a user can mend: one clear line each, and the nearest names for a misspelt one."""

import difflib
import os
import re

# Paths may be long; no word of a message is longer than this.
LONGEST_WORD, SHOWN = 1000, 60


class UserError(ValueError):
    """What was expected, what was received, and the way out. The command line prints it without a traceback.

    Args:
        message: The text. What was received may be in it: line breaks and control characters are shown
            as such, overlong words are cut.
    """

    def __init__(self, message: str = ""):
        # Names and replies of others may hold characters that steer a terminal.
        line = printable("\\n".join(str(message).splitlines()))
        super().__init__(re.sub(rf"\S{{{LONGEST_WORD},}}", lambda word: f"{word[0][:SHOWN]}...", line))


class DataError(UserError):
    """A picture, label file or folder that cannot be used; the message names it."""


class TooFewPicturesError(DataError):
    """A split or a set of pictures is too small for what is asked of it; the message says how many there must be."""


def printable(name: str | os.PathLike) -> str:
    """Return a file name, or text that holds one, fit for any terminal and any file.

    Args:
        name: As the system gives it: bytes that are no UTF-8 are surrogates in it. They come out as \\xNN, and so do
            characters that steer a terminal.
    """
    return "".join(each if each.isprintable() else escaped(each) for each in os.fspath(name))


def escaped(text: str) -> str:
    """Return text in ASCII: each byte that was no UTF-8 as \\xNN, every other character as Python writes it.

    Args:
        text: As for `printable`.
    """
    return "".join(
        f"\\x{ord(each) - 0xDC00:02x}" if "\udc80" <= each <= "\udcff" else each.encode("unicode_escape").decode()
        for each in text
    )


def did_you_mean(name, choices, otherwise=None):
    """Suggest the nearest of `choices` to a misspelt `name`.

    Args:
        name: What was asked for.
        choices: Iterable of the names that exist.
        otherwise: What to say where nothing comes near and the list is too long to be read.

    Returns:
        A phrase such as " Did you mean `dcgan`?", or `otherwise` or the whole list where nothing comes near.
    """
    choices = sorted(str(choice) for choice in choices)
    near = difflib.get_close_matches(str(name), choices, n=3, cutoff=0.6)
    if near:
        return f" Did you mean {' or '.join(f'`{each}`' for each in near)}?"
    if otherwise is not None:
        return otherwise
    return f" Available: {', '.join(f'`{choice}`' for choice in choices)}." if choices else ""


def in_words(error: Exception) -> str:
    """Return the sentence of a `UserError`, or the kind and the message of another error."""
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}."
