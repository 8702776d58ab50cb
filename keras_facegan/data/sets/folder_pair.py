"""Two folders of pictures, one per domain: what CycleGAN translates between."""

import pathlib

import numpy as np

from keras_facegan.data.domains import A, B
from keras_facegan.data.files import holds_pictures, set_pictures
from keras_facegan.data.sources import picture_source, split_by_hash
from keras_facegan.errors import DataError, UserError
from keras_facegan.registry import DATASETS


@DATASETS.register("folder_pair", about={"columns": ("domain",)})
def folder_pair(data_dir=None, split="train", *, a: str = "A", b: str = "B"):
    """Pictures of two domains, `domain` 0 and 1; there are no pairs among them.

    Args:
        data_dir: Folder that holds both.
        split: "train", "validation", "test", several joined with "+", or "all"; chosen by a hash of the file name.
        a: Name of the folder of domain A, below `data_dir` ("trainA" in the sets of the paper).
        b: Name of the folder of domain B.
    """
    if data_dir is None:
        raise UserError(f"`folder_pair` is read from disk: say with --data_dir which folder holds {a}/ and {b}/.")
    if a == b:
        raise UserError(f"data.a and data.b are the same folder, `{a}`: two domains need two.")
    root = pathlib.Path(data_dir).expanduser()
    for key, name in (("a", a), ("b", b)):
        if not (root / name).is_dir() or not holds_pictures(root / name):
            raise DataError(
                f"`folder_pair` expects pictures in {root / name}, and found none. Say with --data_dir where both "
                f"folders are, and with --set data.{key}=NAME what this one is called."
            )
    keys = [f"{name}/{key}" for name in (a, b) for key in set_pictures("folder_pair", root / name)]
    chosen = [keys[index] for index in split_by_hash(keys, split)]
    domain = np.array([A if key.startswith(f"{a}/") else B for key in chosen], "int32")
    return picture_source("folder_pair", root, chosen, {"domain": domain})
