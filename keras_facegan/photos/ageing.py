"""The people on photos made older or younger: every face by itself, in its place."""

import dataclasses
import functools
from collections.abc import Iterator, Sequence

import numpy as np

from keras_facegan.abilities import Ages
from keras_facegan.errors import DataError, UserError
from keras_facegan.photos.ages import estimate_ages, estimator_of
from keras_facegan.photos.alignment import Square, put_back
from keras_facegan.photos.changed import ChangedPhoto
from keras_facegan.photos.networks import Network, data_set_of, load_network
from keras_facegan.photos.search import Found, Source, search_photos

OLDER, YOUNGER = "pfa_gan/utkface_64", "pfa_gan/utkface_64_younger"
OLDEST = 120


@dataclasses.dataclass(frozen=True)
class AgedFace:
    """A face of a photo and what became of it.

    Args:
        number: Place of the face on the photo, from 1 at the left.
        square: Where it is.
        age: Its age in years as the photo shows it, estimated unless it was said; None where the face is too small.
        age_error: Years that such an estimate is wrong on average, where that was measured; None for an age that was
            said.
        group: Name of its age group, such as "31-40".
        groups: Names of the groups that it was taken to; empty where it stays as it is.
        why: Why it could not be aged, else "".
        image: float32 (side, side, 3) in [-1, 1], what the network saw.
        images: float32 (n, side, side, 3) in [-1, 1], what the network made of it for each picture of the photo.
    """

    number: int
    square: Square
    age: float | None = None
    age_error: float | None = None
    group: str = ""
    groups: tuple[str, ...] = ()
    why: str = ""
    image: np.ndarray | None = None
    images: np.ndarray | None = None


@dataclasses.dataclass(frozen=True)
class AgedPhoto(ChangedPhoto):
    """A photo, its faces (`AgedFace`), and the photo with these faces in other ages, one picture per group of `groups`.

    Args:
        groups: Names of the age groups that the pictures show; a face that is past a group already stays as it is.
    """

    groups: tuple[str, ...] = ()


def age_photos(
    photos: Source | Sequence[Source],
    to: float | None = None,
    *,
    from_: float | None = None,
    face: int | None = None,
    model: str = OLDER,
    step: int | str | None = None,
) -> Iterator[AgedPhoto]:
    """Make the people on photos older or younger.

    All faces of a photo are found, turned upright, aged and put back in their places. Beyond the faces no pixel
    changes. Arguments and the headers of files are checked at once, before a network is loaded; each photo is read and
    aged when it is its turn. A photo that is no use has an `error` and does not stop the others.

    Args:
        photos: Path of a picture file, uint8 array (H, W, 1 or 3), or several of these.
        to: Age in years to arrive at, from 0 to 120; None shows every age group that the model takes a face to.
        from_: Age in years of the face as it is, from 0 to 120, where a photo has one face or `face` picks one; None
            estimates it.
        face: Number of the only face to age, 1 at the left of the photo; None ages all.
        model: Name of ageing weights in the zoo, or the directory of a run.
        step: Step of a checkpoint of the run, or "best"; None takes its newest weights.

    Returns:
        Iterator of one `AgedPhoto` per photo, in their order.

    Raises:
        UserError: An argument is out of range, or there is no such model.

    Example:
        >>> from keras_facegan import age_photos
        >>> for photo in age_photos(["anna.jpg", "family.jpg"], to=90):
        ...     photo.save(f"aged-{photo.name}")
        ...     print(photo.name, [face.groups for face in photo.faces])
        anna.jpg [('51+',)]
        family.jpg [('51+',), ('51+',)]
    """
    for name, years in (("to", to), ("from_", from_)):
        if years is not None and not 0 <= years <= OLDEST:
            raise UserError(f"`{name}` is an age in years from 0 to {OLDEST}, got {years:g}.")
    data_set_of(model)
    networks = functools.cache(lambda: _networks(model, step, from_))
    return (_try(found, networks, to, from_) for found in search_photos(photos, face))


