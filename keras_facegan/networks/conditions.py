"""The kinds of conditions: classes, attributes, age groups, gender."""

from typing import Annotated, Literal

import keras
import msgspec
import numpy as np
from keras import layers, ops

from keras_facegan.arguments import Age, check_value
from keras_facegan.attributes import CELEBA_ATTRIBUTES, check_changes, wanted_attributes, with_exclusions
from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.layers.attribute_rows import AttributeRows
from keras_facegan.losses.classification import binary_cross_entropy, cross_entropy
from keras_facegan.networks.age_groups import AgeGroups
from keras_facegan.networks.condition import Condition

# Attribute vectors that are kept with the weights, and the most rows of a sample grid.
KEPT_ROWS, SHOWN_CLASSES, SHOWN_ATTRIBUTES = 1024, 16, 8
# Attributes go together where their correlation is above this, whatever its sign.
CORRELATED = 0.3

# Arguments of constructors.
ConditionName = Literal["classes", "attributes", "age_groups", "gender"]
AttributeNames = Annotated[
    tuple[str, ...],
    msgspec.Meta(min_length=1, max_length=40, description="a list of 1 to 40 names of CelebA's attributes"),
]


class OneOf(Condition):
    """One of several classes, an int32 per picture; a user says its number or its name."""

    def input(self):
        return keras.Input((), dtype="int32", name=self.name)

    def vector(self, x):
        return layers.CategoryEncoding(self.width, output_mode="one_hot")(x)

    def vector_in(self, network):
        return next(layer for layer in network.layers if isinstance(layer, layers.CategoryEncoding)).output

    def vectors(self, inputs):
        return np.eye(self.width, dtype="float32")[inputs]

    def loss(self, wanted, logits):
        return cross_entropy(ops.one_hot(wanted, self.width, dtype="float32"), logits)

    def accuracy(self, wanted, logits):
        return ops.mean(ops.cast(ops.equal(ops.argmax(logits, axis=-1), wanted), "float32"))

    def probabilities(self, logits):
        return ops.softmax(logits)

    def of(self, values):
        return ops.cast(values, "int32")

    def check(self, examples):
        labels = np.asarray(self.of(examples.columns[self.column]))
        unknown = labels[(labels < 0) | (labels >= self.width)]
        if len(unknown):
            raise UserError(
                f"`{examples.name}` has pictures of {self.name} {unknown[0]}; the model knows 0 to {self.width - 1}."
                f"{self._way_out(labels)}"
            )
        missing = np.flatnonzero(np.bincount(labels, minlength=self.width) == 0)
        if len(missing):
            raise UserError(
                f"`{examples.name}` has no pictures of {self.name} {self.names[missing[0]]}.{self._way_out(labels)}"
            )

    def _way_out(self, labels):
        return ""

    def adapt(self, examples):
        """Learn nothing: all classes are drawn alike."""

    def sample(self, n, seed):
        return (self._random(seed).random(n) * self.width).astype("int32")

    def rows(self, seed):
        shown = self.names[:SHOWN_CLASSES]
        return np.arange(len(shown), dtype="int32"), list(shown)

    def values(self, value, n):
        numbers = np.asarray([self._number(each) for each in np.ravel(value).tolist()], "int32")
        if np.ndim(value) > 1 or len(numbers) not in (1, n):
            raise UserError(f"{self.name} must be one value or {n} of them, got shape {np.shape(value)}.")
        return np.broadcast_to(numbers, (n,)).copy()

    def said(self, flags):
        values = flags[self.name].split(",")
        return values[0] if len(values) == 1 else values

    def _number(self, value):
        if value in self.names:
            return self.names.index(value)
        if isinstance(value, str) and not value.isdecimal():
            raise UserError(f"{self.name} `{value}` is unknown.{did_you_mean(value, self.names)}")
        if not isinstance(value, int | str) or isinstance(value, bool) or not 0 <= int(value) < self.width:
            named = ", ".join(f"{i}: {name}" for i, name in enumerate(self.names) if name != str(i))
            raise UserError(
                f"{self.name} must be a whole number from 0 to {self.width - 1}{named and f' ({named})'}, got {value}."
            )
        return int(value)


class Classes(OneOf):
    """The class of a picture.

    Args:
        count: Number of classes.
    """

    flags = ("label",)

    def __init__(self, count: int):
        super().__init__("label", "label", tuple(str(number) for number in range(count)))

    def _way_out(self, labels):
        return f" Set model.num_classes to the number of classes of the data ({len(np.unique(labels))})."


class Gender(OneOf):
    """The gender of a person as the data sets label it: 0 male, 1 female."""

    flags = ("gender",)

    def __init__(self):
        super().__init__("gender", "gender", ("male", "female"))


class AgeGroup(OneOf):
    """The age group of a person.

    Args:
        age_groups: Oldest year of each group but the last, rising.
    """

    flags = ("age_group", "age")

    def __init__(self, age_groups):
        self.groups = AgeGroups(age_groups)
        super().__init__("age_group", "age", tuple(self.groups.names))

    def of(self, values):
        limits = ops.convert_to_tensor(self.groups.thresholds, "float32")
        return ops.cast(ops.searchsorted(limits, ops.cast(values, "float32")), "int32")

    def check(self, examples):
        self.groups.check_all_present(examples.columns[self.column], examples.name, "model.age_groups")

    def said(self, flags):
        if "age" not in flags:
            return super().said(flags)
        if "age_group" in flags:
            raise UserError("--age and --age_group say the same thing; give one of them.")
        return [int(self.groups.of(_years(text))) for text in flags["age"].split(",")]


