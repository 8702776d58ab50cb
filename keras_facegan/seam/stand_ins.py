"""Keras finds the package's classes in a saved model, though none of their modules is imported yet.

`keras.models.load_model` looks a class up by its registered name, and registering happens where its module is
imported. Until then a stand-in has that name, and imports the module when a model needs it.
"""

import contextlib
import importlib
import pathlib
import re
import sys

from keras_facegan.seam.imports import on_import

_PACKAGE = "keras_facegan"
_REGISTERED = re.compile(r'^@keras\.saving\.register_keras_serializable\(package="keras_facegan"\)\nclass (\w+)', re.M)


class StandIn:
    """Stands for a class of the package until its module is imported.

    Args:
        module: Dotted name of its module.
        name: Name of the class.
    """

    def __init__(self, module: str, name: str):
        self.module, self.name = module, name

    def from_config(self, config: dict):
        """Import the class, which takes its name back, and build it from its config."""
        return getattr(importlib.import_module(self.module), self.name).from_config(config)


def register():
    """Give Keras a stand-in for every class of the package, now or as soon as Keras is imported."""
    if "keras" in sys.modules:
        _register()
    else:
        on_import("keras", _registering)


@contextlib.contextmanager
def _registering():
    yield
    _register()


def _register():
    known = sys.modules["keras"].saving.get_custom_objects()
    root = pathlib.Path(__file__).resolve().parents[1]
    for path in root.rglob("*.py"):
        for name in _REGISTERED.findall(path.read_text(encoding="utf-8")):
            module = ".".join([_PACKAGE, *path.relative_to(root).with_suffix("").parts])
            known.setdefault(f"{_PACKAGE}>{name}", StandIn(module, name))
