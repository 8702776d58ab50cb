"""Decoded once: the pictures of a source as one memory-mapped uint8 array that outlives the process.

There is one entry per part of a set and size: where pictures have changed, the new entry takes the place of the old.
"""

import concurrent.futures
import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import shutil
import sys
import time

import numpy as np

from keras_facegan.data.files import file_state
from keras_facegan.data.images import prepare
from keras_facegan.data.progress import progress
from keras_facegan.errors import DataError, UserError
from keras_facegan.files import UNFINISHED, replacing_folder, sha256
from keras_facegan.paths import cache_limit, cache_root

# Raise it when decoding, cropping or resizing changes a pixel.
VERSION = 1
CHUNK = 256
PICTURES, BAD, HASHES = "images.npy", "bad.json", "sha256.json"

# Content that has the right hash, so that a process checks it once: paths, sizes and times of files.
_sound = set()


@dataclasses.dataclass(frozen=True)
class Entry:
    """What the cache holds of a set.

    Attributes:
        folder: Its folder.
        about: What it holds: `set`, `root` (folder of the files), `part` (split and options) and `image_shape`; empty
            where it was written before this was kept.
        size: Bytes.
        used: Time of the last use, in seconds since 1970.
    """

    folder: pathlib.Path
    about: dict
    size: int
    used: float


def entries() -> list[Entry]:
    """Return what the cache holds, what was used last first."""
    found = []
    # What another process is still writing has a hidden name.
    for folder in (cache_root() / "decoded").glob("[!.]*"):
        # Another process may remove it meanwhile.
        with contextlib.suppress(OSError):
            size = sum(file.stat().st_size for file in folder.iterdir())
            found.append(Entry(folder, _about(folder), size, folder.stat().st_mtime))
    return sorted(found, key=lambda entry: -entry.used)


def remove_entries(chosen: list[Entry]):
    """Remove entries; a process that has one open keeps it until it ends.

    Args:
        chosen: Some of `entries`.
    """
    for entry in chosen:
        shutil.rmtree(entry.folder, ignore_errors=True)


def decoded(source, image_shape, skip_bad=False, part=""):
    """Return the pictures of a source, decoding them on the first call only.

    Args:
        source: A `Source`.
        image_shape: `(side, side, 1 or 3)`.
        skip_bad: Leave unreadable pictures out instead of raising; the same ones are left out on every later call.
        part: Split and options by which the source is a part of its set.

    Returns:
        images: uint8 memory map (N, side, side, channels).
        kept: int64 (N,), the examples of `source` that `images` shows.

    Raises:
        DataError: Pictures cannot be read and `skip_bad` is not set. All are tried; the first few are named.
        UserError: The cache folder cannot be written.
    """
    folder = cache_root() / "decoded" / cache_key(source, image_shape)
    stored = _load(folder, len(source), image_shape)
    if stored is not None and not skip_bad and _is_mended(source, stored[1], image_shape):
        shutil.rmtree(folder, ignore_errors=True)
        stored = None
    if stored is None:
        about = {"set": source.name, "root": source.root, "part": part, "image_shape": list(image_shape)}
        _write(source, image_shape, folder, about)
        _make_room(folder, about)
        stored = _load(folder, len(source), image_shape)
    images, bad = stored
    with contextlib.suppress(OSError):
        # When it was used last.
        os.utime(folder)
    if bad and not skip_bad:
        raise DataError(_describe(source, bad))
    if bad:
        print(f"{source.name}: {len(bad):,} unreadable pictures of {len(source):,} are left out.", file=sys.stderr)
    return images, np.setdiff1d(np.arange(len(source)), np.array(list(bad), dtype="int64"))


def cache_key(source, image_shape):
    """Return the SHA-256 that stands for the decoded pictures of `source` at `image_shape`."""
    parts = [VERSION, source.name, source.fingerprint, list(image_shape), *source.keys]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _load(folder, num_examples, image_shape):
    """Return (images, {index: reason} of bad pictures), or None where `folder` is missing, damaged or has no hashes."""
    path = folder / PICTURES
    try:
        if not _has_its_hashes(folder):
            return None
        bad = {int(index): reason for index, reason in json.loads((folder / BAD).read_text()).items()}
        images = np.load(path, mmap_mode="r")
    except (OSError, ValueError, LookupError, TypeError, EOFError):
        return None
    expected = (num_examples - len(bad), *image_shape)
    is_whole = images.shape == expected and images.dtype == np.uint8
    return (images, bad) if is_whole and path.stat().st_size == images.offset + images.nbytes else None


