"""Modes that a generator covers: plain, unrolled, with minibatch discrimination, and with feature matching.

usage: python -m experiments.rings [--out docs/results] [--runs runs/experiments/rings] [--methods plain,unrolled_5]

Points of the plane come from 8 normal distributions on a ring, and from 25 on a grid. All methods have the same
networks, optimizer and number of steps. Every row is written as soon as it is trained, and an interrupted experiment
goes on with the next one; `--methods` divides the rows over processes. The last process draws and prints.
"""

import json
import pathlib
import sys
from typing import NamedTuple

import numpy as np
from absl import flags
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments import _trials
from keras_facegan import checkpoint, create_model
from keras_facegan.cli import guarded
from keras_facegan.cli._flags import Flags
from keras_facegan.errors import UserError
from keras_facegan.files import replacing
from keras_facegan.layers.minibatch_discrimination import MinibatchDiscrimination


class Mixture(NamedTuple):
    """Equally likely normal distributions of one deviation in the plane.

    Attributes:
        centres: float (modes, 2).
        deviation: Standard deviation of either coordinate.
        least_share: Share of all samples that a mode needs to count as covered.
        scale: What points are divided by, so that all lie in [-1, 1].
    """

    centres: np.ndarray
    deviation: float
    least_share: float
    scale: float

    def draw(self, n, rng):
        """Return float32 (n, 1, 1, 2) points in [-1, 1]."""
        points = self.centres[rng.integers(len(self.centres), size=n)] + self.deviation * rng.standard_normal((n, 2))
        return (points / self.scale).astype("float32")[:, None, None]

    def coverage(self, samples):
        """Return the number of covered modes, and the share of samples within three deviations of one.

        Args:
            samples: float (n, 2), not scaled.
        """
        distances = np.linalg.norm(samples[:, None] - self.centres, axis=-1)
        shares = (distances <= 3 * self.deviation).mean(axis=0)
        return int((shares >= self.least_share).sum()), float(shares.sum())


ANGLES = 2 * np.pi * np.arange(8) / 8
GRID = 2.0 * np.arange(-2, 3)
SETS = {
    # Radius and deviation of the paper.
    "ring": Mixture(2.0 * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=-1), 0.02, 0.01, 2.1),
    "grid": Mixture(np.stack(np.meshgrid(GRID, GRID), axis=-1).reshape(-1, 2), 0.05, 0.005, 4.4),
}
METHODS = {
    "plain": {"unrolled_steps": 0},
    "unrolled_5": {"unrolled_steps": 5},
    "minibatch": {"unrolled_steps": 0, "minibatch_kernels": 16, "minibatch_dims": 3},
    "features": {"unrolled_steps": 0, "feature_matching": 1.0},
}
SEEDS = range(5)
# The demonstration's rates are 1e-3 and 1e-4, at 512 points a step and 25,000 steps. At 1e-3 for both players the plain
# GAN covers the ring as well.
OPTIMIZER = {
    "name": "adam",
    "learning_rate": 1e-3,
    "beta_1": 0.5,
    "epsilon": 1e-8,
    "discriminator": {"learning_rate": 3e-4},
}
BATCH, SAMPLES, SHOWN = 128, 2560, 500


def main(argv):
    """Train what is missing; print the tables and draw the figure once nothing is."""
    values = Flags(__doc__)
    flags.DEFINE_string("out", "docs/results", "Folder of the figure.", flag_values=values)
    flags.DEFINE_string("runs", "runs/experiments/rings", "Folder of the rows.", flag_values=values)
    flags.DEFINE_list("methods", list(METHODS), "Methods that this process trains.", flag_values=values)
    flags.DEFINE_integer("steps", 16_000, "Steps per row.", flag_values=values)
    flags.DEFINE_integer("snapshots", 8, "How often per row the generator is looked at.", flag_values=values)
    values.parse(argv)
    for method in values.methods:
        if method not in METHODS:
            raise UserError(f"--methods `{method}` is unknown. Available: {', '.join(METHODS)}.")
        train(method, values)
    rows = {key: read(values, *key) for key in keys(METHODS)}
    missing = [" ".join(map(str, key)) for key, row in rows.items() if row is None]
    if missing:
        print(f"{len(missing)} rows are missing, such as {missing[0]}: the same command goes on.")
        return 0
    for name in SETS:
        print(f"\n{name}\n")
        _trials.table([summary(method, [rows[name, method, seed] for seed in SEEDS]) for method in METHODS])
    figure(pathlib.Path(values.out) / "rings.png", rows)
    return 0


