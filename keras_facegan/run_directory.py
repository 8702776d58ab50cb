"""The directory of a run: where its files lie, whose it is, and who may write to it."""

import contextlib
import dataclasses
import fcntl
import pathlib
import platform
from collections.abc import Iterator
from importlib import metadata

from keras_facegan import recipe as recipes
from keras_facegan.errors import UserError


@dataclasses.dataclass(frozen=True)
class RunDirectory:
    """Where the files of a run lie.

    Attributes:
        root: The directory.
    """

    root: pathlib.Path

    recipe = property(lambda self: self.root / "recipe.toml")
    history = property(lambda self: self.root / "history.csv")
    samples = property(lambda self: self.root / "samples")
    events = property(lambda self: self.root / "tensorboard")
    checkpoints = property(lambda self: self.root / "checkpoints")
    weights = property(lambda self: self.root / "model.weights.h5")

    def open(self, recipe: recipes.Recipe):
        """Create the directory for a recipe, or check that the run in it has the same one.

        Raises:
            UserError: Another recipe's run lies here (key by key), or the directory cannot be written.
        """
        if self.recipe.exists():
            # A run from before a setting existed has its default.
            before = recipes.from_tables(recipes.read(self.recipe))
            lines = recipes.differences(before.tables(), recipe.tables())
            if lines:
                raise UserError(
                    f"{self.root} holds a run of another recipe: {'; '.join(lines)}. "
                    "Choose another --run_dir, or give the same settings to resume."
                )
            return
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            unfinished = self.root / "recipe.unfinished"
            recipes.write(recipe, unfinished, _versions())
            unfinished.rename(self.recipe)
        except OSError as error:
            raise UserError(f"{self.root} cannot be written: {error.strerror}. Choose another --run_dir.") from None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the directory for this process; a second one is refused."""
        with (self.root / "run.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UserError(f"Another process is training in {self.root}; choose another --run_dir.") from None
            yield


def _versions():
    packages = ("keras_facegan", "keras", "tensorflow", "numpy")
    versions = {"python": platform.python_version()}
    for package in packages:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return versions
