"""The figure of loss curves."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from keras_facegan.files import replacing

# More names would hide the curves.
_MOST_NAMES = 10


def loss_curves(path, names, curves):
    """Save a figure of losses over the steps, both on logarithmic axes.

    Args:
        path: Path of the PNG.
        names: One name per curve.
        curves: Arrays (steps + 1,), of any lengths.
    """
    figure = Figure(figsize=(8, 4.5), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for name, curve in zip(names, curves, strict=True):
        # A logarithmic axis has no place for step 0.
        axes.loglog(np.arange(1, len(curve)), curve[1:], linewidth=1, label=name)
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.grid(alpha=0.3, which="both")
    if len(names) <= _MOST_NAMES:
        axes.legend(fontsize=8)
    with replacing(path) as unfinished:
        figure.savefig(unfinished, format="png")
