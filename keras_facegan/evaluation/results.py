"""A number and all that it must not be read without, and the metric that gives it."""

import dataclasses

from keras_facegan.registry import METRICS


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


def metric(name, needs, reads=()):
    """Decorate a function `subject -> list of Result` to register it as a metric.

    Args:
        name: What `--metrics` calls it.
        needs: What it needs: abilities of the model, "history" (of a run) or "classifier" (an extractor that knows
            classes).
        reads: Columns of the data set that it reads.
    """

    def decorator(function):
        function.needs, function.reads = tuple(needs), tuple(reads)
        return METRICS.register(name)(function)

    return decorator
