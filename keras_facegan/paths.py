"""Where presets, committed weights and caches lie, installed or not."""

import os
import pathlib

_PACKAGE = pathlib.Path(__file__).resolve().parent


def zoo_root():
    """Return the folder of presets and weights: inside the package (wheel) or beside it (checkout, editable)."""
    inside = _PACKAGE / "zoo"
    return inside if inside.is_dir() else _PACKAGE.parent / "zoo"


def cache_root():
    """Return the folder for decoded pictures and downloads: `$KERAS_FACEGAN_CACHE` or `~/.cache/keras_facegan`."""
    chosen = os.environ.get("KERAS_FACEGAN_CACHE")
    return pathlib.Path(chosen) if chosen else pathlib.Path.home() / ".cache" / "keras_facegan"
