"""Something around the first import of a module, whoever asks for it."""

import importlib.abc
import importlib.util
import sys
from collections.abc import Callable


def on_import(name: str, around: Callable):
    """Enter a context around the first import of a module that is not imported yet.

    Args:
        name: Name of the module, without a dot.
        around: Callable without arguments that returns a context manager.
    """
    sys.meta_path.insert(0, _Finder(name, around))


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, name, around):
        self.name, self.around = name, around

    def find_spec(self, name, path=None, target=None):
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None:
            loader = spec.loader

            def exec_module(module):
                # A loader may serve other modules too.
                del loader.exec_module
                with self.around():
                    loader.exec_module(module)

            loader.exec_module = exec_module
        return spec