def _networks(name, step, from_):
    """Return the ageing network and its age estimator, or None where ages are said."""
    ageing = load_network(name, Ages, step)
    if from_ is not None:
        return ageing, None
    try:
        return ageing, estimator_of(ageing)
    except UserError as error:
        raise UserError(f"{error} Or say the age of the face: --from in a command, from_ in Python.") from None


def _try(found, networks, to, from_):
    """Return the `AgedPhoto` of one photo, with its error where nothing can be done."""
    try:
        found.check()
        if from_ is not None and len(found.faces) > 1:
            raise DataError(f"{found.name} has {len(found.faces)} faces: say which one is {from_:g} years old.")
        return age_found(found, *networks(), to, from_)
    except DataError as error:
        return AgedPhoto(found.name, found.photo, error=error)


def age_found(
    found: Found, ageing: Network, estimator: Network | None, to: float | None, from_: float | None
) -> AgedPhoto:
    """Make the faces of a photo older or younger.

    Args:
        found: Photo with faces.
        ageing: Network that ages faces.
        estimator: Network that estimates ages; None where `from_` says them.
        to: Age in years to arrive at; None shows every age group that the model takes a face to.
        from_: Age in years of every face as it is; None has them estimated.

    Raises:
        DataError: No face can be aged.
    """
    model = ageing.model
    last = len(model.groups) - 1 if to is None else _place(model, to)
    faces = [_refused(face, model, to, last) for face in _faces(found, ageing, estimator, from_)]
    usable = [face for face in faces if not face.why]
    if not usable:
        reasons = [f"face {face.number}, {face.why}" if len(faces) > 1 else face.why for face in faces]
        raise DataError(f"{found.name}: {'; '.join(reasons)}.")
    # Age all of them together.
    source = model.groups.of([face.age for face in usable]).astype("int32")
    start, images = model.place(source), np.stack([face.image for face in usable])
    if to is None:
        places = [place for place in range(len(model.groups)) if model.changes(start, place).any()]
        aged_images = model.age_path(images, source)[:, places]
    else:
        places, aged_images = [last], model.age(images, to=to, source_group=source)[:, None]
    # Put every face back, into one picture per group.
    pictures, aged = [found.photo.pixels] * len(places), {}
    for face, begin, images in zip(usable, start, aged_images, strict=True):
        pictures = [
            put_back(picture, face.square, face.image, image) for picture, image in zip(pictures, images, strict=True)
        ]
        groups = _names(model, [place for place in places if model.changes(begin, place)])
        aged[face.number] = dataclasses.replace(face, groups=groups, images=images)
    faces = tuple(aged.get(face.number, face) for face in faces)
    return AgedPhoto(found.name, found.photo, faces, tuple(pictures), groups=_names(model, places))


def _faces(found, ageing, estimator, from_):
    """Return an `AgedFace` per face with its age, not aged yet."""
    seen, groups, faces = ageing.look(found), ageing.model.groups, []
    ages = {face.number: (from_, None) for face in seen} if estimator is None else estimate_ages(estimator, found)
    for face in seen:
        if face.image is None or face.number not in ages:
            why = face.why or "the face is too small for its age to be estimated"
            faces.append(AgedFace(face.number, face.square, why=why))
        else:
            age, error = ages[face.number]
            group = groups.names[int(groups.of([age])[0])]
            faces.append(AgedFace(face.number, face.square, age, error, group, image=face.image))
    return faces


def _refused(face, model, to, last):
    """Return a face with the reason why the model cannot take it to the last place, if there is one."""
    if face.why or model.both_ways or _place(model, face.age) <= last:
        return face
    direction, other = ("older", "younger (--younger)") if model.older else ("younger", "older")
    group = model.groups.names[int(model.groups.of([to])[0])]
    why = (
        f"age {face.age:.0f}, group {face.group}: this model makes faces {direction}, it cannot go to {to:g} years, "
        f"group {group}; take one that makes them {other}"
    )
    return dataclasses.replace(face, why=why)


def _place(model, years):
    """Return where an age stands along the chain of a model's groups."""
    return int(model.place(model.groups.of([years])[0]))


def _names(model, places):
    """Return the names of the groups at places of the chain."""
    return tuple(model.groups.names[int(model.place(place))] for place in places)
