"""Folders of pictures: anybody's own, and the 64 x 64 cat faces."""

import numpy as np

from keras_facegan.data.files import find_folder, holds_pictures, set_pictures
from keras_facegan.data.sources import picture_source, split_by_hash
from keras_facegan.registry import DATASETS


@DATASETS.register("image_folder", about={"columns": ("label",)})
def image_folder(data_dir=None, split="train"):
    """Any folder tree of pictures; where all lie in sub-folders, the first level gives `label`, by sorted name.

    Args:
        data_dir: The folder.
        split: "train", "validation", "test", several joined with "+", or "all"; chosen by a hash of the file name.
    """
    root = find_folder("image_folder", data_dir, [], holds_pictures, "pictures")
    keys = set_pictures("image_folder", root)
    class_names = sorted({key.split("/")[0] for key in keys}) if all("/" in key for key in keys) else []
    chosen = [keys[index] for index in split_by_hash(keys, split)]
    if not class_names:
        return picture_source("image_folder", root, chosen)
    label = np.array([class_names.index(key.split("/")[0]) for key in chosen], dtype="int32")
    return picture_source("image_folder", root, chosen, {"label": label}, class_names)


@DATASETS.register("cats", about={"extractor": "cat_net/cats_64"})
def cats(data_dir=None, split="train"):
    """Cat faces without labels.

    Args:
        data_dir: Folder of the jpg files, or the folder that holds it as `cats/`.
        split: "train", "validation", "test", several joined with "+", or "all"; chosen by a hash of the file name.
    """
    root = find_folder("cats", data_dir, ["cats"], _holds_jpg, "cats/*.jpg")
    keys = [path.name for path in sorted(root.glob("*.jpg"))]
    return picture_source("cats", root, [keys[index] for index in split_by_hash(keys, split)])


def _holds_jpg(folder):
    return next(folder.glob("*.jpg"), None) is not None
