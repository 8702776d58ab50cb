"""Attributes of the faces on photos: recognised, and changed in their place."""

import dataclasses
import functools
from collections.abc import Iterator, Sequence

import numpy as np

from keras_facegan.abilities import Rebuilds, Transforms, can
from keras_facegan.attributes import check_changes, with_exclusions
from keras_facegan.errors import DataError
from keras_facegan.photos.alignment import put_back
from keras_facegan.photos.changed import ChangedPhoto
from keras_facegan.photos.networks import Network, Seen, data_set_of, load_network
from keras_facegan.photos.search import Found, Source, search_photos

# Weights of the zoo that recognise and that change attributes unless others are named.
RECOGNISER, TRANSFORMER = "attribute_cnn/celeba_64", "iterative_gan/celeba_64"


@dataclasses.dataclass(frozen=True)
class TransformedFace:
    """A face of a photo and what became of it.

    Args:
        seen: Where it is and what the network saw, or why it stays as it is.
        images: float32 (n, side, side, 3) in [-1, 1], what the network made of it, one per change.
    """

    seen: Seen
    images: np.ndarray | None = None


def transform_photos(
    photos: Source | Sequence[Source],
    changes: dict[str, int] | Sequence[dict[str, int]],
    *,
    face: int | None = None,
    model: str = TRANSFORMER,
    step: int | str | None = None,
) -> Iterator[ChangedPhoto]:
    """Change attributes of the faces on photos.

    All faces of a photo are found, turned upright, changed and put back in their places; beyond the faces no pixel
    changes. What is added to the photo is the difference that the attributes make: a model that also rebuilds faces is
    asked for the face without the change, and its own blur stays out of the photo. An attribute that is set also takes
    away those that exclude it, such as other colours of hair. A photo that is no use has an `error` and does not stop
    the others.

    Args:
        photos: Path of a picture file, uint8 array (H, W, 1 or 3), or several of these.
        changes: Dict from names of attributes to 1 (with) or 0 (without), or several of them, one per picture.
        face: Number of the only face to change, 1 at the left of the photo; None changes all.
        model: Name of weights in the zoo, or the directory of a run, of a model that can change attributes.
        step: Step of a checkpoint of the run, or "best"; None takes its newest weights.

    Returns:
        Iterator of one `ChangedPhoto` per photo, in their order, whose faces are `TransformedFace`s.

    Raises:
        UserError: An unknown attribute or two that exclude each other, at once; an attribute that the model does not
            have, or no such model, with the first photo.

    Example:
        >>> from keras_facegan import transform_photos
        >>> for photo in transform_photos(["anna.jpg"], {"Eyeglasses": 1, "Smiling": 1}):
        ...     photo.save(f"transformed-{photo.name}")
    """
    changes = [changes] if isinstance(changes, dict) else list(changes)
    for each in changes:
        check_changes(each)
    data_set_of(model)
    network = functools.cache(lambda: _network(model, step, changes))
    return (_try(found, network, changes) for found in search_photos(photos, face))


def recognise_faces(network: Network, found: Found) -> dict[int, np.ndarray]:
    """Return the probabilities (attributes,) of the faces of a photo by their numbers, too small ones left out.

    Args:
        network: Network that recognises attributes.
        found: A photo and its faces.

    Raises:
        DataError: There is no face, or all are too small.
    """
    return network.per_face(found, network.model.recognise)


def _network(name, step, changes):
    """Load a model, and check that it has the attributes that are to change."""
    network = load_network(name, Transforms, step)
    for each in changes:
        check_changes(each, network.model.attributes, name)
    return network


def _try(found, network, changes):
    """Return the `ChangedPhoto` of one photo, with its error where nothing can be done."""
    try:
        found.check()
        return _transform(found, network(), changes)
    except DataError as error:
        return ChangedPhoto(found.name, found.photo, error=error)


def _transform(found, network, changes):
    """Return the `ChangedPhoto` of a photo with faces."""
    model, seen = network.model, network.look(found)
    usable = [face for face in seen if face.image is not None]
    images = np.stack([face.image for face in usable])
    changed = [model.transform(images, with_exclusions(each, model.attributes)) for each in changes]
    unchanged = model.rebuild(images) if can(model, Rebuilds) else images
    # Put every face back, into one picture per change.
    pictures, made = [found.photo.pixels] * len(changes), {}
    for place, face in enumerate(usable):
        own = np.stack([each[place] for each in changed])
        pictures = [
            put_back(picture, face.square, unchanged[place], image)
            for picture, image in zip(pictures, own, strict=True)
        ]
        made[face.number] = own
    faces = tuple(TransformedFace(face, made.get(face.number)) for face in seen)
    return ChangedPhoto(found.name, found.photo, faces, tuple(pictures))
