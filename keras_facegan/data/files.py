"""The folders and files under a data set: find, list, stamp and name them."""

import collections
import functools
import hashlib
import importlib.util
import os
import pathlib
import stat
import sys

from keras_facegan.errors import DataError, UserError, printable

# What the directory of a run holds.
RECIPE = "recipe.toml"
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".pgm", ".ppm")
PICTURE_SUFFIXES += (".tif", ".tiff", ".gif", ".avif", ".jp2")
# What Pillow reads with the help of another package.
HEIC_SUFFIXES = (".heic", ".heif")
HEIC_EXTRA = "`pip install keras_facegan[heic]` lets HEIC pictures be read"


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
    # A tree is looked through only where `holds` does so too.
    unread = holds is holds_pictures and any(map(_holds_heic, places))
    extra = f" {HEIC_EXTRA}." if unread else ""
    raise DataError(f"`{name}` expects {what} in {looked}, and found none. Say with --data_dir where it is.{extra}")


def picture_suffixes() -> tuple[str, ...]:
    """Return the endings of picture files that can be read here, in lower case."""
    return PICTURE_SUFFIXES + (HEIC_SUFFIXES if importlib.util.find_spec("pillow_heif") else ())


def list_pictures(folder, suffixes=None):
    """Return the sorted relative paths (forward slashes) of all picture files in a folder tree.

    Hidden files and folders are left out, and so are the directories of runs below `folder`: their pictures are
    results. Links to folders are followed, each folder once.

    Args:
        folder: Top of the tree.
        suffixes: Endings of file names that count, in lower case; `picture_suffixes` unless given.
    """
    return sorted(name for name in _files(folder) if name.lower().endswith(suffixes or picture_suffixes()))


def holds_pictures(folder):
    """Tell whether there is a picture file in a folder tree."""
    suffixes = picture_suffixes()
    return any(name.lower().endswith(suffixes) for name in _files(folder))


def _holds_heic(folder):
    return any(name.lower().endswith(HEIC_SUFFIXES) for name in _files(folder))


def set_pictures(name, folder):
    """Return the pictures of a data set as `list_pictures` does, and count on stderr the files that are none.

    Args:
        name: Registered name of the set, for the message.
        folder: Top of the tree.
    """
    suffixes, pictures, others = picture_suffixes(), [], collections.Counter()
    for file in _files(folder):
        if file.lower().endswith(suffixes):
            pictures.append(file)
        else:
            others[pathlib.PurePath(file).suffix.lower() or "without an ending"] += 1
    if others:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in others.most_common())
        extra = f" {HEIC_EXTRA}." if any(others[suffix] for suffix in HEIC_SUFFIXES) else ""
        _say(f"{name}: files in {folder} that are not used: {kinds}.{extra}")
    return sorted(pictures)


@functools.cache
def _say(line):
    """Print a line on stderr, once: a run opens its data set several times."""
    print(printable(line), file=sys.stderr)


def _files(folder):
    """Yield the relative paths (forward slashes) of all files that `list_pictures` looks at."""
    folder = pathlib.Path(folder)
    seen = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        is_run = RECIPE in files and pathlib.Path(place) != folder
        if is_run or os.path.realpath(place) in seen:
            folders.clear()
            continue
        seen.add(os.path.realpath(place))
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith("."):
                yield pathlib.Path(place, name).relative_to(folder).as_posix()


def read_list(path):
    """Return the text of a list of pictures, with the mark of the byte order that spreadsheets write removed.

    Bytes that are no UTF-8 become what the system makes of them in names of files, so that both agree.

    Args:
        path: Path of a text file, in UTF-8 or UTF-16.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no text.
    """
    content = pathlib.Path(path).read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    if b"\0" in content:
        raise ValueError("it is no text")
    return content.decode("utf-8-sig", "surrogateescape")


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
