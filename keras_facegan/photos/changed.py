"""A photo whose faces were changed: what `age_photos` and `transform_photos` give."""

import dataclasses
import os
from typing import Any

import numpy as np

from keras_facegan.errors import DataError
from keras_facegan.photos.files import Photo


@dataclasses.dataclass(frozen=True)
class ChangedPhoto:
    """A photo, its faces, and the photo with these faces changed.

    Args:
        name: What messages call it: its path, or its place in the list.
        photo: The photo as it was; None where it cannot be read.
        faces: Its faces from left to right, and what became of each.
        pictures: Arrays of the shape and type of `photo.pixels`, one per change.
        error: Why nothing was done, or None.
    """

    name: str
    photo: Photo | None
    faces: tuple[Any, ...] = ()
    pictures: tuple[np.ndarray, ...] = ()
    error: DataError | None = None

    def save(self, path: str | os.PathLike, quality: int | None = None):
        """Write the photo with the last of its changes, with all that the file of the photo carried.

        Args:
            path: Path of the file; its suffix says the kind.
            quality: See `Photo.save`.

        Raises:
            UserError: Nothing was done, or the file cannot be written.
        """
        if self.error is not None:
            raise self.error
        self.photo.save(path, self.pictures[-1] if self.pictures else None, quality)
