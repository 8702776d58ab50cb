"""Whether a trained discriminator approaches p / (p + q), what the first GAN paper proves of the best one.

usage: python -m experiments.optimal_discriminator [--out docs/results] [--steps 3000]

Real values come from N(-0.5, 1), generated ones from three normal distributions: far away, nearer and equal. A
perceptron of two hidden layers of 64 is trained with the zoo's own losses, cross-entropy and least squares, on batches
of 1,024 fresh values of either kind.
"""

import pathlib
import sys

import keras
import numpy as np
from absl import flags
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy import stats

from experiments import _trials
from keras_facegan.cli import guarded
from keras_facegan.cli._flags import Flags
from keras_facegan.losses.adversarial import adversarial_loss
from keras_facegan.seam.gradients import minimize

REAL = stats.norm(-0.5, 1.0)
GENERATED = {"N(2, 0.7)": stats.norm(2.0, 0.7), "N(0.5, 0.7)": stats.norm(0.5, 0.7), "N(-0.5, 1)": REAL}
# What the output of each loss must be brought to before it is D.
OUTPUT = {"non_saturating": lambda logits: 1 / (1 + np.exp(-logits)), "least_squares": lambda raw: raw}
BATCH, HIDDEN = 1024, 64
GRID = np.linspace(-5, 5, 2001)
# Of the mixture of both: where there is less, too few values are drawn to learn from.
LEAST_DENSITY = 1e-2


def main(argv):
    """Train, print the table, save the figure."""
    values = Flags(__doc__)
    flags.DEFINE_string("out", "docs/results", "Folder of the figure.", flag_values=values)
    flags.DEFINE_integer("steps", 3000, "Steps of each discriminator.", flag_values=values)
    values.parse(argv)
    rows, curves = [], {}
    for name, generated in GENERATED.items():
        best = REAL.pdf(GRID) / (REAL.pdf(GRID) + generated.pdf(GRID))
        curves[name] = {"p / (p + q)": best}
        for loss in OUTPUT:
            d = trained(loss, generated, values.steps)
            curves[name][loss] = d
            rows.append({"generated": name, "loss": loss, **errors(d, best, generated)})
    _trials.table(rows)
    figure(pathlib.Path(values.out) / "optimal_discriminator.png", curves)
    return 0


class Discriminator(keras.Model):
    """A perceptron that learns to tell values of two normal distributions apart.

    Args:
        loss: Name of an adversarial loss.
        generated: Frozen SciPy distribution.
        steps: Steps that it will be trained for.
    """

    def __init__(self, loss, generated, steps):
        x = keras.Input((1,))
        y = keras.layers.Dense(HIDDEN, "silu")(keras.layers.Dense(HIDDEN, "silu")(x))
        super().__init__(x, keras.layers.Dense(1)(y))
        self.adversarial, self.seeds = adversarial_loss(loss), keras.random.SeedGenerator(0)
        self.moments = [(each.mean(), each.std()) for each in (REAL, generated)]
        self.adam = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-2, steps))
        self.adam.build(self.trainable_variables)
        self.compile(optimizer=None, steps_per_execution=50)

    def train_step(self, data):
        real, fake = (keras.random.normal((BATCH, 1), *each, seed=self.seeds) for each in self.moments)
        loss, _, _ = minimize(
            lambda: (self.adversarial.discriminator(self(real), self(fake)), {}),
            [(self.trainable_variables, self.adam)],
        )
        return {"loss": loss}


def trained(loss, generated, steps):
    """Return D on the grid, float64, of a discriminator trained for so many steps."""
    keras.utils.set_random_seed(0)
    network = Discriminator(loss, generated, steps)
    # An element stands for a step: the values are drawn in it.
    network.fit(np.zeros(steps), batch_size=1, verbose=0, shuffle=False)
    return OUTPUT[loss](np.asarray(network(GRID[:, None].astype("float32")), "float64")[:, 0])


def errors(d, best, generated):
    """Return how far D is from the best one, and the value of the game it reaches beside the largest there is."""
    p, q, width = REAL.pdf(GRID), generated.pdf(GRID), GRID[1] - GRID[0]
    seen = (p + q) / 2 > LEAST_DENSITY
    mixture = (p + q) / 2

    def value(d):
        inside = np.clip(d, 1e-12, 1 - 1e-12)
        return float((p * np.log(inside) + q * np.log(1 - inside)).sum() * width)

    return {
        "largest error": float(np.abs(d - best)[seen].max()),
        "mean error": float((np.abs(d - best) * mixture).sum() * width),
        "value reached": value(d),
        "largest value": value(best),
        "2 JSD - log 4": 2 * jensen_shannon(p, q, width) - np.log(4),
    }


def jensen_shannon(p, q, width):
    """Return the Jensen-Shannon divergence of two densities on the grid, in nats."""
    middle = (p + q) / 2
    halves = [(each * np.log(np.maximum(each, 1e-300) / middle)).sum() * width for each in (p, q)]
    return float(sum(halves) / 2)


def figure(path, curves):
    """Save the densities and the discriminators, a panel a generated distribution."""
    picture = Figure(figsize=(4.2 * len(curves), 3.2), dpi=90, layout="constrained")
    FigureCanvasAgg(picture)
    for axes, (name, lines) in zip(picture.subplots(1, len(curves), sharey=True), curves.items(), strict=True):
        axes.fill_between(GRID, REAL.pdf(GRID), alpha=0.15, label="real, N(-0.5, 1)")
        axes.fill_between(GRID, GENERATED[name].pdf(GRID), alpha=0.15, label=f"generated, {name}")
        for label, d in lines.items():
            axes.plot(GRID, d, "k--" if label.startswith("p") else "-", linewidth=1.2, label=f"D: {label}")
        axes.set_title(f"generated {name}", fontsize=9)
        axes.set_ylim(-0.1, 1.1)
        axes.grid(alpha=0.3)
        axes.legend(fontsize=6)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path)


if __name__ == "__main__":
    sys.exit(guarded(main))
