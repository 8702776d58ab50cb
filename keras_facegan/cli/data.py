"""Check a folder of pictures and name every one that cannot be used.

usage: facegan data check DIR [--report FILE]
"""

import collections
import pathlib

from absl import flags

from keras_facegan.cli._flags import Flags
from keras_facegan.errors import UserError


def main(argv):
    """Run `check DIR`; return 1 where a picture is unreadable, too large, of a wrong type or a duplicate."""
    given = Flags(__doc__)
    flags.DEFINE_string("report", None, "File that gets the list as JSON as well.", flag_values=given)
    rest = given.parse(argv)
    if len(rest) != 2 or rest[0] != "check":
        raise UserError(f"usage: facegan data check DIR [--report FILE]; received `{' '.join(rest)}`.")
    from keras_facegan.data.check import check_folder, write_report
    from keras_facegan.data.files import list_pictures, printable
    from keras_facegan.data.sources import SPLITS, split_by_hash

    folder = pathlib.Path(rest[1])
    checked, problems = check_folder(folder)
    for problem in problems:
        print(f"{printable(problem.file)}: {problem.kind}: {problem.reason}")
    if given.report:
        write_report(pathlib.Path(given.report), folder, checked, problems)
    kinds = collections.Counter(problem.kind for problem in problems)
    counts = "".join(f", {count:,} {kind}" for kind, count in sorted(kinds.items()))
    print(f"{checked:,} files checked: {checked - len(problems):,} good{counts}.")
    # Count as training does, which takes a part of a folder.
    bad = {problem.file for problem in problems}
    good = [key for key in list_pictures(folder) if key not in bad]
    splits = ", ".join(f"{len(split_by_hash(good, split)):,} in {split}" for split in SPLITS)
    left_out = "--skip_bad leaves the others out when training. " if problems else ""
    print(f"{left_out}The good ones as an image_folder: {splits}; data.split chooses, train unless given.")
    return 1 if problems else 0
