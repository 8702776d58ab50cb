"""The people of `celeba_identity`, and to learn from besides them those of `celeba`, cropped alike."""

import os

import numpy as np

from keras_facegan.arguments import SmallCount
from keras_facegan.data.sets.celeba import celeba
from keras_facegan.data.sets.identity_folder import celeba_identity
from keras_facegan.data.sources import Source, parse_split
from keras_facegan.errors import DataError
from keras_facegan.registry import DATASETS

# The square of an aligned picture of CelebA that shows what a picture of `celeba_identity` shows: its side as a share
# of the width, its upper edge as a share of the height. The mean pictures of both sets agree best there.
SIDE, TOP = 0.787, 0.243


@DATASETS.register("celeba_people", about={"extractor": "facenet/celeba_96", "columns": ("identity",)})
def celeba_people(data_dir=None, split="train", min_pictures: SmallCount = 2):
    """`celeba_identity` as it is; its training split also holds the people of `celeba`, all of them.

    Validation and test are the people of `celeba_identity` alone, so that numbers compare with networks that were
    trained on it. People of `celeba` are numbered behind all of `celeba_identity`; the sets share nobody.

    Args:
        data_dir: The folder that holds `celeba_identity/` and `celeba/`.
        split: "train", "validation", "test", several joined with "+", or "all"; no person is in two of them.
        min_pictures: Fewest pictures that a person of `celeba` must have to be learnt from.
    """
    known = celeba_identity(data_dir, split)
    if "train" not in parse_split(split):
        return known
    # Number the others from the same place on, whatever the split.
    first = int(celeba_identity(data_dir, "all").columns["identity"].max()) + 1
    return _joined(known, _others(data_dir, first, min_pictures))


def _others(data_dir, first, min_pictures):
    """Return the people of `celeba` with enough pictures, numbered from `first` on and cropped."""
    pictures = celeba(data_dir, "all")
    if "identity" not in pictures.columns:
        raise DataError(f"`celeba_people` expects identity_CelebA.txt in {pictures.root} or above, and found none.")
    identity = pictures.columns["identity"]
    people, places, counts = np.unique(identity, return_inverse=True, return_counts=True)
    enough = counts >= min_pictures
    numbers = first + np.cumsum(enough) - 1
    chosen = np.flatnonzero(enough[places])
    return pictures.take(chosen), numbers[places[chosen]].astype("int32")


def _joined(known, others):
    """Return both sets as one, its keys relative to the folder that holds both."""
    others, numbers = others
    root = os.path.commonpath([known.root, others.root])
    keys = [_below(root, part, key) for part in (known, others) for key in part.keys]

    def read(index, size):
        return known.read(index, size) if index < len(known) else crop(others.read(index - len(known), size))

    identity = np.concatenate([known.columns["identity"], numbers])
    stamp = f"{known.fingerprint} {others.fingerprint} {SIDE} {TOP}"
    return Source("celeba_people", tuple(keys), {"identity": identity}, read, None, stamp, (), root)


def _below(root, part, key):
    return "/".join(part for part in (os.path.relpath(part.root, root).replace(os.sep, "/"), key) if part != ".")


def crop(picture):
    """Return the square of an aligned picture of CelebA (H, W, C) that shows what `celeba_identity` shows."""
    height, width = picture.shape[:2]
    side, top = round(SIDE * width), round(TOP * height)
    left = (width - side) // 2
    return picture[top : top + side, left : left + side]