def _has_its_hashes(folder):
    """Tell whether the files of an entry are those that were written; the content is read once per process."""
    if not all((folder / name).is_file() for name in (HASHES, PICTURES, BAD)):
        return False
    hashes = json.loads((folder / HASHES).read_text())
    for name in (PICTURES, BAD):
        path = folder / name
        state = (path, *file_state(path))
        if state not in _sound:
            if sha256(path) != hashes[name]:
                return False
            _sound.add(state)
    return True


def _is_mended(source, bad, image_shape):
    """Tell whether a picture that was unreadable when the cache was written reads well now."""
    return any(not isinstance(_read(source, index, image_shape), DataError) for index in bad)


def _read(source, index, image_shape):
    """Return the prepared picture, or the `DataError` that says why there is none."""
    try:
        return prepare(source.read(int(index), image_shape[0]), image_shape)
    except DataError as error:
        return error


def _read_chunks(source, image_shape):
    """Yield (indices, pictures or errors) through the whole source, in order."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(source), CHUNK):
            indices = np.arange(start, min(start + CHUNK, len(source)))
            if source.read_many:
                rows = [prepare(row, image_shape) for row in source.read_many(indices, image_shape[0])]
            else:
                rows = list(pool.map(lambda index: _read(source, index, image_shape), indices))
            yield indices, rows


def _about(folder):
    try:
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return about if isinstance(about, dict) else {}


def _make_room(folder, about):
    """Remove what `folder` takes the place of, and what was used longest ago while there is more than may be."""
    others = [entry for entry in entries() if entry.folder != folder]
    remove_entries([entry for entry in others if entry.about == about])
    room = cache_limit() - sum(file.stat().st_size for file in folder.iterdir())
    for entry in others:
        if entry.size > room:
            remove_entries([entry])
        else:
            room -= entry.size


def _write(source, image_shape, folder, about):
    """Decode every picture into a new folder that takes its name only when it is complete and on disk."""
    needed = len(source) * int(np.prod(image_shape))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(folder)
        # Keep what another process has finished meanwhile, replace what is damaged.
        with replacing_folder(folder, lambda path: _load(path, len(source), image_shape) is not None) as unfinished:
            bad = _write_images(source, image_shape, unfinished / PICTURES)
            (unfinished / BAD).write_text(json.dumps(bad, indent=1))
            hashes = {name: sha256(unfinished / name) for name in (PICTURES, BAD)}
            (unfinished / HASHES).write_text(json.dumps(hashes, indent=1))
            (unfinished / "about.json").write_text(json.dumps(about), encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"The decoded pictures of `{source.name}` ({needed / 1e6:,.1f} MB) cannot be written to {folder.parent}: "
            f"{error.strerror or error}. Set KERAS_FACEGAN_CACHE to a folder with room."
        ) from error


def _write_images(source, image_shape, path):
    """Write all readable pictures as .npy and return {index: reason} of the others."""
    bad = {}
    with open(path, "wb") as file, progress(f"Decoding {source.name}", len(source)) as advance:
        # Write row after row, not through a memory map: a full disk is then an error, not a bus error.
        header_size = _write_header(file, len(source), image_shape)
        for indices, rows in _read_chunks(source, image_shape):
            for index, row in zip(indices, rows, strict=True):
                if isinstance(row, DataError):
                    bad[int(index)] = str(row)
                else:
                    file.write(np.ascontiguousarray(row))
            advance(len(indices))
        # Put the true number of rows into the header, which NumPy pads so that it keeps its size.
        file.seek(0)
        if _write_header(file, len(source) - len(bad), image_shape) != header_size:
            raise OSError(f"the header of {path} does not fit")
    return bad


def _write_header(file, num_rows, image_shape):
    header = {"descr": "|u1", "fortran_order": False, "shape": (num_rows, *image_shape)}
    np.lib.format.write_array_header_1_0(file, header)
    return file.tell()


def _remove_leftovers(folder):
    """Remove what killed processes left behind a day ago or earlier, of any set."""
    for leftover in folder.parent.glob(f"{UNFINISHED}*"):
        # Another process may finish or remove its own meanwhile.
        with contextlib.suppress(FileNotFoundError):
            if time.time() - leftover.stat().st_mtime > 86_400:
                shutil.rmtree(leftover, ignore_errors=True)


def _describe(source, bad):
    reasons = list(bad.values())
    listed = "\n".join(f"  {reason}" for reason in reasons[:5])
    more = f"\n  ... and {len(reasons) - 5:,} more" if len(reasons) > 5 else ""
    return (
        f"{len(bad):,} of the {len(source):,} pictures of `{source.name}` cannot be used:\n{listed}{more}\n"
        f"`facegan data check {source.root or 'DIR'}` names them all; --skip_bad leaves them out."
    )
