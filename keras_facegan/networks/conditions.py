"""What pictures are conditioned on: how a condition enters a network, is drawn, checked, and said by a user."""

import zlib
from typing import Annotated, Literal

import keras
import msgspec
import numpy as np
from keras import layers, ops

from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.layers.attribute_rows import AttributeRows
from keras_facegan.networks.age_groups import AgeGroups

# Attribute vectors that are kept with the weights, and attributes that a sample grid shows.
KEPT_ROWS, SHOWN_ATTRIBUTES = 1024, 8

# Arguments of constructors.
ConditionName = Literal["classes", "attributes", "age_groups", "gender"]
AttributeNames = Annotated[
    tuple[str, ...],
    msgspec.Meta(min_length=1, max_length=40, description="a list of 1 to 40 names of CelebA's attributes"),
]


class Condition:
    """One input of a generator besides its latent codes.

    Args:
        name: Name of the input ("label").
        column: Name of the column of the data that it comes from.
        names: Names of the classes, or of the attributes.
    """

    # A layer that holds what `sample` draws from, where that comes from the data.
    memory: keras.layers.Layer | None = None

    def __init__(self, name: str, column: str, names: tuple[str, ...]):
        self.name, self.column, self.names = name, column, tuple(names)

    @property
    def width(self) -> int:
        """Length of the vector that stands for one value inside a network."""
        return len(self.names)

    def _random(self, seed):
        # A stream of its own: with that of the codes, labels would follow from the first numbers of a code.
        return np.random.default_rng([seed, zlib.crc32(self.name.encode())])


class OneOf(Condition):
    """One of several classes, an int32 per picture."""

    def input(self):
        """Return the symbolic input (B,) of a network."""
        return keras.Input((), dtype="int32", name=self.name)

    def vector(self, x):
        """Return float vectors (B, width) of symbolic inputs (B,)."""
        return layers.CategoryEncoding(self.width, output_mode="one_hot")(x)

    def of(self, values):
        """Return the input (B,) that values (B,) of the column stand for."""
        return ops.cast(values, "int32")

    def check(self, examples):
        """Raise `UserError` where pictures have another class, or a class has no pictures."""
        labels = np.asarray(self.of(examples.columns[self.column]))
        strange = labels[(labels < 0) | (labels >= self.width)]
        if len(strange):
            raise UserError(
                f"`{examples.name}` has the {self.name} {strange[0]}: the model knows 0 to {self.width - 1} "
                f"({', '.join(self.names)}). Set model.num_classes to {labels.max() + 1}, or take another data set."
            )
        empty = np.flatnonzero(np.bincount(labels, minlength=self.width) == 0)
        if len(empty):
            raise UserError(
                f"`{examples.name}` has no pictures of {self.name} {self.names[empty[0]]}. Give some, or take a model "
                "without it."
            )

    def adapt(self, examples):
        """Learn from the data what `sample` draws from: nothing, all classes are drawn alike."""

    def sample(self, n: int, seed: int) -> np.ndarray:
        """Return int32 (n,) random classes; row i depends on `seed` and i alone."""
        return (self._random(seed).random(n) * self.width).astype("int32")

    def rows(self, seed: int) -> np.ndarray:
        """Return int32 (rows,), the values that a sample grid shows, one per row."""
        return np.arange(self.width, dtype="int32")

    def values(self, value, n: int) -> np.ndarray:
        """Return int32 (n,) classes.

        Args:
            value: Number or name of a class, or `n` of them.
            n: Number of pictures.

        Raises:
            UserError: No such class, or another number of values.
        """
        numbers = np.asarray([self._number(each) for each in np.atleast_1d(value).tolist()], "int32")
        if np.ndim(value) > 1 or len(numbers) not in (1, n):
            raise UserError(f"{self.name} must be one value or {n} of them, got shape {np.shape(value)}.")
        return np.broadcast_to(numbers, (n,)).copy()

    def wanted(self, value, n: int, seed: int) -> np.ndarray:
        """Return int32 (n,): what was asked for as in `values`, or random classes for None."""
        return self.sample(n, seed) if value is None else self.values(value, n)

    def _number(self, value):
        if isinstance(value, str) and value in self.names:
            return self.names.index(value)
        if isinstance(value, str) and not value.isdecimal():
            raise UserError(f"{self.name} `{value}` is unknown.{did_you_mean(value, self.names)}")
        if isinstance(value, bool | float) or not 0 <= int(value) < self.width:
            named = ", ".join(f"{i}: {name}" if name != str(i) else name for i, name in enumerate(self.names))
            raise UserError(f"{self.name} must be a whole number from 0 to {self.width - 1} ({named}), got {value}.")
        return int(value)


class Classes(OneOf):
    """The class of a picture.

    Args:
        count: Number of classes.
    """

    def __init__(self, count: int):
        super().__init__("label", "label", tuple(str(number) for number in range(count)))


class Gender(OneOf):
    """The gender of a person as the data sets label it: 0 male, 1 female."""

    def __init__(self):
        super().__init__("gender", "gender", ("male", "female"))


