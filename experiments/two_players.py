"""Two questions about the game of a GAN: where its first loss stops teaching, and what the order of both players does.

usage: python -m experiments.two_players [--out docs/results]

The first part trains perceptrons on scikit-learn's digits, with discriminators that take one, three and ten steps per
step of the generator, and one that learns against a generator which does not. On the way it measures the gradient that
the generator would get by the saturating loss and by the other one. The second part trains on points near a circle,
once with the discriminator nearly at its best at every step of the generator, once the other way round.
"""

import pathlib
import sys

import keras
import numpy as np
from absl import flags
from keras import layers, ops
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from experiments import _trials
from keras_facegan.cli import guarded
from keras_facegan.cli._flags import Flags
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.losses.adversarial import adversarial_loss
from keras_facegan.seam.gradients import gradients, minimize

GAME, LATENT, HIDDEN, BATCH, RATE = "non_saturating", 16, 64, 128, 1e-3
LOSSES = ("saturating", "non_saturating")
# On digits: steps of D and of G in a turn, by name; looks, and turns between two of them.
STRENGTHS = {"1": (1, 1), "3": (3, 1), "10": (10, 1), "D alone, G untrained": (1, 0)}
LOOKS, TURNS = 10, 60
# Points near a circle: its radius, their deviation from it, and the equal parts that samples are counted in.
RADIUS, DEVIATION, PARTS = 0.7, 0.07, 8
# Share of the samples that a part must hold to be covered.
LEAST = 0.02
# Steps of D and of G in a turn, turns between two looks, by order; looks.
ORDERS = {"min max: D five steps, then G one": (5, 1, 250), "max min: D one step, then G a hundred": (1, 100, 20)}
ORDER_LOOKS = 5
# Turns of both, then steps of G alone; places along either axis where D is looked at.
BOTH, ALONE, PLACES = 200, 1000, 401


def main(argv):
    """Train both games, print the tables, save the figures."""
    values = Flags(__doc__)
    flags.DEFINE_string("out", "docs/results", "Folder of the figures.", flag_values=values)
    values.parse(argv)
    out = pathlib.Path(values.out)
    out.mkdir(parents=True, exist_ok=True)

    looks = vanishing()
    _trials.table(
        [
            {"steps of D per step of G": name, "look": look, **in_words(rows[look - 1])}
            for name, rows in looks.items()
            for look in (1, LOOKS)
        ]
    )
    gradient_figure(out / "vanishing_gradient.png", looks)

    print()
    orders = {name: exchanged(*turn) for name, turn in ORDERS.items()}
    _trials.table([row for name, rows in orders.items() for row in spreads(name, rows)])
    order_figure(out / "exchanged_players.png", orders)
    print()
    _trials.table(inner_problem())
    return 0


def in_words(row):
    """Return a row with its numbers in three digits, however small they are."""
    return {key: f"{value:.3g}" for key, value in row.items()}


