"""Anybody's own pictures with ages, told by a list: a table of `path,age`, or lines of `path age`."""

import csv
import io
import math
import os
import pathlib

import numpy as np

from keras_facegan.arguments import Age
from keras_facegan.data.ages import GENDERS, OLDEST, aged_source, check_limits, number_people
from keras_facegan.data.files import find_folder, read_list
from keras_facegan.errors import DataError, UserError, did_you_mean, printable
from keras_facegan.registry import DATASETS

COLUMNS = ("path", "age", "identity", "gender")
# Of these the first that the first line holds divides the columns.
DELIMITERS = "\t;,"
SUFFIXES = (".csv", ".tsv", ".txt")


@DATASETS.register("age_list", about={"columns": ("age",)})
def age_list(data_dir=None, split="train", min_age: Age = 0, max_age: Age = OLDEST):
    """Pictures named in a list, with `age` in years, and `identity` and `gender` (0 male, 1 female) where it has them.

    The list is a table with the columns `path,age[,identity[,gender]]`, in this order or in that of a first line of
    their names, divided by tabs, semicolons or commas; or lines of `path age` divided by spaces. Paths are relative
    to the folder of the list. Any text is an identity; a gender is M or F, male or female, 0 or 1.

    Args:
        data_dir: The list, or a folder that holds one list (.csv, .tsv or .txt) and no other.
        split: "train", "validation", "test", several joined with "+", or "all"; no person is in two of them. Chosen
            by a hash of the path where the list names no people.
        min_age: Youngest age in years that is kept.
        max_age: Oldest age in years that is kept.
    """
    check_limits("age_list", min_age, max_age)
    file = _find_list(data_dir)
    rows = _read(file)
    columns = {"age": np.array([row["age"] for row in rows], dtype="float32")}
    keys = units = [row["path"] for row in rows]
    if "identity" in rows[0]:
        units = [row["identity"] for row in rows]
        columns["identity"] = number_people(units)
    if "gender" in rows[0]:
        columns["gender"] = np.array([row["gender"] for row in rows], dtype="int32")
    return aged_source("age_list", file.parent, keys, columns, units, split, min_age, max_age)


def _find_list(data_dir):
    """Return the list that `data_dir` is, or the only one that it holds."""
    if data_dir is not None and os.path.isfile(os.path.expanduser(data_dir)):
        return pathlib.Path(os.path.expanduser(data_dir))
    root = find_folder("age_list", data_dir, [], _lists, f"a list of pictures and ages ({', '.join(SUFFIXES)})")
    found = _lists(root)
    if len(found) > 1:
        names = ", ".join(printable(path.name) for path in found)
        raise UserError(f"{root} holds {len(found)} lists ({names}): name the one as --data_dir, not the folder.")
    return found[0]


def _lists(folder):
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())


def _read(file):
    """Return the rows of a list as {column: value}; all are looked at before the first wrong one is told."""
    lines = _lines(file)
    if lines and _is_heading(lines[0][1]):
        names = _heading(file, *lines.pop(0))
    else:
        names = COLUMNS[: max(len(lines[0][1]), 2)] if lines else ()
    if not lines:
        raise DataError(f"{printable(file)} lists no pictures.")
    rows, wrong, seen = [], [], {}
    for number, cells in lines:
        try:
            row = _row(file.parent, names, cells)
            first = seen.setdefault(row["path"], number)
            if first != number:
                raise DataError(f"{printable(row['path'])} stands in line {first} already.")
            rows.append(row)
        except DataError as error:
            wrong.append(f"{printable(file)}, line {number}: {error}")
    if wrong:
        more = f" In all {len(wrong):,} lines cannot be used." if len(wrong) > 1 else ""
        raise DataError(f"{wrong[0]}{more}")
    return rows


def _lines(file):
    """Return (number of the line, cells) of every line that is not empty."""
    try:
        stream = io.StringIO(read_list(file), newline="")
        first = stream.readline()
        stream.seek(0)
        delimiter = next((each for each in DELIMITERS if each in first), None)
        if delimiter is None:
            # A path may hold spaces, an age does not.
            lines = [(number, line.strip().rsplit(maxsplit=1)) for number, line in enumerate(stream, 1)]
        else:
            reader = csv.reader(stream, delimiter=delimiter)
            lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except (OSError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{printable(file)} cannot be read as a list of pictures: {reason}.") from error
    return [(number, cells) for number, cells in lines if any(cells)]


def _is_heading(cells):
    return any(cell.lower() in COLUMNS for cell in cells)


def _heading(file, number, cells):
    """Return the names of the columns in the order of a first line."""
    names = tuple(cell.lower() for cell in cells)
    place = f"{printable(file)}, line {number}"
    for name in names:
        if name not in COLUMNS:
            raise DataError(f"{place}: `{name}` is no column of a list of ages.{did_you_mean(name, COLUMNS)}")
    for name in COLUMNS:
        if names.count(name) > 1 or name in COLUMNS[:2] and name not in names:
            raise DataError(f"{place}: the column `{name}` is there {names.count(name)} times, expected once.")
    return names


def _row(root, names, cells):
    """Return {column: value} of one line."""
    if len(cells) != len(names):
        raise DataError(f"expected {len(names)} values ({', '.join(names)}), got {len(cells)}.")
    row = dict(zip(names, cells, strict=True))
    row["path"] = pathlib.PurePath(row["path"]).as_posix()
    if not (root / row["path"]).is_file():
        raise DataError(f"there is no picture {printable(root / row['path'])}.")
    row["age"] = _age(row["age"])
    if row.get("identity") == "":
        raise DataError("the identity is missing.")
    if "gender" in row:
        if row["gender"].lower() not in GENDERS:
            raise DataError(f"gender must be M or F, male or female, 0 or 1, got `{printable(row['gender'])}`.")
        row["gender"] = GENDERS[row["gender"].lower()]
    return row


def _age(text):
    try:
        age = float(text)
    except ValueError:
        age = math.nan
    if not 0 <= age <= OLDEST:
        raise DataError(f"an age is a number of years from 0 to {OLDEST}, got `{printable(text)}`.")
    return age
