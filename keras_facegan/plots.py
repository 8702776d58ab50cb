"""loss.png and scores.png of a run, drawn from its history.csv."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from keras_facegan.callbacks.history import read_rows


def history(path, folder):
    """Draw the losses, and D(x) and D(G(z)) where the history has them.

    Args:
        path: Path of history.csv.
        folder: Folder that gets loss.png and scores.png.
    """
    rows = read_rows(path)
    if not rows:
        return
    columns = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    steps = columns.pop("step")
    losses = {name: values for name, values in columns.items() if name.endswith("loss")}
    scores = {name: values for name, values in columns.items() if name.endswith("score")}
    for name, curves in {"loss": losses, "scores": scores}.items():
        if curves:
            curve_plot(folder / f"{name}.png", steps, curves, name)


def curve_plot(path, steps, curves, label):
    """Save a line plot, raw values pale under their running mean over 20 points.

    Args:
        path: Path of the PNG.
        steps: Array (n,) of steps.
        curves: Dict from name to array (n,).
        label: Name of the vertical axis.
    """
    figure = Figure(figsize=(8, 4.5), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for i, (name, values) in enumerate(curves.items()):
        axes.plot(steps, values, color=f"C{i}", alpha=0.25, linewidth=0.8)
        width = min(20, len(values))
        mean = np.convolve(values, np.ones(width) / width, mode="valid")
        axes.plot(steps[width - 1 :], mean, color=f"C{i}", label=name)
    axes.set_xlabel("step")
    axes.set_ylabel(label)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path)
