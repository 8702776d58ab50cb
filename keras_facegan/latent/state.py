"""A search on disk: what it needs to go on after the process was killed, replaced as a whole or not at all."""

import hashlib
import pathlib
import time
import zipfile

import numpy as np

from keras_facegan.data.files import printable
from keras_facegan.errors import UserError
from keras_facegan.files import flush, flush_folder, replacing

SECONDS_BETWEEN_SAVES = 20


def job_name(*parts):
    """Return a SHA-256 that is another one wherever any of `parts` (arrays, settings) differs."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            part = f"{part.dtype}{part.shape}".encode() + np.ascontiguousarray(part).tobytes()
        digest.update(part if isinstance(part, bytes) else repr(part).encode())
    return digest.hexdigest()


class StateFile:
    """The file of one job.

    Args:
        path: Path of the file, or None for a job that is not saved.
        job: Name of the job, see `job_name`; a file of another one is refused.
    """

    def __init__(self, path, job):
        self.path = None if path is None else pathlib.Path(path)
        self.job = job
        self.saved = time.monotonic()

    def read(self):
        """Return the saved arrays by name; none where nothing was saved.

        Raises:
            UserError: The file is of another job, or damaged.
        """
        if self.path is None or not self.path.exists():
            return {}
        way_out = "delete it to begin anew, or write the result elsewhere."
        try:
            with np.load(self.path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            job = str(arrays.pop("job"))
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise UserError(f"{printable(self.path)} cannot be read ({error}): {way_out}") from None
        if job != self.job:
            raise UserError(
                f"{printable(self.path)} is the state of a search for other pictures, or by another model, other "
                f"settings or another machine: {way_out}"
            )
        return arrays

    def write(self, arrays, last=False):
        """Save arrays by name, unless it was done less than `SECONDS_BETWEEN_SAVES` ago; call it as often as you like.

        Args:
            arrays: Dict of arrays.
            last: Save them in any case.

        Raises:
            UserError: The disk is full or the folder cannot be written; what was saved before is untouched.
        """
        if self.path is None or not (last or time.monotonic() - self.saved >= SECONDS_BETWEEN_SAVES):
            return
        try:
            with replacing(self.path) as unfinished, unfinished.open("wb") as file:
                np.savez(file, job=self.job, **arrays)
                flush(file)
            flush_folder(self.path.parent)
        except OSError as error:
            raise UserError(f"{printable(self.path)} cannot be written: {error.strerror or error}.") from None
        self.saved = time.monotonic()
