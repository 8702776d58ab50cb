"""Pictures of known people, one folder a person: one's own, a part of CelebA, the ORL faces."""

import numpy as np

from keras_facegan.data.files import find_folder, list_pictures, printable
from keras_facegan.data.sources import picture_source, split_by_hash
from keras_facegan.errors import DataError
from keras_facegan.registry import DATASETS


@DATASETS.register("identity_folder")
def identity_folder(data_dir=None, split="train"):
    """Any folder of one folder a person; `identity` numbers them in the order of their names.

    Args:
        data_dir: The folder.
        split: "train", "validation", "test", several joined with "+", or "all"; no person is in two of them.
    """
    return _people("identity_folder", data_dir, [], split)


@DATASETS.register("celeba_identity", about={"extractor": "facenet/celeba_96"})
def celeba_identity(data_dir=None, split="train"):
    """13,864 pictures of 695 people of CelebA, 96 x 96, with `identity`; nobody in common with `celeba`.

    Args:
        data_dir: Folder of one folder a person, or the folder that holds it as `celeba_identity/`.
        split: "train", "validation", "test", several joined with "+", or "all"; no person is in two of them.
    """
    return _people("celeba_identity", data_dir, ["celeba_identity"], split)


@DATASETS.register("orl_faces", about={"extractor": "facenet/celeba_96"})
def orl_faces(data_dir=None, split="train"):
    """The ORL faces (AT&T Laboratories Cambridge): 10 grey pictures each of 40 people, with `identity`.

    Args:
        data_dir: Folder of `s1/` to `s40/`, or the folder that holds it as `orl_faces/`.
        split: "train", "validation", "test", several joined with "+", or "all"; no person is in two of them.
    """
    return _people("orl_faces", data_dir, ["orl_faces", "att_faces"], split)


def _people(name, data_dir, folders, split):
    root = find_folder(name, data_dir, folders, list_pictures, "one folder of pictures a person")
    keys = list_pictures(root)
    outside = [key for key in keys if "/" not in key]
    if outside:
        raise DataError(
            f"`{name}` expects one folder a person in {root}, but {len(outside):,} of {len(keys):,} pictures lie in "
            f"no folder, such as {printable(outside[0])}."
        )
    people = [key.split("/")[0] for key in keys]
    numbers = {person: number for number, person in enumerate(sorted(set(people)))}
    chosen = split_by_hash(people, split)
    identity = np.array([numbers[people[index]] for index in chosen], dtype="int32")
    return picture_source(name, root, [keys[index] for index in chosen], {"identity": identity})
