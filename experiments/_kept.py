"""Numbers that an experiment keeps, so that it goes on where it was stopped, and their intervals by bootstrap."""

import json
import pathlib
import sys
from collections.abc import Callable

import numpy as np
from scipy import stats

from keras_facegan.files import write_text

RESAMPLES = 1000


class Kept:
    """Results by title in a JSON file.

    Args:
        path: Path of the file, which need not be there.
    """

    def __init__(self, path: pathlib.Path):
        self.path = path
        self.values = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    def get(self, title: str, measure: Callable[[], object]) -> object:
        """Return the result of a title: what was kept, or what `measure()` gives now, which is written at once."""
        if title not in self.values:
            self.values[title] = measure()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_text(self.path, json.dumps(self.values, indent=1))
            print(title, file=sys.stderr)
        return self.values[title]


def interval(statistic: Callable, *samples: np.ndarray) -> list[float]:
    """Return a statistic of paired samples, and its 95 % interval over resamples of them.

    Args:
        statistic: Callable (*samples, axis=-1).
        *samples: Float arrays (n,).
    """
    if len(samples[0]) < 2:
        return [float(statistic(*samples))] * 3
    resampled = stats.bootstrap(samples, statistic, paired=True, n_resamples=RESAMPLES, method="percentile", rng=0)
    low, high = resampled.confidence_interval
    return [float(statistic(*samples)), float(low), float(high)]


def ratio(numerators: np.ndarray, denominators: np.ndarray, axis: int = -1):
    """Return the ratio of two means."""
    return numerators.mean(axis=axis) / denominators.mean(axis=axis)


def cell(numbers: list[float], digits: int) -> str:
    """Return "value (low to high)"."""
    value, low, high = (f"{each:.{digits}f}" for each in numbers)
    return f"{value} ({low} to {high})"
