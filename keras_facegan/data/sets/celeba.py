"""CelebA, aligned and cropped: 202,599 faces of 10,177 people with 40 attributes (Liu et al., 2015)."""

import dataclasses
import pathlib
import re
import sys

import numpy as np

from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.data.files import find_folder, read_list, set_pictures
from keras_facegan.data.sources import parse_split, picture_source, split_by_hash
from keras_facegan.errors import DataError, UserError, did_you_mean, printable
from keras_facegan.registry import DATASETS

_PICTURES = ("img_align_celeba/img_align_celeba", "img_align_celeba", "Img/img_align_celeba", ".")
# How they are named; other pictures are none of CelebA's.
_NAMES = "[0-9][0-9][0-9][0-9][0-9][0-9].jpg"
_WORDS = re.compile(r"\b(true|false)\b", re.IGNORECASE)
_PARTITIONS = {"train": 0, "validation": 1, "test": 2}


@DATASETS.register("celeba", about={"extractor": "facenet/celeba_96", "columns": ("attributes",)})
def celeba(data_dir=None, split="train", only=""):
    """CelebA with `attributes` where `list_attr_celeba` is there, and `identity` where `identity_CelebA` is.

    The official and the Kaggle layout are both read, and so are pictures alone. Rows of pictures that are not there
    are passed over. The split is that of `list_eval_partition` where it is there, else by a hash of the identity, else
    of the file name.

    Args:
        data_dir: Folder of `img_align_celeba/` and `list_attr_celeba.txt` (or `.csv`), the folder above, or the folder
            of the pictures itself.
        split: "train", "validation", "test", several joined with "+", or "all".
        only: Name of an attribute that all faces are to have; "" for all faces.
    """
    if only and only not in CELEBA_ATTRIBUTES:
        raise UserError(f"data.only `{only}` is not an attribute.{did_you_mean(only, CELEBA_ATTRIBUTES)}")
    root = find_folder("celeba", data_dir, ["celeba", "CelebA", "celebA"], _picture_folder, "img_align_celeba/*.jpg")
    pictures = _picture_folder(root)
    keys = set_pictures("celeba", pictures)
    attributes, identities = _read_table(root, "list_attr_celeba"), _read_table(root, "identity_CelebA")
    columns = {}
    if attributes is not None:
        columns["attributes"] = _labels(attributes, keys)
    else:
        where = printable(root)
        print(f"celeba: no list_attr_celeba.txt or .csv in {where}: the pictures have no attributes.", file=sys.stderr)
    if identities is not None:
        columns["identity"] = identities.select(keys)[:, 0]
    partition = _read_table(root, "list_eval_partition")
    if partition is not None:
        numbers = [_PARTITIONS[name] for name in parse_split(split)]
        chosen = np.flatnonzero(np.isin(partition.select(keys)[:, 0], numbers))
    else:
        chosen = split_by_hash(columns.get("identity", keys), split)
    if only:
        if attributes is None:
            raise DataError(f"data.only `{only}` needs list_attr_celeba.txt or .csv, which {printable(root)} lacks.")
        chosen = chosen[columns["attributes"][chosen, CELEBA_ATTRIBUTES.index(only)] > 0.5]
        if not len(chosen):
            raise DataError(f"celeba: no face of the split `{split}` has {only}.")
    columns = {name: values[chosen] for name, values in columns.items()}
    return picture_source("celeba", pictures, [keys[index] for index in chosen], columns)


def _picture_folder(root):
    """Return the folder of the pictures below `root`, or None."""
    return next((root / name for name in _PICTURES if any((root / name).glob(_NAMES))), None)


@dataclasses.dataclass(frozen=True)
class _Table:
    """One of CelebA's lists.

    Args:
        path: Where it was read.
        names: Names of the columns; empty where the list gives none.
        places: File name -> row.
        values: int32 (rows, columns).
    """

    path: pathlib.Path
    names: tuple[str, ...]
    places: dict[str, int]
    values: np.ndarray

    def select(self, keys, names=()):
        """Return the rows of the pictures `keys`, and of their columns those called `names` where any are asked for."""
        missing = [key for key in keys if key not in self.places]
        if missing:
            raise DataError(
                f"{self.path} has no row for {len(missing):,} of {len(keys):,} pictures, such as {missing[0]}."
            )
        for name in names:
            if name not in self.names:
                raise DataError(f"{self.path} has no column `{name}`.")
        rows = self.values[[self.places[key] for key in keys]]
        return rows[:, [self.names.index(name) for name in names]] if names else rows


def _labels(table, keys):
    """Return attributes as float32 (N, 40), 0 or 1, of a list that says -1 and 1, 0 and 1, or true and false."""
    values = table.select(keys, CELEBA_ATTRIBUTES)
    unknown = values[np.abs(values) > 1]
    if len(unknown):
        raise DataError(
            f"{table.path} has an attribute with the value {unknown[0]}; it must be -1 or 1, 0 or 1, or true or false."
        )
    return (values > 0).astype("float32")


def _read_table(root, stem):
    """Read `stem`.txt or .csv in `root`, its Anno or Eval, or beside and above it; None where there is none."""
    places = [
        place for above in (root, *root.absolute().parents[:2]) for place in (above, above / "Anno", above / "Eval")
    ]
    paths = [place / f"{stem}{suffix}" for place in places for suffix in (".txt", ".csv")]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        return None
    try:
        names, keys, values = _parse(read_list(path))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as a list of CelebA: {error}.") from error
    return _Table(path, names, {key: place for place, key in enumerate(keys)}, values)


def _parse(text):
    """Return the names of the columns, the file names and the values (rows, columns) of one of CelebA's lists.

    Cells are parted by spaces, tabs, commas or semicolons, with quotes or without. The file name may stand in any
    column, and true and false count as 1 and 0.

    Raises:
        ValueError: It is no such list.
    """
    lines = re.sub(r"""[,;\t"']""", " ", text).splitlines()
    # The official attribute list has two lines of heading, a csv file one, the other lists none.
    first = next((number for number, line in enumerate(lines) if ".jpg" in line), None)
    if first is None:
        raise ValueError("it names no .jpg")
    rows = [line for line in lines[first:] if line.strip()]
    cells = rows[0].split()
    place = next(number for number, cell in enumerate(cells) if ".jpg" in cell)
    others = [number for number in range(len(cells)) if number != place]
    names = lines[first - 1].split() if first else []
    if len(names) == len(cells):
        del names[place]
    if names and len(names) != len(others):
        raise ValueError(f"it has {len(names)} names of columns and {len(others)} values in a row")
    numbers = [_WORDS.sub(lambda word: "1" if word[0].lower() == "true" else "0", row) for row in rows]
    values = np.loadtxt(numbers, dtype="float64", usecols=others, ndmin=2)
    if not (values == np.rint(values)).all():
        raise ValueError("it holds numbers that are not whole")
    return tuple(names), [row.split(None, place + 1)[place] for row in rows], values.astype("int32")
