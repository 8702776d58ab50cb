"""What every file that must be trusted needs: its hash, certainty that it is on disk, and no half of it ever."""

import contextlib
import hashlib
import os
import pathlib
import shutil


def sha256(path):
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(file):
    """Force what was written to an open file onto the disk."""
    file.flush()
    os.fsync(file.fileno())


def flush_folder(path):
    """Force the entries of a folder onto the disk: a rename is only safe once they are there."""
    # Some file systems cannot sync a folder.
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove(path: pathlib.Path):
    """Remove a file, a link or a folder tree, whatever is there; a link is removed, never followed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_text(path: pathlib.Path, text: str):
    """Replace a file by text: a reader meets the old content or the new one, and a kill leaves no third.

    The new content is written to `.unfinished_<name>` beside it, a file of its own even where a link has that name.

    Args:
        path: The file.
        text: Its new content.
    """
    unfinished = path.with_name(f".unfinished_{path.name}")
    remove(unfinished)
    with unfinished.open("x", encoding="utf-8", newline="") as file:
        file.write(text)
        flush(file)
    os.replace(unfinished, path)
