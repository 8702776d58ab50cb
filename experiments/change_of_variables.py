"""The density of what an invertible map makes of normal numbers, with its Jacobian, without, and with that of the map.

usage: python -m experiments.change_of_variables [--out docs/results]

With x = f(z) the density of x is p(z) |det dz/dx|. It is compared with a histogram of drawn values: of x = sinh(z), and
of pictures of two pixels that steps of Glow draw, once these have learnt a bent distribution.
"""

import pathlib
import sys

import keras
import numpy as np
from absl import flags
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments import _trials
from keras_facegan.cli import guarded
from keras_facegan.cli._flags import Flags
from keras_facegan.layers.learned_prior import TopPrior
from keras_facegan.models.glow import density_outputs, flow_steps, inverse_of
from keras_facegan.seam.gradients import minimize

DRAWN, BATCH = 1_000_000, 2**16
# The flow, and its training.
DEPTH, WIDTH, STEPS, STEP = 6, 16, 600, 512
# Edges of the histograms: along the line, and along either side of the plane.
LINE, SIDE = np.linspace(-6.0, 6.0, 121), np.linspace(-4.0, 4.0, 121)
# By the power of abs(det dz/dx).
FORMULAS = {"p(z) abs(det dz/dx)": 1.0, "p(z)": 0.0, "p(z) abs(det dx/dz)": -1.0}


def main(argv):
    """Draw, compare, print the table, save the figure."""
    values = Flags(__doc__)
    flags.DEFINE_string("out", "docs/results", "Folder of the figure.", flag_values=values)
    values.parse(argv)
    cases = {"x = sinh(z)": sinh(), "two pixels of a flow": flow()}
    rows = [
        {"x": name, "density": formula, **compared(case, sign)}
        for name, case in cases.items()
        for formula, sign in FORMULAS.items()
    ]
    _trials.table(rows)
    figure(pathlib.Path(values.out) / "change_of_variables.png", *cases.values())
    return 0


def sinh():
    """Return the case of x = sinh(z): see `case`."""
    drawn = np.sinh(np.random.default_rng(0).standard_normal(DRAWN))
    x = middles(LINE)
    z = np.arcsinh(x)
    # dz/dx = 1 / cosh(z).
    return case(np.histogram(drawn, LINE)[0], LINE[1] - LINE[0], log_normal(z), -np.log(np.cosh(z)))


class Flow(keras.Model):
    """Steps of Glow on pictures of two pixels, trained by their exact likelihood."""

    def __init__(self):
        x = keras.Input((1, 1, 2), name="image")
        y, log_dets = flow_steps(x, depth=DEPTH, width=WIDTH)
        codes, log_det = TopPrior()(y)
        super().__init__({"image": x}, density_outputs(codes, [*log_dets, log_det]))
        self.adam = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(5e-3, STEPS))
        self.adam.build(self.trainable_variables)
        self.compile(optimizer=None, steps_per_execution=50)

    def train_step(self, data):
        loss, _, _ = minimize(
            lambda: (-keras.ops.mean(self(data)["log_density"]), {}), [(self.trainable_variables, self.adam)]
        )
        return {"loss": loss}


def flow():
    """Return the case of a trained flow of pictures of two pixels: see `case`."""
    keras.utils.set_random_seed(0)
    network, rng = Flow(), np.random.default_rng(0)
    # An arc: the second pixel follows from the square of the first, and both are noisy.
    first = rng.standard_normal(STEPS * STEP)
    bent = np.stack([first, np.square(first) / 2 - 1 + 0.3 * rng.standard_normal(len(first))], axis=-1)
    network.fit({"image": bent.astype("float32")[:, None, None]}, batch_size=STEP, verbose=0)

    latents = rng.standard_normal((DRAWN, 2)).astype("float32")
    drawn = inverse_of(network).predict({"latents": latents}, BATCH, verbose=0)["images"].reshape(-1, 2)
    grid = np.stack(np.meshgrid(middles(SIDE), middles(SIDE), indexing="ij"), axis=-1)
    answers = network.predict({"image": grid.reshape(-1, 1, 1, 2).astype("float32")}, BATCH, verbose=0)
    log_p = log_normal(answers["latents"].astype("float64")).sum(axis=1).reshape(grid.shape[:2])
    log_det = answers["log_density"].reshape(grid.shape[:2]) - log_p
    counts = np.histogram2d(*drawn.T, bins=(SIDE, SIDE))[0]
    return case(counts, (SIDE[1] - SIDE[0]) ** 2, log_p, log_det)


def case(counts, size, log_p, log_det):
    """Return what the formulas are compared on, on the cells of a histogram.

    Args:
        counts: Drawn values by cell.
        size: Length or area of a cell.
        log_p: log p(z) at the middle of every cell.
        log_det: log |det dz/dx| there.
    """
    return {"histogram": counts / (DRAWN * size), "size": size, "log_p": log_p, "log_det": log_det}


def compared(case, sign):
    """Return the integral of a formula over all cells, and how far it is from the histogram.

    The distance is half the integral of the absolute difference, from 0 to 1 between distributions.
    """
    density = np.exp(case["log_p"] + sign * case["log_det"])
    share = case["histogram"] * case["size"]
    return {
        "drawn values in the cells": float(share.sum()),
        "integral": float(density.sum() * case["size"]),
        "distance to the histogram": float(0.5 * np.abs(density - case["histogram"]).sum() * case["size"]),
        # The mean absolute deviation of a normal number is sqrt(2 / pi) of its standard deviation.
        "expected of its noise": float(np.sqrt(share * (1 - share) / DRAWN / (2 * np.pi)).sum()),
    }


def middles(edges):
    """Return the middles of the cells between edges."""
    return (edges[1:] + edges[:-1]) / 2


def log_normal(z):
    """Return the log-density of the standard normal distribution."""
    return -0.5 * (np.square(z) + np.log(2 * np.pi))


def figure(path, line, plane):
    """Save the densities on the line, and those of the plane as maps."""
    picture = Figure(figsize=(14.0, 3.4), dpi=90, layout="constrained")
    FigureCanvasAgg(picture)
    first, *maps = picture.subplots(1, 5)
    first.fill_between(middles(LINE), line["histogram"], step="mid", alpha=0.25, label="histogram")
    for name, sign in FORMULAS.items():
        first.plot(middles(LINE), np.exp(line["log_p"] + sign * line["log_det"]), linewidth=1.2, label=name)
    first.set_ylim(0, 0.6)
    first.set_title("x = sinh(z)", fontsize=9)
    first.legend(fontsize=7)
    densities = {name: np.exp(plane["log_p"] + sign * plane["log_det"]) for name, sign in FORMULAS.items()}
    for axes, (name, density) in zip(maps, {"histogram": plane["histogram"], **densities}.items(), strict=True):
        axes.imshow(
            density.T,
            origin="lower",
            extent=[SIDE[0], SIDE[-1]] * 2,
            vmin=0,
            vmax=plane["histogram"].max(),
            cmap="magma",
        )
        axes.set_title(f"two pixels: {name}", fontsize=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path)


if __name__ == "__main__":
    sys.exit(guarded(main))