def keys(methods):
    """Return (set, method, seed) of every row."""
    return [(name, method, seed) for name in SETS for method in methods for seed in SEEDS]


def path_of(values, name, method, seed):
    """Return the path of the file of a row; rows of other lengths are other rows."""
    return pathlib.Path(values.runs) / name / f"{method}-{values.steps}-{values.snapshots}-{seed}.json"


def read(values, *key):
    """Return a row, or None where it is not trained yet."""
    path = path_of(values, *key)
    return json.loads(path.read_text()) if path.exists() else None


def build(method, seed):
    """Return a compiled model, its weights and random numbers fixed by a seed."""
    model = create_model("unrolled_gan", "ring", seed=seed, **METHODS[method])
    model.compile(OPTIMIZER, steps_per_execution=50)
    for layer in model.discriminator.layers:
        if isinstance(layer, MinibatchDiscrimination):
            # It would start by the mean distance to the nearest point: within a mode, to which all others are far.
            layer.started.assign(1.0)
    return model


def train(method, values):
    """Train and write the rows of a method that are missing."""
    model = None
    for name, _, seed in keys([method]):
        path = path_of(values, name, method, seed)
        if path.exists():
            continue
        # One compiled step serves all rows of a method: only the values of the variables are new.
        fresh = build(method, seed)
        model = model or fresh
        for variable, value in zip(*(checkpoint.training_state(each).values() for each in (model, fresh)), strict=True):
            variable.assign(value)
        row = snapshots(model, SETS[name], seed, values)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(row))
        print(f"{name} {method} {seed}: {row['modes'][-1]} modes, {row['good'][-1]:.3f} good")


def snapshots(model, mixture, seed, values):
    """Train a model and return what it covers at every snapshot: lists of modes, shares of good samples, and points."""
    row, every = {"steps": [], "modes": [], "good": [], "points": []}, values.steps // values.snapshots
    for snapshot in range(values.snapshots):
        points = mixture.draw(every * BATCH, np.random.default_rng([seed, snapshot]))
        model.fit({"image": points}, batch_size=BATCH, shuffle=False, verbose=0)
        samples = mixture.scale * model.generate(SAMPLES, seed=seed)[:, 0, 0]
        modes, good = mixture.coverage(samples)
        shown = samples[:SHOWN].round(3).tolist()
        for column, value in zip(row.values(), ((snapshot + 1) * every, modes, good, shown), strict=True):
            column.append(value)
    return row


def summary(method, rows):
    """Return the row of the table that five seeds of a method make: what they cover at the end."""
    modes, good = ([row[column][-1] for row in rows] for column in ("modes", "good"))
    return {
        "method": method,
        "modes, one per seed": " ".join(map(str, modes)),
        "modes, mean": float(np.mean(modes)),
        "good samples, mean": float(np.mean(good)),
        "least": float(min(good)),
        "most": float(max(good)),
    }


def figure(path, rows):
    """Save what the first seed draws over the steps: per set a block with one row per method.

    Args:
        path: Path of the PNG.
        rows: Dict from (set, method, seed) to the row.
    """
    steps = rows["ring", "plain", 0]["steps"]
    size = (1.5 * (len(steps) + 1), 1.5 * len(SETS) * len(METHODS) + 0.4)
    picture = Figure(figsize=size, dpi=80, layout="constrained")
    FigureCanvasAgg(picture)
    grid = picture.subplots(len(SETS) * len(METHODS), len(steps) + 1, squeeze=False)
    cells = [(name, method) for name in SETS for method in METHODS]
    for line, (name, method) in zip(grid, cells, strict=True):
        row, mixture = rows[name, method, 0], SETS[name]
        data = mixture.scale * mixture.draw(SHOWN, np.random.default_rng(0))[:, 0, 0]
        for axes, points in zip(line, [*row["points"], data], strict=True):
            axes.scatter(*np.transpose(points), s=2, linewidths=0, color="tab:blue")
            axes.set(xlim=(-mixture.scale, mixture.scale), ylim=(-mixture.scale, mixture.scale), xticks=[], yticks=[])
            axes.set_aspect("equal")
        line[0].set_ylabel(method.replace("_", " "), fontsize=9)
    for axes, title in zip(grid[0], [*(f"step {step:,}" for step in steps), "data"], strict=True):
        axes.set_title(title, fontsize=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path)


if __name__ == "__main__":
    sys.exit(guarded(main))
