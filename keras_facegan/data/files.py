"""The folders and files under a data set: find, list, stamp and name them."""

import hashlib
import os
import pathlib
import stat

from keras_facegan.errors import DataError, UserError

# What the directory of a run holds.
RECIPE = "recipe.toml"
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".pgm", ".ppm")


class NotRegular(DataError):
    """A pipe, a socket or a device in the place of a file."""


def find_folder(name, data_dir, folders, holds, what):
    """Find the folder of a set, given the set itself or the folder of sets.

    Args:
        name: Registered name of the set, for messages.
        data_dir: What the user gave as `--data_dir`, or None.
        folders: Names that the set's folder goes by, below `data_dir`.
        holds: Tells of a `pathlib.Path` whether it is the set.
        what: What `holds` looks for, for messages ("jpg pictures").

    Returns:
        The first of `data_dir/<folder>` and `data_dir` that holds the set.

    Raises:
        UserError: Without `data_dir`.
        DataError: Where no place holds the set; the message names the places.
    """
    if data_dir is None:
        raise UserError(f"`{name}` is read from disk: say with --data_dir which folder holds {what}.")
    data_dir = pathlib.Path(os.path.expanduser(data_dir))
    places = [data_dir / folder for folder in folders] + [data_dir]
    for place in places:
        if place.is_dir() and holds(place):
            return place
    looked = " or ".join(str(place) for place in places)
    raise DataError(f"`{name}` expects {what} in {looked}, and found none. Say with --data_dir where it is.")


def list_pictures(folder, suffixes=PICTURE_SUFFIXES):
    """Return the sorted relative paths (forward slashes) of all picture files in a folder tree.

    Hidden files and folders are left out, and so are the directories of runs below `folder`: their pictures are
    results. Links to folders are followed, each folder once.

    Args:
        folder: Top of the tree.
        suffixes: Endings of file names that count, in lower case.
    """
    folder = pathlib.Path(folder)
    found, seen = [], set()
    for place, folders, files in os.walk(folder, followlinks=True):
        is_run = RECIPE in files and pathlib.Path(place) != folder
        if is_run or os.path.realpath(place) in seen:
            folders.clear()
            continue
        seen.add(os.path.realpath(place))
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if name.lower().endswith(suffixes) and not name.startswith("."):
                found.append(pathlib.Path(place, name).relative_to(folder).as_posix())
    return sorted(found)


def check_regular(path):
    """Raise where a path leads to a pipe, a socket or a device: reading one may wait or go on for ever.

    Args:
        path: Path of a file, or of a link to one.

    Raises:
        OSError: There is nothing.
        NotRegular: It is none; the message names it.
    """
    mode = os.stat(path).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise NotRegular(f"{printable(path)} is no regular file but a pipe, a socket or a device, which is not read.")


def file_stamp(root, keys):
    """Return a SHA-256 over the place, sizes and times of the files `keys` of `root`: it changes when they do."""
    digest = hashlib.sha256(os.fsencode(pathlib.Path(root).resolve()))
    for key in keys:
        digest.update(f"{file_state(os.path.join(root, key))}\n".encode())
    return digest.hexdigest()


def file_state(path):
    """Return (bytes, time of the last change in ns) of a file, or (-1, -1) where a link leads nowhere."""
    try:
        status = os.stat(path)
    except OSError:
        return -1, -1
    return status.st_size, status.st_mtime_ns


def printable(name):
    """Return a file name fit for any terminal: bytes that are no UTF-8 and control characters come out as \\xNN."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
