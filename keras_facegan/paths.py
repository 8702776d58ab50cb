"""Where presets, committed weights and caches lie, installed or not."""

import functools
import os
import pathlib
import sys
import tempfile

from keras_facegan.errors import UserError

_PACKAGE = pathlib.Path(__file__).resolve().parent


def zoo_root():
    """Return the folder of presets and weights: inside the package (wheel) or beside it (checkout, editable)."""
    inside = _PACKAGE / "zoo"
    return inside if inside.is_dir() else _PACKAGE.parent / "zoo"


def user_zoo_root() -> pathlib.Path:
    """Return the folder of one's own presets and weights: `$KERAS_FACEGAN_ZOO` or `~/.keras_facegan/zoo`."""
    chosen = os.environ.get("KERAS_FACEGAN_ZOO")
    return pathlib.Path(os.path.expanduser(chosen or "~/.keras_facegan/zoo"))


def cache_root():
    """Return the folder for decoded pictures and downloads: `$KERAS_FACEGAN_CACHE` or `~/.cache/keras_facegan`."""
    chosen = os.environ.get("KERAS_FACEGAN_CACHE")
    if chosen:
        return pathlib.Path(os.path.expanduser(chosen))
    home = os.path.expanduser("~")
    return pathlib.Path(home) / ".cache" / "keras_facegan" if os.path.isabs(home) else _temporary_cache()


def cache_limit() -> float:
    """Return the bytes that decoded pictures may take, from `$KERAS_FACEGAN_CACHE_GB`; infinity where it is not set.

    Raises:
        UserError: It is not a number above 0.
    """
    return _positive("KERAS_FACEGAN_CACHE_GB", "gigabytes", float("inf")) * 1e9


def pixel_limit() -> float:
    """Return the most pixels that a picture may be decoded to, from `$KERAS_FACEGAN_MEGAPIXELS`; 64 million unless set.

    Raises:
        UserError: It is not a number above 0.
    """
    return _positive("KERAS_FACEGAN_MEGAPIXELS", "million pixels", 64) * 1e6


def _positive(variable, unit, default):
    """Return the number above 0 that a variable of the environment holds, or the default where it is not set."""
    chosen = os.environ.get(variable)
    if not chosen:
        return default
    try:
        number = float(chosen)
    except ValueError:
        number = 0.0
    if not number > 0:
        raise UserError(f"{variable} must be a number of {unit} above 0, got `{chosen}`.")
    return number


@functools.cache
def _temporary_cache():
    """Return a folder for where there is no home, and say so once."""
    user = os.getuid() if hasattr(os, "getuid") else "user"
    folder = pathlib.Path(tempfile.gettempdir()) / f"keras_facegan_{user}"
    print(f"There is no home folder: {folder} caches pictures. KERAS_FACEGAN_CACHE names another.", file=sys.stderr)
    return folder