class Players(keras.Model):
    """A generator and a discriminator, perceptrons on vectors, that move in turns of several steps.

    Args:
        width: Length of the vectors, which lie in [-1, 1].
    """

    def __init__(self, width):
        super().__init__()
        self.generator = perceptron(LATENT, width, "tanh")
        self.discriminator = perceptron(width, 1, None)
        self.adversarial, self.seeds = adversarial_loss(GAME), keras.random.SeedGenerator(0)
        self.adams = [keras.optimizers.Adam(RATE, beta_1=0.5) for _ in range(2)]
        for adam, network in zip(self.adams, (self.discriminator, self.generator), strict=True):
            adam.build(network.trainable_variables)
        self.step = self.add_weight(name="step", dtype="int32", trainable=False)
        # Steps of the discriminator and of the generator in a turn: variables, so that one graph serves all orders.
        self.turn = self.add_weight(name="turn", shape=(2,), dtype="int32", trainable=False)
        self.compile(optimizer=None, steps_per_execution=10)

    def train(self, draw, turns, d_steps, g_steps, seed):
        """Let the players move, in every turn the discriminator first.

        Args:
            draw: Callable (n, rng) -> n real vectors, float32 (n, width).
            turns: Number of turns.
            d_steps: Steps of the discriminator in a turn.
            g_steps: Steps of the generator in a turn.
            seed: Fixes the real vectors.
        """
        self.turn.assign([d_steps, g_steps])
        self.step.assign(0)
        real = draw(turns * (d_steps + g_steps) * BATCH, np.random.default_rng(seed))
        self.fit(real, batch_size=BATCH, shuffle=False, verbose=0)

    def train_step(self, data):
        fake = self.generator(keras.random.normal((BATCH, LATENT), seed=self.seeds))
        d_moves = self.step % ops.sum(self.turn) < self.turn[0]

        def d_loss():
            return self.adversarial.discriminator(self.discriminator(data), self.discriminator(fake)), {}

        def g_loss():
            latents = keras.random.normal((BATCH, LATENT), seed=self.seeds)
            return self.adversarial.generator(None, self.discriminator(self.generator(latents))), {}

        d_adam, g_adam = self.adams
        loss, _, _ = minimize(d_loss, [(self.discriminator.trainable_variables, d_adam)], when=d_moves)
        minimize(g_loss, [(self.generator.trainable_variables, g_adam)], when=ops.logical_not(d_moves))
        self.step.assign_add(1)
        return {"loss": loss}

    def samples(self, n):
        """Return n drawn vectors, always of the same codes."""
        return np.asarray(self.generator(np.random.default_rng(0).standard_normal((n, LATENT)).astype("float32")))


def perceptron(inputs, outputs, activation):
    """Return a network of two hidden layers."""
    x = keras.Input((inputs,))
    y = x
    for _ in range(2):
        y = layers.LeakyReLU(negative_slope=0.2)(layers.Dense(HIDDEN)(y))
    return keras.Model(x, layers.Dense(outputs, activation)(y))


# Vanishing gradients.


def vanishing():
    """Return {name of the discriminator: its looks}, of discriminators of several strengths on digits."""
    images = open_dataset("digits", "all", image_shape=(8, 8, 1)).images
    digits = to_float(np.asarray(images)).reshape(len(images), -1)

    def draw(n, rng):
        return digits[rng.integers(len(digits), size=n)]

    looks = {}
    for name, turn in STRENGTHS.items():
        keras.utils.set_random_seed(0)
        players, looks[name] = Players(digits.shape[1]), []
        for look in range(LOOKS):
            players.train(draw, TURNS, *turn, seed=look)
            looks[name].append(gradient_norms(players))
    return looks


def gradient_norms(players):
    """Return the mean of D(G(z)) and the norms of the gradient that the generator gets by either loss."""
    latents = np.random.default_rng(1).standard_normal((1024, LATENT)).astype("float32")
    chance = ops.sigmoid(players.discriminator(players.generator(latents)))
    row = {"D(G(z))": float(ops.mean(chance))}
    for name in LOSSES:
        loss = adversarial_loss(name).generator

        def loss_fn(loss=loss):
            return loss(None, players.discriminator(players.generator(latents))), {}

        _, _, grads = gradients(loss_fn, players.generator.trainable_variables)
        row[name] = float(np.sqrt(sum(np.square(np.asarray(each)).sum() for each in grads)))
    odds = float(ops.mean(chance) / (1 - ops.mean(chance)))
    return {**row, "ratio": row["saturating"] / row["non_saturating"], "D / (1 - D)": odds}


