"""CelebA, aligned and cropped: 202,599 faces of 10,177 people with 40 attributes (Liu et al., 2015)."""

import numpy as np

from keras_facegan.data.attributes import CELEBA_ATTRIBUTES
from keras_facegan.data.files import find_folder, list_pictures
from keras_facegan.data.sources import parse_split, picture_source, split_by_hash
from keras_facegan.errors import DataError
from keras_facegan.registry import DATASETS

_PICTURES = ("img_align_celeba/img_align_celeba", "img_align_celeba", "Img/img_align_celeba")
_PARTITIONS = {"train": 0, "validation": 1, "test": 2}


@DATASETS.register("celeba")
def celeba(data_dir=None, split="train"):
    """CelebA with `attributes` and, where `identity_CelebA.txt` is there, `identity`.

    The official and the Kaggle layout are both read; rows of pictures that are not there are passed over. The split is
    that of `list_eval_partition` where it is there, else by a hash of the identity, else of the file name.

    Args:
        data_dir: Folder of `img_align_celeba/` and `list_attr_celeba.txt` (or `.csv`), or the folder above.
        split: "train", "validation", "test", several joined with "+", or "all".
    """
    root = find_folder("celeba", data_dir, ["celeba", "CelebA"], _picture_folder, "img_align_celeba/*.jpg")
    pictures = _picture_folder(root)
    keys = list_pictures(pictures)
    attributes = _table(root, "list_attr_celeba")
    if attributes is None:
        raise DataError(f"`celeba` expects list_attr_celeba.txt or list_attr_celeba.csv in {root}, and found neither.")
    names, rows = attributes
    order = [_place(names, attribute, rows) for attribute in CELEBA_ATTRIBUTES]
    columns = {"attributes": (_align(rows, keys)[:, order] > 0).astype("float32")}
    identities = _table(root, "identity_CelebA")
    if identities is not None:
        columns["identity"] = _align(identities[1], keys)[:, 0].astype("int32")
    partition = _table(root, "list_eval_partition")
    if partition is not None:
        numbers = [_PARTITIONS[name] for name in parse_split(split)]
        chosen = np.flatnonzero(np.isin(_align(partition[1], keys)[:, 0], numbers))
    else:
        chosen = split_by_hash(columns.get("identity", keys), split)
    columns = {name: values[chosen] for name, values in columns.items()}
    return picture_source("celeba", pictures, [keys[index] for index in chosen], columns)


def _picture_folder(root):
    """Return the folder of the pictures below `root`, or None."""
    return next((root / name for name in _PICTURES if any((root / name).glob("*.jpg"))), None)


class _Rows(dict):
    """File name -> int32 values, and the path they were read from."""

    def __init__(self, path, names, values):
        super().__init__(zip(names, values, strict=True))
        self.path = path


def _table(root, stem):
    """Read `stem`.txt or .csv in `root`, `root`/Anno or `root`/Eval as (column names, rows), or None without it."""
    places = [root / folder / f"{stem}{suffix}" for folder in (".", "Anno", "Eval") for suffix in (".txt", ".csv")]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        return None
    try:
        lines = path.read_text().replace(",", " ").splitlines()
        # The official attribute list has two lines of heading, a csv file one, the other lists none.
        first = next(number for number, line in enumerate(lines) if ".jpg" in line)
        names = lines[first - 1].split() if first else []
        files = [line.split(None, 1)[0] for line in lines[first:] if line.strip()]
        values = np.loadtxt(lines[first:], dtype="int32", usecols=range(1, len(lines[first].split())), ndmin=2)
        return [name for name in names if name != "image_id"], _Rows(path, files, values)
    except (OSError, ValueError, StopIteration) as error:
        raise DataError(f"{path} cannot be read as a list of CelebA: {error or 'it names no .jpg'}.") from error


def _place(names, attribute, rows):
    if attribute not in names:
        raise DataError(f"{rows.path} has no column `{attribute}`.")
    return names.index(attribute)


def _align(rows, keys):
    """Return the rows of the pictures `keys`, int32 (N, columns)."""
    missing = [key for key in keys if key not in rows]
    if missing:
        raise DataError(f"{rows.path} has no row for {len(missing):,} of {len(keys):,} pictures, such as {missing[0]}.")
    return np.stack([rows[key] for key in keys])