def _years(text):
    try:
        years = float(text)
    except ValueError:
        years = text
    check_value("--age", years, Age)
    return years


class Attributes(Condition):
    """Binary attributes of a face, a float32 row in [0, 1] per picture.

    A user says a dict from names to numbers from 0 to 1, or whole rows.

    Args:
        names: Names among CelebA's forty attributes.

    Raises:
        UserError: An unknown name, or one that comes twice.
    """

    flags = ("with", "without")

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
        return keras.Input((self.width,), dtype="float32", name=self.name)

    def vector(self, x):
        return x

    def vector_in(self, network):
        return network.input[self.name]

    def vectors(self, inputs):
        return np.asarray(inputs, "float32")

    def loss(self, wanted, logits):
        return binary_cross_entropy(wanted, logits)

    def accuracy(self, wanted, logits):
        return ops.mean(ops.cast(ops.equal(logits > 0, wanted > 0.5), "float32"))

    def probabilities(self, logits):
        return ops.sigmoid(logits)

    def of(self, values):
        return ops.take(ops.cast(values, "float32"), self.places, axis=1)

    def going_together(self):
        """Return which attributes are correlated in real pictures, float32 (K, K), 1 or 0; a constant one with none."""
        centred = self.memory.rows - ops.mean(self.memory.rows, axis=0)
        products = ops.transpose(centred) @ centred
        squares = ops.diagonal(products)
        scale = ops.sqrt(squares[:, None] * squares)
        return ops.cast(ops.abs(products) > CORRELATED * ops.maximum(scale, 1e-6), "float32")

    def check(self, examples):
        values = np.asarray(self.of(examples.columns[self.column]))
        constant = np.flatnonzero(values.min(axis=0) == values.max(axis=0))
        if len(constant):
            name = self.names[constant[0]]
            raise UserError(
                f"All pictures of `{examples.name}` have the same {name}: leave it out of model.attributes."
            )

    def adapt(self, examples):
        values = examples.columns[self.column]
        chosen = np.random.default_rng(0).choice(len(values), KEPT_ROWS, replace=len(values) < KEPT_ROWS)
        self.memory.rows.assign(self.of(values[chosen]))

    def sample(self, n, seed):
        places = (self._random(seed).random(n) * KEPT_ROWS).astype("int64")
        return ops.convert_to_numpy(self.memory(places))

    def rows(self, seed):
        """Return one vector of a real picture, then the same with one attribute turned over per row."""
        shown = range(min(self.width, SHOWN_ATTRIBUTES - 1))
        rows = np.repeat(self.sample(1, seed), len(shown) + 1, axis=0)
        for place in shown:
            rows[place + 1, place] = 1.0 - rows[0, place]
        signs = ["-" if rows[0, place] > 0.5 else "+" for place in shown]
        return rows, ["start", *(f"{sign} {self.names[place]}" for sign, place in zip(signs, shown, strict=True))]

    def values(self, value, n):
        """Return float32 (n, width); attributes that a dict does not name are 0."""
        if isinstance(value, dict):
            return self.changed(np.zeros((n, self.width), "float32"), value)
        try:
            rows = np.asarray(value, "float32")
        except (TypeError, ValueError):
            raise UserError(f"attributes must be numbers, or a dict such as {{'{self.names[0]}': 1}}.") from None
        if rows.shape not in ((self.width,), (n, self.width)) or not ((rows >= 0) & (rows <= 1)).all():
            raise UserError(
                f"attributes must be {self.width} numbers from 0 to 1 ({', '.join(self.names)}), or {n} such rows; got "
                f"shape {rows.shape}, values from {rows.min(initial=0):g} to {rows.max(initial=0):g}."
            )
        return np.broadcast_to(rows, (n, self.width)).copy()

    def wanted(self, value, n, seed):
        """Return float32 (n, width); attributes that a dict does not name are those of real pictures."""
        return self.changed(self.sample(n, seed), value) if isinstance(value, dict) else super().wanted(value, n, seed)

    def said(self, flags):
        wanted = wanted_attributes(flags.get("with"), flags.get("without"))
        check_changes(wanted, self.names, "this model")
        return with_exclusions(wanted, self.names)

    def changed(self, rows: np.ndarray, wanted: dict) -> np.ndarray:
        """Return rows (n, width) in which a dict from names to numbers from 0 to 1 has set some attributes.

        Raises:
            UserError: An attribute that the model does not have, or a number out of the range.
        """
        rows = rows.copy()
        for name, number in wanted.items():
            if name not in self.names:
                raise UserError(f"`{name}` is not an attribute of this model.{did_you_mean(name, self.names)}")
            if isinstance(number, str) or not 0 <= number <= 1:
                raise UserError(f"{name} must be a number from 0 to 1, got {number}.")
            rows[:, self.names.index(name)] = number
        return rows


def make_condition(name: ConditionName, num_classes: int, attributes: tuple[str, ...], age_groups) -> Condition:
    """Return the condition of a name; it takes the one argument that it needs, and leaves the others alone.

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
