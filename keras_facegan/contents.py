"""The table of contents of a package whose modules are imported when a name of theirs is first used."""

import importlib


def table_of_contents(package, modules):
    """Return what a package's `__init__` needs so that its public names can be imported from it.

    Nothing is imported until then: listing models and data sets must not wait for Keras, TensorFlow or scikit-learn.

    Args:
        package: Dotted name of the package, its `__name__`.
        modules: Dict from modules of the package to lists of their public names. No name is that of a module, since
            importing that module would put it in the place of the name.

    Returns:
        `__all__`, `__getattr__` and `__dir__` of the package.
    """
    homes = {name: module for module, names in modules.items() for name in names}
    names = sorted(homes)

    def __getattr__(name):
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.{homes[name]}"), name)

    return names, __getattr__, lambda: names