class AgeGroup(OneOf):
    """The age group of a person.

    Args:
        age_groups: Oldest year of each group but the last, rising.
    """

    def __init__(self, age_groups):
        self.groups = AgeGroups(age_groups)
        super().__init__("age_group", "age", tuple(self.groups.names))

    def of(self, values):
        return ops.searchsorted(
            ops.convert_to_tensor(np.asarray(self.groups.thresholds, "float32")), ops.cast(values, "float32")
        )


class Attributes(Condition):
    """Binary attributes of a face, a float32 row in [0, 1] per picture.

    Args:
        names: Names among CelebA's forty attributes.

    Raises:
        UserError: An unknown name, or one that comes twice.
    """

    def __init__(self, names):
        for name in names:
            if name not in CELEBA_ATTRIBUTES:
                raise UserError(f"`{name}` is not an attribute.{did_you_mean(name, CELEBA_ATTRIBUTES)}")
        if len(set(names)) != len(names):
            raise UserError(f"An attribute is named twice: {', '.join(names)}.")
        super().__init__("attributes", "attributes", tuple(names))
        self.places = [CELEBA_ATTRIBUTES.index(name) for name in names]
        self.memory = AttributeRows(KEPT_ROWS, len(names), name="attribute_rows")
        self.memory.build()

    def input(self):
        """Return the symbolic input (B, width) of a network."""
        return keras.Input((self.width,), dtype="float32", name=self.name)

    def vector(self, x):
        """Return float vectors (B, width) of symbolic inputs (B, width)."""
        return x

    def of(self, values):
        """Return the input (B, width) that rows (B, 40) of the column stand for."""
        return ops.take(ops.cast(values, "float32"), self.places, axis=1)

    def check(self, examples):
        """Raise `UserError` where an attribute has one value in all pictures."""
        values = np.asarray(self.of(examples.columns[self.column]))
        constant = np.flatnonzero(values.min(axis=0) == values.max(axis=0))
        if len(constant):
            name = self.names[constant[0]]
            raise UserError(f"All pictures of `{examples.name}` have the same {name}: leave it out of the attributes.")

    def adapt(self, examples):
        """Keep attribute vectors of real pictures, which `sample` draws from."""
        values = examples.columns[self.column]
        rng = np.random.default_rng(0)
        chosen = rng.choice(len(values), KEPT_ROWS, replace=len(values) < KEPT_ROWS)
        self.memory.rows.assign(self.of(values[chosen]))

    def sample(self, n: int, seed: int) -> np.ndarray:
        """Return float32 (n, width), rows of real pictures; row i depends on `seed` and i alone."""
        places = (self._random(seed).random(n) * KEPT_ROWS).astype("int64")
        return ops.convert_to_numpy(self.memory.rows)[places]

    def rows(self, seed: int) -> np.ndarray:
        """Return float32 (rows, width): a real vector, then the same with one more attribute turned over per row."""
        shown = min(self.width, SHOWN_ATTRIBUTES - 1)
        rows = np.repeat(self.sample(1, seed), shown + 1, axis=0)
        rows[np.arange(1, shown + 1), np.arange(shown)] = 1.0 - rows[0, :shown]
        return rows

    def values(self, value, n: int) -> np.ndarray:
        """Return float32 (n, width).

        Args:
            value: One row (width,), or `n` of them, of numbers from 0 to 1.
            n: Number of pictures.

        Raises:
            UserError: Another shape or range.
        """
        rows = np.asarray(value, "float32")
        if rows.shape not in ((self.width,), (n, self.width)) or not ((rows >= 0) & (rows <= 1)).all():
            raise UserError(
                f"attributes must be {self.width} numbers from 0 to 1 ({', '.join(self.names)}), or {n} such rows, got "
                f"shape {rows.shape}."
            )
        return np.broadcast_to(rows, (n, self.width)).copy()

    def wanted(self, value, n: int, seed: int) -> np.ndarray:
        """Return float32 (n, width): real vectors in which what was asked for is changed.

        Args:
            value: Dict from names to 0 or 1, rows as in `values`, or None.
            n: Number of pictures.
            seed: Fixes the real vectors.

        Raises:
            UserError: An unknown name.
        """
        if value is not None and not isinstance(value, dict):
            return self.values(value, n)
        rows = self.sample(n, seed)
        for name, number in (value or {}).items():
            if name not in self.names:
                raise UserError(f"`{name}` is not an attribute of this model.{did_you_mean(name, self.names)}")
            rows[:, self.names.index(name)] = self.values([number] * self.width, 1)[0, 0]
        return rows


def make_condition(name: ConditionName, num_classes: int, attributes: tuple[str, ...], age_groups) -> Condition:
    """Return the condition of a name; each takes the one argument that it needs, and leaves the others alone.

    Args:
        name: "classes", "attributes", "age_groups" or "gender".
        num_classes: Number of classes.
        attributes: Names of attributes.
        age_groups: Oldest year of each group but the last, rising.
    """
    makers = {
        "classes": lambda: Classes(num_classes),
        "attributes": lambda: Attributes(attributes),
        "age_groups": lambda: AgeGroup(age_groups),
        "gender": Gender,
    }
    return makers[name]()
