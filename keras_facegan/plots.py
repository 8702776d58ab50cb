"""loss.png and scores.png of a run, drawn from its history.csv: one panel per term."""

import math

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from keras_facegan.callbacks.history import read_rows
from keras_facegan.files import replacing

# Fewer points than this are marked one by one; more are smoothed.
FEW = 20
# The mean that is drawn over a value takes this share of all values on either side of it.
REACH = 1 / 20
# A term whose values lie this far apart is drawn on a logarithmic axis.
DECADES = 100


def history(path, folder):
    """Draw the losses into loss.png, and the scores with all other terms into scores.png.

    Args:
        path: Path of history.csv.
        folder: Folder that gets the pictures.
    """
    rows = read_rows(path)
    if not rows:
        return
    columns = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    steps = columns.pop("step")
    losses = [{name: columns[name]} for name in columns if name.endswith("loss")]
    # What a discriminator says of real and of generated pictures is read side by side.
    scores = {name: columns[name] for name in columns if name.endswith("score")}
    others = [{name: columns[name]} for name in columns if not name.endswith(("loss", "score"))]
    for name, panels in {"loss": losses, "scores": [scores, *others] if scores else others}.items():
        if panels:
            draw_panels(folder / f"{name}.png", steps, panels)


def draw_panels(path, steps, panels):
    """Save a figure of small plots: values pale under their mean, or marked where there are few.

    Args:
        path: Path of the PNG.
        steps: Array (n,) of steps.
        panels: List of dicts from name to array (n,), the curves of one plot each.
    """
    columns = 1 if len(panels) == 1 else 2 if len(panels) <= 4 else 3
    rows = math.ceil(len(panels) / columns)
    size = (8, 4.5) if len(panels) == 1 else (4.2 * columns, 2.6 * rows)
    figure = Figure(figsize=size, dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    places = figure.subplots(rows, columns, sharex=True, squeeze=False).ravel()
    for axes, curves in zip(places, panels, strict=False):
        _draw(axes, steps, curves)
    for number, axes in enumerate(places):
        axes.set_visible(number < len(panels))
        if number + columns >= len(panels):
            # The lowest plot of its column.
            axes.set_xlabel("step")
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.tick_params(labelbottom=True)
    with replacing(path) as unfinished:
        figure.savefig(unfinished, format="png")


def smoothed(values: np.ndarray) -> np.ndarray:
    """Return the mean around every value, over fewer values near both ends; values that are not finite are left out."""
    half = max(2, round(len(values) * REACH))
    is_finite = np.isfinite(values)
    sums, counts = (
        np.concatenate([[0.0], np.cumsum(each)]) for each in (np.where(is_finite, values, 0.0), is_finite)
    )  # fmt: skip
    index = np.arange(len(values))
    first, last = np.maximum(index - half, 0), np.minimum(index + half + 1, len(values))
    with np.errstate(invalid="ignore"):
        return (sums[last] - sums[first]) / (counts[last] - counts[first])


def spans_decades(values: np.ndarray) -> bool:
    """Say whether values are positive and lie so far apart that a linear axis would flatten the smaller ones."""
    values = values[np.isfinite(values)]
    return bool(len(values) and values.min() > 0 and values.max() > DECADES * values.min())


def _draw(axes, steps, curves):
    """Draw the curves of one plot."""
    for number, (name, values) in enumerate(curves.items()):
        colour = f"C{number}"
        if len(values) < FEW:
            axes.plot(steps, values, color=colour, marker="o", markersize=4, linewidth=1, label=name)
        else:
            axes.plot(steps, values, color=colour, alpha=0.3, linewidth=0.8)
            axes.plot(steps, smoothed(values), color=colour, linewidth=1.5, label=name)
    if all(spans_decades(values) for values in curves.values()):
        axes.set_yscale("log")
    axes.grid(alpha=0.3)
    if len(curves) == 1:
        axes.set_title(next(iter(curves)), fontsize=10)
    else:
        axes.legend(fontsize=8)
