"""A number and all that it must not be read without, and the metric that gives it."""

import dataclasses
import typing

from keras_facegan.registry import METRICS

# The pictures that a metric speaks of: those that the model was trained on, or those that were kept from it.
LEARNT, HELD_OUT = "learnt", "held_out"
# Which way a value is better, as a reader sees it.
HIGHER, LOWER, ZERO, ONE, REAL = "↑", "↓", "→ 0", "→ 1", "→ real"


@dataclasses.dataclass(frozen=True)
class Result:
    """One value of one metric.

    Attributes:
        name: Such as "fid" or "mae_20-29".
        value: Float, or None where there is none to give.
        error: Its standard deviation or standard error, None where none was taken.
        n_real: Pictures of the data set that it was taken of.
        n_fake: Generated pictures that it was taken of.
        seed: What fixed the codes of these and every other draw.
        extractor: What looked at the pictures, its weights' hash, its size and the way of resizing to it; empty where
            the pixels themselves were looked at.
        settings: Everything else that the value depends on.
        note: What a reader must know, such as that there were too few pictures.
        metric: Registered name of the metric that gave it.
        group: The part of the pictures that it speaks of, such as "20-29" or "51+"; empty where it speaks of all.
    """

    name: str
    value: float | None
    error: float | None = None
    n_real: int = 0
    n_fake: int = 0
    seed: int = 0
    extractor: dict = dataclasses.field(default_factory=dict)
    settings: dict = dataclasses.field(default_factory=dict)
    note: str = ""
    metric: str = ""
    group: str = ""

    @property
    def quantity(self) -> str:
        """Its name without the group: "mae" of "mae_20-29"."""
        return self.name.removesuffix(f"_{self.group}") if self.group else self.name


class Meaning(typing.NamedTuple):
    """How to read a value.

    Args:
        better: Which way it is better: `HIGHER`, `LOWER`, `ZERO` and `ONE` (the nearer to it), `REAL` (the nearer to
            that of real pictures), or "" where neither way is.
        text: One sentence that says what it is.
    """

    better: str
    text: str


def metric(name, needs, reads=(), split=HELD_OUT, values=None):
    """Decorate a function `subject -> list of Result` to register it as a metric.

    Args:
        name: What `--metrics` calls it.
        needs: What it needs: abilities of the model, "extractor" (a network that looks at pictures), "classifier" (an
            extractor that knows classes), "history" (of a run) or "label" (a model that draws pictures of a class that
            is asked for).
        reads: Columns of the data set that it reads.
        split: The pictures it speaks of: "learnt" (FID of a generator) or "held_out" (accuracy, ages, PSNR).
        values: `Meaning` of what it gives, by name without the group; the first line of the function's docstring, with
            no direction, where there is none.
    """

    def decorator(function):
        function.needs, function.reads, function.split = tuple(needs), tuple(reads), split
        function.values = values or {}
        return METRICS.register(name)(function)

    return decorator


def joined(*notes: str) -> str:
    """Return notes as one text, without what is said twice."""
    return " ".join(dict.fromkeys(filter(None, notes)))


def meaning(result: Result) -> Meaning:
    """Return how to read a result."""
    registered = METRICS.get(result.metric)
    return registered.values.get(result.quantity) or Meaning("", registered.__doc__.splitlines()[0])
