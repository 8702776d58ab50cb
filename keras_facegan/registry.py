"""Names to builders: models, data sets and metrics register themselves in their own file and are found on demand."""

import dataclasses
import fnmatch
import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from keras_facegan.errors import UserError, did_you_mean


@dataclasses.dataclass(frozen=True)
class Entry:
    """What is registered under a name.

    Attributes:
        name: The name.
        builder: Class or function.
        defaults: Arguments in which this name differs from the builder's own defaults.
        about: What is known of it without calling the builder, such as the `extractor` of a data set, and
            the `columns` that it always has.
    """

    name: str
    builder: Callable
    defaults: dict
    about: dict

    def create(self, **arguments) -> Any:
        """Call the builder with the defaults of this name, and with `arguments` over them."""
        return self.builder(**{**self.defaults, **arguments})


class Registry:
    """A table of named builders that imports the modules of a package when a name is first asked for.

    Args:
        kind: What the names stand for, used in messages ("model", "data set", "metric").
        package: Dotted name of the package whose modules register builders.
    """

    def __init__(self, kind: str, package: str):
        self.kind = kind
        self.package = package
        self._entries = {}
        self._discovered = False

    def register(self, name: str, /, *, about: dict | None = None, **defaults) -> Callable:
        """Return a decorator that registers a class or function as `name`; a name that is taken raises `ValueError`.

        Args:
            name: The name.
            about: What is known of it without calling the builder.
            **defaults: Arguments in which this name differs from the builder's own defaults.
        """

        def decorator(builder):
            if name in self._entries:
                taken = self._entries[name].builder
                raise ValueError(f"The {self.kind} `{name}` is already registered by {taken.__module__}.")
            self._entries[name] = Entry(name, builder, defaults, about or {})
            return builder

        return decorator

    def entry(self, name: str) -> Entry:
        """Return the entry called `name`; an unknown name raises `UserError` with the nearest ones."""
        self._discover()
        if name not in self._entries:
            raise UserError(f"`{name}` is not a {self.kind}.{did_you_mean(name, self._entries)}")
        return self._entries[name]

    def get(self, name: str) -> Callable:
        """Return the builder called `name`; an unknown name raises `UserError` with the nearest ones."""
        return self.entry(name).builder

    def create(self, name: str, /, **arguments) -> Any:
        """Call the builder called `name`, with its defaults and `arguments` over them."""
        return self.entry(name).create(**arguments)

    def names(self, pattern: str = "*") -> list[str]:
        """Return the sorted registered names that match a shell-style `pattern`."""
        self._discover()
        return sorted(fnmatch.filter(self._entries, pattern))

    def _discover(self):
        if self._discovered:
            return
        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__):
            if not module.name.startswith("_"):
                importlib.import_module(f"{self.package}.{module.name}")
        self._discovered = True


MODELS = Registry("model", "keras_facegan.models")
DATASETS = Registry("data set", "keras_facegan.data.sets")
METRICS = Registry("metric", "keras_facegan.evaluation.measures")
