"""Look through a folder once and name every picture that would spoil a training."""

import concurrent.futures
import dataclasses
import hashlib
import itertools
import json
import os
import pathlib

from keras_facegan.data.files import (
    HEIC_SUFFIXES,
    NotRegular,
    check_regular,
    file_state,
    list_pictures,
    picture_suffixes,
)
from keras_facegan.data.images import NotAPicture, TooLarge, decode
from keras_facegan.data.progress import progress
from keras_facegan.errors import DataError, UserError, printable
from keras_facegan.files import replacing
from keras_facegan.paths import cache_root

# Pictures of other kinds, which no data set reads.
OTHER_SUFFIXES = (".svg", ".psd", ".dng", ".cr2", ".nef", ".arw")
CHUNK = 1024
# Large JPEGs are decoded as training does it, at a fraction: no model of the zoo draws more pixels a side.
SIDE = 256


@dataclasses.dataclass(frozen=True)
class Problem:
    """A file that is no use, and why.

    Args:
        file: Path relative to the folder, with forward slashes.
        kind: "unreadable", "too large", "wrong type" or "duplicate".
        reason: A sentence.
        size: Bytes.
        mtime_ns: Time of the last change; with `size` it tells whether the file has been replaced since.
    """

    file: str
    kind: str
    reason: str
    size: int
    mtime_ns: int


def check_folder(folder):
    """Decode every picture of a folder tree and compare their contents.

    The first of several equal files (by name) is the good one. The result is kept for `known_bad`.

    Args:
        folder: Top of the tree.

    Returns:
        Number of files looked at, and the list of `Problem`, sorted by file.

    Raises:
        DataError: No such folder, or no pictures in it.
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder.")
    files = list_pictures(folder, picture_suffixes() + HEIC_SUFFIXES + OTHER_SUFFIXES)
    if not files:
        raise DataError(f"There are no pictures in {folder}.")
    problems, first = [], {}
    with (
        concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool,
        progress(f"Checking {printable(folder)}", len(files)) as advance,
    ):
        # Hand out a chunk at a time: a future for each of millions of files would fill the memory.
        looks = (
            pool.map(lambda file: _look(folder / file), files[at : at + CHUNK]) for at in range(0, len(files), CHUNK)
        )
        for file, (digest, kind, reason) in zip(files, itertools.chain.from_iterable(looks), strict=True):
            if kind is None and first.setdefault(digest, file) != file:
                kind, reason = "duplicate", f"has the same content as {printable(first[digest])}."
            if kind is not None:
                problems.append(Problem(file, kind, reason, *file_state(folder / file)))
            advance(1)
    write_report(_report_path(folder.resolve()), folder, len(files), problems)
    return len(files), problems


def write_report(path, folder, checked, problems):
    """Write the result of `check_folder` as JSON to the file `path`."""
    report = {
        "folder": str(folder.resolve()),
        "checked": checked,
        "problems": [dataclasses.asdict(problem) for problem in problems],
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as unfinished:
            unfinished.write_text(json.dumps(report, indent=1) + "\n")
    except OSError as error:
        raise UserError(f"The report cannot be written to {path}: {error.strerror}.") from error


def known_bad(root, keys):
    """Return those of the files `keys` of `root` that a check of `root`, or of a folder above it, found bad.

    A file that has changed since the check is not among them.
    """
    found = {}
    for folder in (pathlib.Path(root), *pathlib.Path(root).parents):
        found |= {os.path.join(folder, problem.file): problem for problem in _read_report(_report_path(folder))}
    paths = {key: os.path.join(root, key) for key in keys} if found else {}
    return {
        key
        for key, path in paths.items()
        if path in found and file_state(path) == (found[path].size, found[path].mtime_ns)
    }


def _read_report(path):
    """Return the problems in a report; none where it was never written."""
    if not path.is_file():
        return []
    try:
        return [Problem(**each) for each in json.loads(path.read_text())["problems"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"The report {path} is damaged: run `facegan data check` again, or remove it.") from error


def _look(path):
    """Return (SHA-256 of the content, kind of problem or None, reason)."""
    name = printable(path)
    if path.suffix.lower() in OTHER_SUFFIXES:
        return None, "wrong type", f"is a {path.suffix} file, which is not read; convert it to PNG or JPEG."
    try:
        check_regular(path)
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
        decode(path, size=SIDE)
    except OSError as error:
        return None, "unreadable", f"cannot be read: {error.strerror}."
    except DataError as error:
        kind = {NotAPicture: "wrong type", NotRegular: "wrong type", TooLarge: "too large"}.get(
            type(error), "unreadable"
        )
        return None, kind, str(error).removeprefix(f"{name} ")
    return digest, None, None


def _report_path(folder):
    return cache_root() / "checks" / f"{hashlib.sha256(os.fsencode(folder)).hexdigest()}.json"
