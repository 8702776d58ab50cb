"""Pictures of known people, one folder per person: one's own, a part of CelebA, the ORL faces."""

import collections
import hashlib
import os

import numpy as np

from keras_facegan.data.files import find_folder, holds_pictures, set_pictures
from keras_facegan.data.sources import parse_split, picture_source, split_by_hash
from keras_facegan.errors import DataError, printable
from keras_facegan.registry import DATASETS

# People with several pictures that a validation needs; with fewer, pictures of everybody are held out instead.
FEWEST = 2


@DATASETS.register("identity_folder", about={"columns": ("identity",)})
def identity_folder(data_dir=None, split="train"):
    """Any folder of one folder per person; `identity` numbers them in the order of their names.

    Args:
        data_dir: The folder.
        split: "train", "validation", "test", several joined with "+", or "all"; no person is in two of them, unless
            there are too few people to hold some out: then some pictures of everybody are held out.
    """
    return _people("identity_folder", data_dir, [], split)


@DATASETS.register("celeba_identity", about={"extractor": "facenet/celeba_96", "columns": ("identity",)})
def celeba_identity(data_dir=None, split="train"):
    """13,864 pictures of 695 people of CelebA, 96 x 96, with `identity`; nobody in common with `celeba`.

    Args:
        data_dir: Folder of one folder per person, or the folder that holds it as `celeba_identity/`.
        split: "train", "validation", "test", several joined with "+", or "all"; no person is in two of them.
    """
    return _people("celeba_identity", data_dir, ["celeba_identity"], split)


@DATASETS.register("orl_faces", about={"extractor": "facenet/celeba_96", "columns": ("identity",)})
def orl_faces(data_dir=None, split="train"):
    """The ORL faces (AT&T Laboratories Cambridge): 10 grey pictures each of 40 people, with `identity`.

    Args:
        data_dir: Folder of `s1/` to `s40/`, or the folder that holds it as `orl_faces/`.
        split: "train", "validation", "test", several joined with "+", or "all"; no person is in two of them.
    """
    return _people("orl_faces", data_dir, ["orl_faces", "att_faces"], split)


def _split(people, keys, split):
    """Return the indices of a split: of some people all pictures, or of all people some, where these are too few."""
    held_out = collections.Counter(people[index] for index in split_by_hash(people, "validation"))
    if sum(count > 1 for count in held_out.values()) >= FEWEST:
        return split_by_hash(people, split)
    parts = parse_split(split)
    sides = {}
    for person in sorted(set(people)):
        own = [index for index, each in enumerate(people) if each == person]
        own.sort(key=lambda index: hashlib.sha256(os.fsencode(keys[index])).digest())
        # Two at least, for one picture of a person makes no pair; and two must stay to train on.
        share = max(2, len(own) // 20)
        validation = share if len(own) >= 4 else 0
        test = share if len(own) >= 8 else 0
        sides |= dict.fromkeys(own, "train")
        sides |= dict.fromkeys(own[:validation], "validation") | dict.fromkeys(
            own[validation : validation + test], "test"
        )
    return [index for index in range(len(keys)) if sides[index] in parts]


def _people(name, data_dir, folders, split):
    root = find_folder(name, data_dir, folders, holds_pictures, "one folder of pictures per person")
    keys = set_pictures(name, root)
    outside = [key for key in keys if "/" not in key]
    if outside:
        raise DataError(
            f"`{name}` expects one folder per person in {root}, but {len(outside):,} of {len(keys):,} pictures lie in "
            f"no folder, such as {printable(outside[0])}."
        )
    people = [key.split("/")[0] for key in keys]
    numbers = {person: number for number, person in enumerate(sorted(set(people)))}
    chosen = _split(people, keys, split)
    identity = np.array([numbers[people[index]] for index in chosen], dtype="int32")
    return picture_source(name, root, [keys[index] for index in chosen], {"identity": identity})
