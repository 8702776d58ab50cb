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
    from keras_facegan.data.files import printable

    folder = pathlib.Path(rest[1])
    checked, problems = check_folder(folder)
    for problem in problems:
        print(f"{printable(problem.file)}: {problem.kind}: {problem.reason}")
    if given.report:
        write_report(pathlib.Path(given.report), folder, checked, problems)
    kinds = collections.Counter(problem.kind for problem in problems)
    counts = "".join(f", {count:,} {kind}" for kind, count in sorted(kinds.items()))
    print(f"{checked:,} pictures checked: {checked - len(problems):,} good{counts}.")
    if problems:
        print("--skip_bad leaves these out when training.")
    return 1 if problems else 0