def gradient_figure(path, looks):
    """Save the gradients' norms, and their ratio, against D(G(z))."""
    picture = Figure(figsize=(10.0, 3.8), dpi=90, layout="constrained")
    FigureCanvasAgg(picture)
    norms, ratios = picture.subplots(1, 2)
    rows = [row for each in looks.values() for row in each]
    chances = np.array([row["D(G(z))"] for row in rows])
    for name in LOSSES:
        norms.loglog(chances, [row[name] for row in rows], "o", markersize=4, label=name.replace("_", " "))
    norms.set_ylabel("norm of the generator's gradient")
    for name, each in looks.items():
        ratios.loglog([row["D(G(z))"] for row in each], [row["ratio"] for row in each], "o", markersize=4, label=name)
    line = np.geomspace(chances.min(), min(chances.max(), 0.9), 100)
    ratios.loglog(line, line / (1 - line), "k--", linewidth=1, label="D / (1 - D)")
    ratios.set_ylabel("ratio of the two norms")
    ratios.set_title("by steps of D per step of G", fontsize=9)
    for axes in (norms, ratios):
        axes.set_xlabel("mean of D(G(z))")
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
    picture.savefig(path)


# The order of the players.


def circle(n, rng):
    """Return float32 (n, 2) points near a circle."""
    angle, radius = rng.uniform(0, 2 * np.pi, n), rng.normal(RADIUS, DEVIATION, n)
    return (radius * np.stack([np.cos(angle), np.sin(angle)])).T.astype("float32")


def exchanged(d_steps, g_steps, turns):
    """Return the samples (n, 2) of a generator at every look, trained by one order of the players."""
    keras.utils.set_random_seed(0)
    players, looks = Players(2), []
    for look in range(ORDER_LOOKS):
        players.train(circle, turns, d_steps, g_steps, seed=look)
        looks.append(players.samples(1000))
    return looks


def spreads(name, looks):
    """Return a row per look: how far samples lie apart, and what they cover."""
    for look, points in enumerate(looks, 1):
        angle = np.arctan2(points[:, 1], points[:, 0])
        shares = np.histogram(angle, PARTS, (-np.pi, np.pi))[0] / len(points)
        near = np.abs(np.linalg.norm(points, axis=1) - RADIUS) < 3 * DEVIATION
        yield {
            "order": name,
            "look": look,
            "spread": spread(points),
            f"parts of {PARTS}": int((shares >= LEAST).sum()),
            "near the circle": float(near.mean()),
        }


def spread(points):
    """Return the root of the mean squared distance of points from their centre."""
    return float(np.sqrt(np.square(points - points.mean(axis=0)).sum(axis=1).mean()))


def inner_problem():
    """Return what a generator does against a discriminator that stays as it is: the inner problem of max min."""
    keras.utils.set_random_seed(0)
    players, rows = Players(2), []
    side = np.linspace(-1, 1, PLACES, dtype="float32")
    places = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    for state, turns, turn in (("after both", BOTH, (5, 1)), ("and after G alone", ALONE, (0, 1))):
        players.train(circle, turns, *turn, seed=0)
        samples = players.samples(1000)
        # Both states have the same D.
        largest = players.discriminator.predict(places, batch_size=2**14, verbose=0).max()
        rows.append(
            {
                "trained": state,
                "spread": spread(samples),
                "mean of D(G(z))": float(ops.mean(ops.sigmoid(players.discriminator(samples)))),
                "largest D(x)": float(ops.sigmoid(largest)),
            }
        )
    return rows


def order_figure(path, orders):
    """Save the samples at every look, one order of the players per row."""
    picture = Figure(figsize=(2.0 * ORDER_LOOKS, 4.6), dpi=90, layout="constrained")
    FigureCanvasAgg(picture)
    grid = picture.subplots(len(orders), ORDER_LOOKS)
    real = circle(500, np.random.default_rng(0))
    for line, (name, looks) in zip(grid, orders.items(), strict=True):
        for axes, samples in zip(line, looks, strict=True):
            axes.scatter(*real.T, s=3, color="lightgrey")
            axes.scatter(*samples[:500].T, s=3, color="tab:blue")
            axes.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.05), xticks=[], yticks=[])
            axes.set_aspect("equal")
        line[0].set_title(name, fontsize=9, loc="left")
    picture.savefig(path)


if __name__ == "__main__":
    sys.exit(guarded(main))
