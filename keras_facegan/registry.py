"""Names to builders: models, data sets and metrics register themselves in their own file and are found on demand."""

import fnmatch
import importlib
import pkgutil

from keras_facegan.errors import UserError, did_you_mean


class Registry:
    """A table of named builders that imports the modules of a package when a name is first asked for.

    Args:
        kind: What the names stand for, used in messages ("model", "data set", "metric").
        package: Dotted name of the package whose modules register builders.
    """

    def __init__(self, kind, package):
        self.kind = kind
        self.package = package
        self._builders = {}
        self._discovered = False

    def register(self, name):
        """Decorate a class or function to register it as `name`; a name taken twice raises."""

        def decorator(builder):
            if name in self._builders:
                taken = self._builders[name]
                raise ValueError(f"The {self.kind} `{name}` is already registered by {taken.__module__}.")
            self._builders[name] = builder
            return builder

        return decorator

    def get(self, name):
        """Return the builder called `name`; an unknown name raises `UserError` with the nearest ones."""
        self._discover()
        if name not in self._builders:
            raise UserError(f"`{name}` is not a {self.kind}.{did_you_mean(name, self._builders)}")
        return self._builders[name]

    def create(self, name, **kwargs):
        """Call the builder called `name` with `kwargs`."""
        return self.get(name)(**kwargs)

    def names(self, pattern="*"):
        """Return the sorted registered names that match a shell-style `pattern`."""
        self._discover()
        return sorted(fnmatch.filter(self._builders, pattern))

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
