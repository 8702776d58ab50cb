"""Which of two values of a metric is the better one, as the metrics themselves declare it."""

from keras_facegan.evaluation.results import HIGHER, LOWER
from keras_facegan.registry import METRICS


def direction(name: str) -> str:
    """Return `HIGHER` or `LOWER`, or "" for a value of which neither is better.

    Args:
        name: Name of a `Result`, such as "fid".
    """
    meanings = [METRICS.get(metric).values.get(name) for metric in METRICS.names()]
    return next((each.better for each in meanings if each is not None and each.better in (HIGHER, LOWER)), "")


def is_better(name: str, value: float, than: float) -> bool:
    """Say whether a value of a metric that has a direction is better than another one.

    Args:
        name: Name of a `Result`, such as "fid".
        value: The one value.
        than: The other one.
    """
    return value < than if direction(name) == LOWER else value > than
