"""What a condition of pictures is: one more input of a network, drawn, checked, and said by a user."""

import abc
import zlib

import keras
import numpy as np

from keras_facegan.errors import UserError, did_you_mean


class Condition(abc.ABC):
    """One input of a generator besides its latent codes.

    Attributes:
        flags: Flags of the command line that set it.
        memory: A layer that holds what `sample` draws from, where that comes from the data; else None.

    Args:
        name: Name of the input ("label").
        column: Name of the column of the data that it comes from.
        names: Names of the classes, or of the attributes.
    """

    flags: tuple[str, ...] = ()
    memory: keras.layers.Layer | None = None

    def __init__(self, name: str, column: str, names: tuple[str, ...]):
        self.name, self.column, self.names = name, column, tuple(names)

    @property
    def width(self) -> int:
        """Length of the vector that stands for one value inside a network."""
        return len(self.names)

    # In a network.

    @abc.abstractmethod
    def input(self):
        """Return the symbolic input (B, ...) of a network."""

    @abc.abstractmethod
    def vector(self, x):
        """Return float vectors (B, width) of symbolic inputs (B, ...)."""

    @abc.abstractmethod
    def vector_in(self, network):
        """Return the tensor (B, width) of a functional network that `vector` made."""

    @abc.abstractmethod
    def vectors(self, inputs: np.ndarray) -> np.ndarray:
        """Return the float32 vectors (n, width) of inputs (n, ...), as `vector` does inside a network."""

    # Told from pictures, by a classifier with `width` outputs.

    @abc.abstractmethod
    def loss(self, wanted, logits):
        """Return the mean cross-entropy, a float32 scalar, of inputs (B, ...) and logits (B, width)."""

    @abc.abstractmethod
    def accuracy(self, wanted, logits):
        """Return the share of inputs (B, ...) that logits (B, width) name rightly, a float32 scalar."""

    @abc.abstractmethod
    def probabilities(self, logits):
        """Return the probability (B, width) of every class, or of every attribute."""

    # Of data.

    @abc.abstractmethod
    def of(self, values):
        """Return the inputs (B, ...) that values (B, ...) of the column stand for."""

    @abc.abstractmethod
    def check(self, examples):
        """Raise `UserError` where a model on this condition cannot be trained on `Examples`."""

    @abc.abstractmethod
    def adapt(self, examples):
        """Learn from `Examples` what `sample` draws from."""

    # For a user.

    @abc.abstractmethod
    def sample(self, n: int, seed: int) -> np.ndarray:
        """Return `n` random inputs; row i depends on `seed` and i alone."""

    @abc.abstractmethod
    def rows(self, seed: int) -> tuple[np.ndarray, list[str]]:
        """Return the inputs that a sample grid shows, one per row, and what to call the rows."""

    @abc.abstractmethod
    def values(self, value, n: int) -> np.ndarray:
        """Return the inputs of `n` pictures.

        Args:
            value: What a user says of one picture or of `n`.
            n: Number of pictures.

        Raises:
            UserError: An unknown value, or another number of them.
        """

    def wanted(self, value, n: int, seed: int) -> np.ndarray:
        """Return the inputs of `n` pictures to draw: as in `values`, or random ones for None."""
        return self.sample(n, seed) if value is None else self.values(value, n)

    @abc.abstractmethod
    def said(self, flags: dict[str, str]):
        """Return what `values` takes, as the command line says it.

        Args:
            flags: Values of one or more of the condition's own flags.
        """

    def _random(self, seed):
        # A stream of its own: with that of the codes, labels would follow from the first numbers of a code.
        return np.random.default_rng([seed, zlib.crc32(self.name.encode())])


def check_names(model: str, conditions: tuple[Condition, ...], wanted):
    """Raise `UserError` where a model does not have a condition that is asked for.

    Args:
        model: Name of the model.
        conditions: What it has.
        wanted: Names that are asked for.
    """
    known = [condition.name for condition in conditions]
    for name in wanted:
        if name not in known:
            hint = did_you_mean(name, known) or " It draws pictures without conditions."
            raise UserError(f"{model} has no condition `{name}`.{hint}")
