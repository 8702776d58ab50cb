"""What every file that must be trusted needs: its hash, certainty that it is on disk, and a name only once it is whole.

Nothing else in the package gives a file or a folder its final name.
"""

import contextlib
import errno
import hashlib
import os
import pathlib
import secrets
import shutil

# What a file or folder is called while it is written; a killed process leaves one behind.
UNFINISHED = ".unfinished_"
# Characters that it keeps of its later name: a name may have 255 bytes, and a character four of them.
KEPT = 50


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


@contextlib.contextmanager
def replacing(path):
    """Yield the path of an empty hidden file that takes the name `path` at the end; a reader never meets half a file.

    If the block raises, what was at `path` stays and the hidden file is removed. The file is on disk only if the block
    calls `flush` on it.

    Args:
        path: Path of the file to write or to replace. The hidden file has the same ending.

    Raises:
        OSError: The folder cannot be written.
    """
    path = pathlib.Path(path)
    unfinished = _unfinished(path)
    # Make the file anew: a link that waits under this name is an error, not followed.
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing_folder(path, is_sound=lambda path: False):
    """Yield an empty hidden folder that takes the name `path` at the end, with all of its files on disk.

    If the block raises, what was at `path` stays and the hidden folder is removed.

    Args:
        path: Path of the folder to write or to replace.
        is_sound: Tells of a folder that already has the name whether it is as good as the new one, because another
            process has finished the same work; it then stays and the new one is removed.

    Raises:
        OSError: The folder cannot be written.
    """
    path = pathlib.Path(path)
    unfinished = _unfinished(path)
    unfinished.mkdir()
    try:
        yield unfinished
        _flush_tree(unfinished)
        _take_name(unfinished, path, is_sound)
        flush_folder(path.parent)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _unfinished(path):
    # The ending is kept.
    return path.with_name(f"{UNFINISHED}{secrets.token_hex(8)}_{path.name[-KEPT:]}")


def _flush_tree(folder):
    for place, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(place, name), "r+b") as file:
                flush(file)
        flush_folder(place)


def _take_name(unfinished, path, is_sound):
    """Rename a folder; one that has the name is moved aside first, and comes back if that fails."""
    try:
        os.rename(unfinished, path)
        return
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    if is_sound(path):
        return
    old = _unfinished(path)
    os.rename(path, old)
    try:
        os.rename(unfinished, path)
    except OSError:
        os.rename(old, path)
        raise
    shutil.rmtree(old, ignore_errors=True)


def is_utf8(path: str | os.PathLike) -> bool:
    """Tell whether a path, or text, can be written as UTF-8: names of files may hold any bytes."""
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def remove(path: pathlib.Path):
    """Remove a file, a link or a folder tree, whatever is there; a link is removed, never followed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_text(path: pathlib.Path, text: str):
    """Replace a file by text: a reader meets the old content or the new one, and a kill leaves no third.

    Args:
        path: The file.
        text: Its new content.
    """
    with replacing(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        flush(file)
