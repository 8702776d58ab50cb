"""UTKFace: some 20,000 faces from 1 to 116 years old, labelled by their file names (Zhang et al., 2017)."""

import re
import sys

import numpy as np

from keras_facegan.data.files import find_folder, list_pictures, printable
from keras_facegan.data.sources import picture_source, split_by_hash
from keras_facegan.errors import UserError
from keras_facegan.registry import DATASETS

OLDEST = 116
_NAME = re.compile(r"(\d{1,3})_([01])_([0-4])_(\d+)\.")


@DATASETS.register("utkface")
def utkface(data_dir=None, split="train", min_age=0, max_age=OLDEST):
    """UTKFace with `age` in years and `gender` (0 male, 1 female).

    Files that are not named [age]_[gender]_[race]_[date].jpg, of which the release has a few, are named on stderr and
    left out.

    Args:
        data_dir: Folder of the pictures, or the folder that holds it as `UTKFace/`.
        split: "train", "validation", "test", several joined with "+", or "all"; chosen by a hash of the name.
        min_age: Youngest age in years that is kept.
        max_age: Oldest age in years that is kept.
    """
    if min_age > max_age:
        raise UserError(f"utkface needs min_age <= max_age, received {min_age} and {max_age}.")
    root = find_folder("utkface", data_dir, ["UTKFace", "utkface"], list_pictures, "UTKFace/*.jpg")
    matches = {key: _NAME.match(key.rsplit("/", 1)[-1]) for key in list_pictures(root)}
    named = {key: match for key, match in matches.items() if match and int(match[1]) <= OLDEST}
    _report([key for key in matches if key not in named], root)
    chosen = {key: match for key, match in named.items() if min_age <= int(match[1]) <= max_age}
    keys, matches = list(chosen), list(chosen.values())
    # The name without its suffixes: cropped and uncropped releases split alike.
    kept = split_by_hash([match[0] for match in matches], split)
    columns = {
        "age": np.array([int(matches[index][1]) for index in kept], dtype="float32"),
        "gender": np.array([int(matches[index][2]) for index in kept], dtype="int32"),
    }
    return picture_source("utkface", root, [keys[index] for index in kept], columns)


def _report(badly_named, root):
    if badly_named:
        print(
            f"utkface: {len(badly_named)} files in {root} are left out, for they are not named "
            f"[age]_[gender]_[race]_[date].jpg: {', '.join(map(printable, badly_named))}",
            file=sys.stderr,
        )
