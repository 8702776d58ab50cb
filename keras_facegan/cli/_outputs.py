"""The files that a command writes: named so that nothing is overwritten, and checked before any work is done."""

import itertools
import pathlib

from keras_facegan.data.files import printable
from keras_facegan.errors import UserError


def free_name(path, companions: tuple[str, ...] = ()) -> pathlib.Path:
    """Return a path, or the first of "<name>-2", "<name>-3", ... where something has its name already.

    Args:
        path: Path of a file or folder.
        companions: What is added to its stem for other files that are written with it.
    """
    return next(
        name
        for name in numbered(pathlib.Path(path))
        if not any(name.with_name(f"{name.stem}{more}{name.suffix}").exists() for more in ("", *companions))
    )


def numbered(path: pathlib.Path):
    """Yield a path, then "<name>-2", "<name>-3" and so on."""
    yield path
    for number in itertools.count(2):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def output_file(out: str | None, default: str, suffixes=(".png",), flag="--out", companions=()) -> pathlib.Path:
    """Return the file that a command writes.

    Args:
        out: Value of the flag; an existing file of this name is replaced.
        default: Name unless one is given, in the current folder; it replaces nothing.
        suffixes: Endings that it may have, in lower case.
        flag: Name of the flag, for messages.
        companions: As for `free_name`.

    Raises:
        UserError: Another ending, or a folder that is not there.
    """
    if out is None:
        return free_name(default, companions)
    path = pathlib.Path(out)
    if path.suffix.lower() not in suffixes:
        raise UserError(f"{flag} must end in {' or '.join(suffixes)}, got {printable(path)}.")
    if not path.parent.is_dir():
        raise UserError(f"There is no folder {printable(path.parent)} for {printable(path.name)}.")
    return path
