"""Several runs side by side: each resumable, their histories read back, one figure and one table of them."""

import pathlib

import keras
import numpy as np
from absl import flags
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread

import keras_facegan
from keras_facegan.cli._flags import Flags
from keras_facegan.errors import UserError
from keras_facegan.metrics.stability import moving_average

WINDOW = 20


def parse(usage, argv, steps, define=lambda values: None):
    """Return the flags `--data_dir`, `--runs`, `--out` and `--steps` of an experiment, and those that `define` adds."""
    values = Flags(usage)
    define(values)
    flags.DEFINE_string("data_dir", None, "Folder of the data sets.", flag_values=values)
    flags.DEFINE_string("runs", "runs/experiments", "Folder of the run directories.", flag_values=values)
    flags.DEFINE_string("out", "docs/results", "Folder of the figures.", flag_values=values)
    flags.DEFINE_integer("steps", steps, "Steps a run; 0 keeps the presets'.", flag_values=values)
    values.parse(argv)
    return values


def train(name, model, preset, changes, given):
    """Train one run to its end, or go on with it, and return its history as {column: array}.

    Args:
        name: Name of its directory under `given.runs`.
        model: Registered name.
        preset: Name of a preset.
        changes: Dict of dotted keys to values.
        given: Flags of `parse`.
    """
    steps = {"train.steps": given.steps} if given.steps else {}
    directory = pathlib.Path(given.runs) / name
    run = keras_facegan.train(model, preset, data_dir=given.data_dir, run_dir=directory, changes={**changes, **steps})
    if run.stopped_by is not None:
        raise UserError(f"{directory} was stopped before its end; the same command goes on with it.")
    # The graphs of a finished run would stay in memory beside those of the next.
    keras.utils.clear_session()
    return {column: np.array(values) for column, values in run.history.items()}


def figure(path, panels, columns, ylabel, limit=None):
    """Save a figure of panels of smoothed curves.

    Args:
        path: Path of the PNG.
        panels: Dict from a panel's title to {curve's name: (steps, values)}.
        columns: Panels a row.
        ylabel: Name of the vertical axes.
        limit: Optional (low, high) of the vertical axes.
    """
    rows = -(-len(panels) // columns)
    picture = Figure(figsize=(4.2 * columns, 2.8 * rows), dpi=90, layout="constrained")
    FigureCanvasAgg(picture)
    grid = picture.subplots(rows, columns, squeeze=False)
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    for axes, (title, curves) in zip(grid.flat, panels.items(), strict=False):
        for name, (steps, values) in curves.items():
            window = min(WINDOW, len(values))
            axes.plot(steps[window - 1 :], moving_average(values, window), label=name, linewidth=1)
        axes.set_title(title, fontsize=9)
        axes.set_xlabel("step", fontsize=8)
        axes.set_ylabel(ylabel, fontsize=8)
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
        if limit:
            axes.set_ylim(*limit)
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path)


def samples(path, runs, columns):
    """Save a figure of what finished runs drew last.

    Args:
        path: Path of the PNG.
        runs: Dict from a panel's title to the directory of a run.
        columns: Panels a row.
    """
    rows = -(-len(runs) // columns)
    picture = Figure(figsize=(3.2 * columns, 3.4 * rows), dpi=100, layout="constrained")
    FigureCanvasAgg(picture)
    grid = picture.subplots(rows, columns, squeeze=False)
    for axes, (title, run) in zip(grid.flat, runs.items(), strict=False):
        axes.imshow(imread(max(run.glob("samples/*.png"))), cmap="gray")
        axes.set_title(title, fontsize=9)
    for axes in grid.flat:
        axes.set_axis_off()
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path)


def table(rows):
    """Print rows (dicts of equal keys) as a Markdown table."""
    print(as_table(rows))


def as_table(rows):
    """Return rows (dicts of equal keys) as a Markdown table."""
    lines = [f"| {' | '.join(rows[0])} |", f"|{'---|' * len(rows[0])}"]
    return "\n".join([*lines, *(f"| {' | '.join(map(_cell, row.values()))} |" for row in rows)])


def _cell(value):
    if value is None:
        return "never"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
