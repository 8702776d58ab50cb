"""The directory of a run: where its files lie, whose it is, and who may write to it."""

import contextlib
import dataclasses
import errno
import os
import pathlib
import platform
import re
from collections.abc import Callable, Iterator
from importlib import metadata
from typing import Any

import filelock

from keras_facegan import checkpoint
from keras_facegan import recipe as recipes
from keras_facegan.errors import UserError
from keras_facegan.files import UNFINISHED, is_utf8, remove

# What a file system answers that knows no locks.
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP)


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

    def __post_init__(self):
        object.__setattr__(self, "root", pathlib.Path(os.path.expanduser(self.root)))

    def weights_of(self, step: int) -> pathlib.Path:
        """Return where the weights lie with which the run once ended at a step, before it went on."""
        return self.root / f"model_step_{step:08d}.weights.h5"

    def ended_at(self) -> list[int]:
        """Return the sorted steps at which the run once ended, before it went on."""
        names = (
            re.fullmatch(r"model_step_(\d{8,})\.weights\.h5", path.name) for path in self.root.glob("model_step_*")
        )
        return sorted(int(match[1]) for match in names if match)

    def read_recipe(self) -> recipes.Recipe:
        """Return the checked recipe of the run; settings that did not exist when it began have their defaults.

        Raises:
            UserError: There is no run, or its recipe is damaged.
        """
        if not self.recipe.is_file():
            raise UserError(f"{self.root} holds no run: there is no {self.recipe.name}.")
        return recipes.from_tables(recipes.read(self.recipe))

    def last_stage(self) -> "RunDirectory":
        """Return the directory of the last stage of a run of stages; of another run, this one."""
        stages = recipes.read_stages(self.recipe) if self.recipe.is_file() else []
        return RunDirectory(self.stage(len(stages), stages[-1])) if stages else self

    def stage(self, number: int, preset: str) -> pathlib.Path:
        """Return where a stage of this run has its own run: "1-faces" for the preset "cgan/faces_64"."""
        return self.root / f"{number}-{re.sub(r'(_[0-9]+)+$', '', preset.partition('/')[2])}"

    def arguments(self, recipe: recipes.Recipe) -> dict:
        """Return the constructor arguments of a recipe of this run, in which "stage:1" is the path of that stage."""
        return {name: self.beside(value) for name, value in recipe.model.items()}

    def beside(self, value):
        """Return a value of a recipe of this run; the path of that stage for "stage:1"."""
        match = re.fullmatch(r"stage:([1-9]\d*)", value) if isinstance(value, str) else None
        found = sorted(self.root.absolute().parent.glob(f"{match[1]}-*/{self.recipe.name}")) if match else []
        return str(found[0].parent) if found else value

    def create(self):
        """Make the directory where there is none.

        Raises:
            UserError: It cannot be made.
        """
        if not is_utf8(self.root.absolute()):
            raise UserError(
                f"{self.root.absolute()} is no UTF-8, which TensorFlow needs of names: choose another --run_dir."
            )
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self.cannot_be_written(error) from None

    def write_recipe(self, recipe: recipes.Recipe):
        """Write the recipe, with the versions of the packages that run it.

        Raises:
            UserError: The directory cannot be written.
        """
        try:
            recipes.write(recipe, self.recipe, _versions())
        except OSError as error:
            raise self.cannot_be_written(error) from None

    def write_stages(self, name: str, preset: str, stages: list[str]):
        """Write which stages lie here.

        Args:
            name: Registered name of the model.
            preset: Name of its preset.
            stages: "model/preset" of every stage.

        Raises:
            UserError: The directory cannot be written.
        """
        try:
            recipes.write_stages(self.recipe, name, preset, stages, _versions())
        except OSError as error:
            raise self.cannot_be_written(error) from None

    @contextlib.contextmanager
    def locked(self, report: Callable[[str], Any] = print) -> Iterator[None]:
        """Hold the directory for this process.

        Args:
            report: Callable that shows a line of text.

        Raises:
            UserError: Another process holds it, or it cannot be written.
        """
        path = self.root / "run.lock"
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise UserError(f"{path} is not a plain file. Remove it, or choose another --run_dir.")
        lock = filelock.FileLock(path, timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise UserError(f"Another process is training in {self.root}; choose another --run_dir.") from None
        except (OSError, NotImplementedError) as error:
            if isinstance(error, OSError) and error.errno not in _NO_LOCKS:
                raise self.cannot_be_written(error) from None
            report(f"The file system of {self.root} has no locks: see that no other process trains there.")
        try:
            self._clear_leftovers()
            yield
        finally:
            lock.release()

    def _clear_leftovers(self):
        """Remove what a killed process has left half-written; checkpoints see to their own."""
        for folder in (self.root, self.samples, self.events):
            for path in folder.glob(f"{UNFINISHED}*"):
                try:
                    remove(path)
                except OSError as error:
                    raise self.cannot_be_written(error) from None

    def cannot_go_on(self, error: OSError) -> UserError:
        """Return the error that says what a disk that is full, gone or failing has left of a run."""
        place = f"{error.filename or self.root} cannot be written or read: {error.strerror or error}."
        if not self.root.is_dir():
            return UserError(f"{place} {self.root} is gone; bring it back, or choose another --run_dir.")
        kept = checkpoint.steps(self.checkpoints)
        state = f"The checkpoint of step {kept[-1]} is intact" if kept else "There is no checkpoint yet"
        return UserError(f"{place} {state}; make room, then start the same command again to resume.")

    def cannot_be_written(self, error: OSError) -> UserError:
        """Return the error that says why the directory cannot be written."""
        return UserError(f"{self.root} cannot be written: {error.strerror or error}. Choose another --run_dir.")


def _versions():
    packages = ("keras_facegan", "keras", "tensorflow", "numpy")
    versions = {"python": platform.python_version()}
    for package in packages:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return versions
