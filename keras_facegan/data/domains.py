"""Two domains of pictures, A and B, within a set: faces with and without an attribute, or pictures of two labels."""

import dataclasses

import numpy as np

from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.data.sources import Source
from keras_facegan.errors import UserError, did_you_mean

# What the column `domain` holds.
A, B = 0, 1
FORMS = "`Eyeglasses` (A: faces with them, B: without) or `label:3/8` (A: pictures of label 3, B: of 8)"


def parse_domains(domains: str) -> tuple[str, list[str]]:
    """Return the attribute and [], or the column and its two values, that `domains` names.

    Raises:
        UserError: An unknown attribute, or not two values.
    """
    name, colon, values = domains.partition(":")
    if not colon and name not in CELEBA_ATTRIBUTES:
        raise UserError(
            f"data.domains is {FORMS}, and `{name}` is not an attribute.{did_you_mean(name, CELEBA_ATTRIBUTES)}"
        )
    pair = values.split("/") if colon else []
    if colon and (len(pair) != 2 or "" in (name, *pair) or pair[0] == pair[1]):
        raise UserError(f"data.domains is {FORMS}, got `{domains}`.")
    return name, pair


def with_domains(source: Source, domains: str) -> Source:
    """Return the examples of two domains, with the int32 column `domain`: 0 for A, 1 for B.

    Args:
        source: Examples with the column that `domains` asks for.
        domains: "Eyeglasses" for faces with and without; "label:3/8", or "gender:0/1", for two values of a column; what
            has neither is left out. Classes go by their names as well.

    Raises:
        UserError: A missing column, or an unknown class.
    """
    name, pair = parse_domains(domains)
    column = name if pair else "attributes"
    values = source.columns.get(column)
    if values is None or (pair and (values.ndim != 1 or values.dtype.kind != "i")):
        has = ", ".join(source.columns) or "no labels"
        kind = "whole numbers, a column of" if pair else "the column"
        raise UserError(f"data.domains `{domains}` needs {kind} `{column}`; `{source.name}` has {has}.")
    if not pair:
        has_it = values[:, CELEBA_ATTRIBUTES.index(name)] > 0.5
        return _with_column(source, np.where(has_it, A, B))
    first, second = (_number(source, column, value) for value in pair)
    chosen = np.isin(values, (first, second))
    return _with_column(source.take(chosen), np.where(values[chosen] == first, A, B))


def check_domains(source: Source, domains: str = ""):
    """Raise `UserError` where one of two domains has no pictures.

    Args:
        source: Examples with the column `domain`.
        domains: What made them, for the message.
    """
    for number, letter in ((A, "A"), (B, "B")):
        if not (source.columns["domain"] == number).any():
            made = f" (data.domains `{domains}`)" if domains else ""
            raise UserError(f"`{source.name}` has no pictures of domain {letter}{made} in this split.")


def _with_column(source, domain):
    return dataclasses.replace(source, columns={**source.columns, "domain": domain.astype("int32")})


def _number(source, column, value):
    names = source.class_names if column == "label" else ()
    if value in names:
        return names.index(value)
    if value.isdecimal():
        return int(value)
    hint = did_you_mean(value, names) if names else " They are numbers."
    raise UserError(f"data.domains: `{value}` is not a {column} of `{source.name}`.{hint}")
