"""List the decoded pictures that are kept on disk, or clear them away.

usage: facegan cache
       facegan cache clear [SET ...]

KERAS_FACEGAN_CACHE names the folder, KERAS_FACEGAN_CACHE_GB how much decoded pictures may take: what was used longest
ago goes first.
"""

import datetime

from rich.table import Table

from keras_facegan.cli._flags import Flags
from keras_facegan.console import plain_console
from keras_facegan.data.files import printable
from keras_facegan.errors import UserError, did_you_mean


def main(argv):
    """List the entries, or remove all of them or those of some sets."""
    rest = Flags(__doc__).parse(argv)
    if rest and rest[0] != "clear":
        raise UserError(f"usage: facegan cache, or facegan cache clear [SET ...]; received `{' '.join(rest)}`.")
    from keras_facegan.data import cache
    from keras_facegan.paths import cache_root

    entries, folder = cache.entries(), cache_root() / "decoded"
    if not rest:
        _show(entries)
        print(f"{len(entries)} entries of {_megabytes(entries)} MB in {folder}")
        return 0
    names = sorted({entry.about.get("set", "unknown") for entry in entries})
    for name in rest[1:]:
        if name not in names:
            raise UserError(f"There are no decoded pictures of `{name}`.{did_you_mean(name, names)}")
    chosen = [entry for entry in entries if entry.about.get("set", "unknown") in (rest[1:] or names)]
    cache.remove_entries(chosen)
    print(f"Removed {len(chosen)} entries of {_megabytes(chosen)} MB from {folder}")
    return 0


def _show(entries):
    table = Table("set", "part", "size", "MB", "last used", "folder", box=None, pad_edge=False)
    for entry in entries:
        shape = "x".join(map(str, entry.about.get("image_shape", ())))
        used = datetime.datetime.fromtimestamp(entry.used).strftime("%Y-%m-%d")
        about = [entry.about.get("set", "unknown"), entry.about.get("part", ""), shape]
        table.add_row(*about, _megabytes([entry]), used, printable(entry.about.get("root", "")))
    if entries:
        plain_console().print(table)


def _megabytes(entries):
    return f"{sum(entry.size for entry in entries) / 1e6:,.1f}"
