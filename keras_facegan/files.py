"""What every file that must be trusted needs: its hash, and certainty that it is on disk."""

import contextlib
import hashlib
import os


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
