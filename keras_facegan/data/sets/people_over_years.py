"""The sets of the face-ageing field whose file names tell person and age: CACD, MORPH album 2, FG-NET."""

import contextlib
import pathlib
import re

from keras_facegan.arguments import Age
from keras_facegan.data.ages import OLDEST, read_names
from keras_facegan.data.sources import Source
from keras_facegan.errors import DataError, printable
from keras_facegan.registry import DATASETS

_CACD = re.compile(r"(?P<age>\d{1,3})_(?P<person>.+)_\d{1,5}\.")
_MORPH = re.compile(r"(?P<person>\d+)_\d+(?P<gender>[MF])(?P<age>\d{1,3})\.", re.IGNORECASE)
_FGNET = re.compile(r"(?P<person>\d+)A(?P<age>\d{1,3})[A-Z]?\.", re.IGNORECASE)


@DATASETS.register("cacd", about={"extractor": "facenet/celeba_96", "columns": ("age", "identity")})
def cacd(data_dir=None, split="train", min_age: Age = 0, max_age: Age = OLDEST):
    """CACD (Chen et al., 2014): 163,446 pictures of 2,000 celebrities, with `age` in years and `identity`.

    Args:
        data_dir: Folder of `53_Robert_De_Niro_0001.jpg` and so on, or the folder that holds it as `CACD2000/`.
        split: "train", "validation", "test", several joined with "+", or "all"; no person is in two of them.
        min_age: Youngest age in years that is kept.
        max_age: Oldest age in years that is kept.
    """
    folders = ["CACD2000", "CACD", "cacd"]
    return read_names("cacd", data_dir, folders, _CACD, "[age]_[name]_[number].jpg", split, min_age, max_age)


@DATASETS.register("morph", about={"extractor": "facenet/celeba_96", "columns": ("age", "gender", "identity")})
def morph(data_dir=None, split="train", min_age: Age = 0, max_age: Age = OLDEST):
    """MORPH album 2 (Ricanek, Tesafaye 2006): 55,134 pictures of 13,617 people, with `age`, `gender` and `identity`.

    Args:
        data_dir: Folder of `000001_0M54.jpg` and so on, or the folder that holds it as `MORPH/`.
        split: "train", "validation", "test", several joined with "+", or "all"; no person is in two of them.
        min_age: Youngest age in years that is kept.
        max_age: Oldest age in years that is kept.
    """
    folders = ["MORPH", "Morph", "morph"]
    return read_names("morph", data_dir, folders, _MORPH, "[person]_[number][M or F][age].jpg", split, min_age, max_age)


@DATASETS.register("fgnet", about={"extractor": "facenet/celeba_96", "columns": ("age", "identity")})
def fgnet(data_dir=None, split="train", min_age: Age = 0, max_age: Age = OLDEST):
    """FG-NET: 1,002 pictures of 82 people, with `age` in years and `identity`.

    Args:
        data_dir: Folder of `001A02.JPG` and so on, or the folder that holds it as `FGNET/`.
        split: "train", "validation", "test", several joined with "+", or "all"; no person is in two of them.
        min_age: Youngest age in years that is kept.
        max_age: Oldest age in years that is kept.
    """
    folders = ["FGNET", "FG-NET", "fgnet"]
    return read_names("fgnet", data_dir, folders, _FGNET, "[person]A[age].jpg", split, min_age, max_age)


def people_over_years(folder) -> Source:
    """Open all photos of a folder in the layout of CACD, MORPH or FG-NET, whichever the names of its files have.

    Args:
        folder: Path of the folder.

    Returns:
        `Source` with the columns `age` float32 years and `identity` int32.

    Raises:
        DataError: There is no such folder, or its photos are named otherwise.
    """
    if not pathlib.Path(folder).is_dir():
        raise DataError(f"There is no folder {printable(folder)}.")
    for open_set in (cacd, morph, fgnet):
        with contextlib.suppress(DataError):
            return open_set(folder, "all")
    raise DataError(
        f"No photo in {printable(folder)} is named as one of CACD (14_Aaron_Johnson_0001.jpg), MORPH "
        "(009055_1M54.JPG) or FG-NET (001A02.JPG), which tell who is how old."
    )
