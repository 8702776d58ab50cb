"""Photos, one after the other, each with its faces; one that is no use is told and does not stop the others."""

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from keras_facegan.data.files import printable
from keras_facegan.errors import DataError, UserError
from keras_facegan.photos.detector import Face, find_faces
from keras_facegan.photos.files import Photo, check_photo, read_photo

Source = str | os.PathLike | np.ndarray


class Found(NamedTuple):
    """A photo and its faces.

    Attributes:
        name: What messages call it: its path, or its place in the list.
        photo: The photo; None where it cannot be read.
        faces: Faces by number, 1 at the left.
        error: Why there is no face to work on, or None.
    """

    name: str
    photo: Photo | None
    faces: dict[int, Face]
    error: DataError | None

    def check(self):
        """Raise the error, if there is one."""
        if self.error is not None:
            raise self.error


def search_photos(photos: Source | Sequence[Source], face: int | None = None) -> Iterator[Found]:
    """Look for faces on photos.

    The headers of all files are checked at once; a photo is read and searched when it is its turn, so that any number
    of them fits into memory.

    Args:
        photos: Path of a file, uint8 array (H, W, 1 or 3), or several of these.
        face: Number of the one face that is wanted, 1 at the left; None takes all.

    Returns:
        Iterator of one `Found` per photo, in their order.

    Raises:
        UserError: `face` is no number from 1 on, or an array is no photo.
    """
    if face is not None and face < 1:
        raise UserError(f"Faces are numbered from 1 at the left, got {face}.")
    is_one = isinstance(photos, str | os.PathLike) or isinstance(photos, np.ndarray) and photos.ndim == 3
    photos = [photos] if is_one else list(photos)
    named = [(_name(photo, place), photo, _checked(photo, place)) for place, photo in enumerate(photos, 1)]
    return (_find(name, photo, face, error) for name, photo, error in named)


def _name(photo, place):
    return f"photo {place}" if isinstance(photo, np.ndarray) else printable(photo)


def _checked(photo, place):
    """Return what is wrong with the header of a file, or None; an array that is no photo raises."""
    if isinstance(photo, np.ndarray):
        if photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[-1] not in (1, 3) or not photo.size:
            raise UserError(
                f"photo {place} must be a uint8 array (height, width, 1 or 3), got {photo.dtype} {photo.shape}."
            )
        return None
    try:
        check_photo(photo)
    except DataError as error:
        return error
    return None


def _find(name, photo, number, error):
    """Return the `Found` of one photo."""
    if error is None:
        try:
            photo = Photo(photo, name) if isinstance(photo, np.ndarray) else read_photo(photo)
        except DataError as broken:
            error = broken
    if error is not None:
        return Found(name, None, {}, error)
    faces = dict(enumerate(find_faces(photo.rgb), 1))
    if not faces:
        return Found(name, photo, {}, DataError(f"{name}: no face was found."))
    if number is None:
        return Found(name, photo, faces, None)
    if number not in faces:
        count = "1 face" if len(faces) == 1 else f"{len(faces)} faces"
        return Found(name, photo, {}, DataError(f"{name} has {count}; there is no face {number}."))
    return Found(name, photo, {number: faces[number]}, None)
