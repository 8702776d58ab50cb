"""UTKFace: some 20,000 faces from 1 to 116 years old, labelled by their file names (Zhang et al., 2017)."""

import re

from keras_facegan.arguments import Age
from keras_facegan.data.ages import read_names
from keras_facegan.registry import DATASETS

OLDEST = 116
_NAME = re.compile(r"(?P<age>\d{1,3})_(?P<gender>[01])_[0-4]_\d+\.")


@DATASETS.register("utkface", about={"extractor": "facenet/celeba_96", "columns": ("age", "gender")})
def utkface(data_dir=None, split="train", min_age: Age = 0, max_age: Age = OLDEST):
    """UTKFace with `age` in years and `gender` (0 male, 1 female).

    Files that are not named [age]_[gender]_[race]_[date].jpg, of which the release has a few, are named on stderr and
    left out.

    Args:
        data_dir: Folder of the pictures, or of `part1/`, `part2/` and `part3/`; or the folder that holds it as
            `UTKFace/`.
        split: "train", "validation", "test", several joined with "+", or "all"; chosen by a hash of the name.
        min_age: Youngest age in years that is kept.
        max_age: Oldest age in years that is kept.
    """
    form = "[age]_[gender]_[race]_[date].jpg"
    return read_names("utkface", data_dir, ["UTKFace", "utkface"], _NAME, form, split, min_age, max_age, oldest=OLDEST)
