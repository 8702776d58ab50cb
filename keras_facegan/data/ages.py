"""What data sets with ages share: limits in years, people as numbers, and labels that stand in the names of files."""

import sys

import numpy as np

from keras_facegan.data.files import find_folder, holds_pictures, set_pictures
from keras_facegan.data.sources import picture_source, split_by_hash
from keras_facegan.errors import DataError, UserError, printable

# No photo shows anybody older; a greater number is a slip.
OLDEST = 120
# How the letters and numbers of the field's file names are read: 0 male, 1 female.
GENDERS = {"m": 0, "male": 0, "0": 0, "f": 1, "female": 1, "1": 1}
# Names of useless files that a message lists before it only counts.
LISTED = 10


def check_limits(name, min_age, max_age):
    """Raise `UserError` where limits of ages leave nothing between them."""
    if min_age > max_age:
        raise UserError(f"{name} needs min_age <= max_age, received {min_age} and {max_age}.")


def number_people(people):
    """Return int32 numbers (n,) of the people called `people`, in the order of their names."""
    return np.unique(np.array(people, dtype=str), return_inverse=True)[1].astype("int32")


def aged_source(name, root, keys, columns, units, split, min_age, max_age):
    """Return the source of the pictures of a split whose ages lie within limits.

    Args:
        name: Registered name of the set.
        root: Folder of the set.
        keys: Paths relative to `root`, with forward slashes.
        columns: Labels by name, see `Source`; `age` is among them.
        units: What stays together in one split, such as the person; one string per picture.
        split: "train", "validation", "test", several joined with "+", or "all".
        min_age: Youngest age in years that is kept.
        max_age: Oldest age in years that is kept.
    """
    chosen = split_by_hash(units, split)
    ages = columns["age"][chosen]
    chosen = chosen[(ages >= min_age) & (ages <= max_age)]
    columns = {column: values[chosen] for column, values in columns.items()}
    return picture_source(name, root, [keys[index] for index in chosen], columns)


def read_names(name, data_dir, folders, pattern, form, split, min_age, max_age, oldest=OLDEST):
    """Return the source of a set whose file names hold the labels.

    Files that are named otherwise, or whose age is beyond `oldest`, are named on stderr and left out.

    Args:
        name: Registered name of the set.
        data_dir: What the user gave as `--data_dir`, or None.
        folders: Names that the set's folder goes by, below `data_dir`.
        pattern: Compiled expression for the beginning of a file name, with a group `age`, and `person` and `gender`
            where the names tell them.
        form: The same for people ("[age]_[gender]_[race]_[date].jpg").
        split: "train", "validation", "test", several joined with "+", or "all". Chosen by a hash of the person, or of
            what `pattern` matches where there is none.
        min_age: Youngest age in years that is kept.
        max_age: Oldest age in years that is kept.
        oldest: Greatest age that a name may hold.

    Returns:
        `Source` with the columns `age` float32 years, and `identity` and `gender` int32 where the names tell them.

    Raises:
        UserError: Limits that leave nothing between them.
        DataError: No such folder, or none of its pictures is named as it should be.
    """
    check_limits(name, min_age, max_age)
    root = find_folder(name, data_dir, folders, holds_pictures, f"pictures named {form}")
    matches = {key: pattern.match(key.rsplit("/", 1)[-1]) for key in set_pictures(name, root)}
    named = {key: match for key, match in matches.items() if match and int(match["age"]) <= oldest}
    _report(name, root, [key for key in matches if key not in named], len(matches), form)
    keys, matches = list(named), list(named.values())
    columns = {"age": np.array([int(match["age"]) for match in matches], dtype="float32")}
    # What stands before the suffixes: cropped and uncropped releases split alike.
    units = [match[0] for match in matches]
    if "person" in pattern.groupindex:
        # Number them before any is left out, so that a person keeps the number whatever is asked for.
        units = [match["person"] for match in matches]
        columns["identity"] = number_people(units)
    if "gender" in pattern.groupindex:
        columns["gender"] = np.array([GENDERS[match["gender"].lower()] for match in matches], dtype="int32")
    return aged_source(name, root, keys, columns, units, split, min_age, max_age)


def _report(name, root, badly_named, total, form):
    """Name on stderr the files that are left out; raise `DataError` where nothing else is there."""
    if not badly_named:
        return
    listed = ", ".join(map(printable, badly_named[:LISTED]))
    if len(badly_named) == total:
        raise DataError(f"`{name}` expects pictures named {form}; none of the {total:,} in {root} is: {listed}.")
    more = f" and {len(badly_named) - LISTED:,} more" if len(badly_named) > LISTED else ""
    print(
        f"{name}: {len(badly_named):,} files in {root} are left out, for they are not named {form}: {listed}{more}",
        file=sys.stderr,
    )
