"""Two questions about the game of a GAN: where its first loss stops teaching, and what the order of both players does.

usage: python -m experiments.two_players [--out docs/results]

The first part trains perceptrons on scikit-learn's digits, with discriminators that take one, three and ten steps per
step of the generator, and one that learns against a generator which does not. On the way it measures the gradient that
the generator would get by the saturating loss and by the other one. The second part trains on points of a ring, once
with the discriminator nearly at its best at every step of the generator, once the other way round.
"""

import pathlib
import sys

import keras
import numpy as np
from absl import flags
from keras import layers, ops
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments import _trials
from experiments.rings import SETS
from keras_facegan.cli import guarded
from keras_facegan.cli._flags import Flags
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.losses.adversarial import adversarial_loss
from keras_facegan.seam.gradients import gradients, minimize

GAME, LATENT, HIDDEN, BATCH = "non_saturating", 16, 64, 128
LOSSES = ("saturating", "non_saturating")
# On digits: steps of D and of G in a turn, by name; looks, and turns between two of them.
STRENGTHS = {"1": (1, 1), "3": (3, 1), "10": (10, 1), "D alone, G untrained": (1, 0)}
LOOKS, TURNS = 10, 60
# On the ring: steps of D and of G in a turn, turns between two looks.
RING, RING_LOOKS = SETS["ring"], 5
ORDERS = {"min max: D five steps, then G one": (5, 1, 500), "max min: D one step, then G a hundred": (1, 100, 20)}
# Turns of both, then steps of G alone; places along either axis where D is looked at.
BOTH, ALONE, PLACES = 200, 1000, 401


def main(argv):
    """Train both games, print the tables, save the figures."""
    values = Flags(__doc__)
    flags.DEFINE_string("out", "docs/results", "Folder of the figures.", flag_values=values)
    flags.DEFINE_float("share", 1.0, "Share of the steps to take.", 1e-3, 1.0, flag_values=values)
    values.parse(argv)
    out = pathlib.Path(values.out)
    out.mkdir(parents=True, exist_ok=True)

    looks = vanishing(values.share)
    _trials.table(
        [
            {"steps of D per step of G": name, "look": look, **in_words(rows[look - 1])}
            for name, rows in looks.items()
            for look in (1, LOOKS)
        ]
    )
    gradient_figure(out / "vanishing_gradient.png", looks)

    print()
    ring = {name: exchanged(*turn, values.share) for name, turn in ORDERS.items()}
    _trials.table([row for name, rows in ring.items() for row in spreads(name, rows)])
    ring_figure(out / "exchanged_players.png", ring)
    print()
    _trials.table(inner_problem(values.share))
    return 0


def in_words(row):
    """Return a row with its numbers in three digits, however small they are."""
    return {key: f"{value:.3g}" for key, value in row.items()}


class Players(keras.Model):
    """A generator and a discriminator, perceptrons on vectors, that move in turns of several steps.

    Args:
        width: Length of the vectors, which lie in [-1, 1].
        learning_rate: Adam's, of both.
    """

    def __init__(self, width, learning_rate):
        super().__init__()
        self.generator = perceptron(LATENT, width, "tanh")
        self.discriminator = perceptron(width, 1, None)
        self.adversarial, self.seeds = adversarial_loss(GAME), keras.random.SeedGenerator(0)
        self.adams = [keras.optimizers.Adam(learning_rate, beta_1=0.5) for _ in range(2)]
        for adam, network in zip(self.adams, (self.discriminator, self.generator), strict=True):
            adam.build(network.trainable_variables)
        self.step = self.add_weight(name="step", dtype="int32", trainable=False)
        # Steps of the discriminator and of the generator in a turn: variables, so that one graph serves all orders.
        self.turn = self.add_weight(name="turn", shape=(2,), dtype="int32", trainable=False)
        self.compile(optimizer=None, steps_per_execution=10)

    def train(self, real, d_steps, g_steps):
        """Let the players move in turns, one step per batch of real vectors (n, width)."""
        self.turn.assign([d_steps, g_steps])
        self.step.assign(0)
        self.fit(real, batch_size=BATCH, shuffle=False, verbose=0)

    def train_step(self, data):
        fake = self.draw(keras.random.normal((BATCH, LATENT), seed=self.seeds))
        d_moves = self.step % ops.sum(self.turn) < self.turn[0]

        def d_loss():
            return self.adversarial.discriminator(self.discriminator(data), self.discriminator(fake)), {}

        def g_loss():
            latents = keras.random.normal((BATCH, LATENT), seed=self.seeds)
            return self.adversarial.generator(None, self.discriminator(self.draw(latents))), {}

        d_adam, g_adam = self.adams
        loss, _, _ = minimize(d_loss, [(self.discriminator.trainable_variables, d_adam)], when=d_moves)
        minimize(g_loss, [(self.generator.trainable_variables, g_adam)], when=ops.logical_not(d_moves))
        self.step.assign_add(1)
        return {"loss": loss}

    def draw(self, latents):
        """Return vectors (B, width) of codes (B, LATENT)."""
        return self.generator(latents)

    def samples(self, n):
        """Return n drawn vectors, always of the same codes."""
        return np.asarray(self.draw(np.random.default_rng(0).standard_normal((n, LATENT)).astype("float32")))


def perceptron(inputs, outputs, activation):
    """Return a network of two hidden layers."""
    x = keras.Input((inputs,))
    y = x
    for _ in range(2):
        y = layers.LeakyReLU(negative_slope=0.2)(layers.Dense(HIDDEN)(y))
    return keras.Model(x, layers.Dense(outputs, activation)(y))


def drawn(draw, steps, seed):
    """Return the real vectors of so many steps: `draw(n, rng)` gives n of them."""
    return draw(steps * BATCH, np.random.default_rng(seed))


# Vanishing gradients.


def vanishing(share):
    """Return {name of the discriminator: its looks}, of discriminators of several strengths on digits."""
    images = open_dataset("digits", "all", image_shape=(8, 8, 1)).images
    digits = to_float(np.asarray(images)).reshape(len(images), -1)

    def draw(n, rng):
        return digits[rng.integers(len(digits), size=n)]

    looks = {}
    for name, turn in STRENGTHS.items():
        keras.utils.set_random_seed(0)
        looks[name] = watched(Players(digits.shape[1], 1e-3), draw, *turn, max(1, round(share * TURNS)))
    return looks


def watched(players, draw, d_steps, g_steps, turns):
    """Return what is seen of the generator's gradients after every so many turns."""
    rows = []
    for number in range(LOOKS):
        players.train(drawn(draw, turns * (d_steps + g_steps), number), d_steps, g_steps)
        rows.append(gradient_norms(players))
    return rows


def gradient_norms(players):
    """Return the mean of D(G(z)) and the norms of the gradient that the generator gets by either loss."""
    latents = np.random.default_rng(1).standard_normal((1024, LATENT)).astype("float32")
    chance = ops.sigmoid(players.discriminator(players.draw(latents)))
    row = {"D(G(z))": float(ops.mean(chance))}
    for name in LOSSES:
        loss = adversarial_loss(name).generator

        def loss_fn(loss=loss):
            return loss(None, players.discriminator(players.draw(latents))), {}

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
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
    picture.savefig(path)


# The order of the players.


def ring_points(n, rng):
    """Return float32 (n, 2) points of the ring, in [-1, 1]."""
    return RING.draw(n, rng)[:, 0, 0]


def exchanged(d_steps, g_steps, turns, share):
    """Return the samples (n, 2), in [-1, 1], of a generator at every look, trained by one order of the players."""
    keras.utils.set_random_seed(0)
    players, looks = Players(2, 2e-3), []
    for number in range(RING_LOOKS):
        steps = max(1, round(share * turns)) * (d_steps + g_steps)
        players.train(drawn(ring_points, steps, number), d_steps, g_steps)
        looks.append(players.samples(1000))
    return looks


def spreads(name, looks):
    """Return a row per look: how far samples lie from their own centre, and what they cover."""
    for number, samples in enumerate(looks, 1):
        modes, good = RING.coverage(RING.scale * samples)
        yield {"order": name, "look": number, "spread": spread(samples), "modes of 8": modes, "on a mode": good}


def spread(samples):
    """Return the root of the mean squared distance of samples, in [-1, 1], from their centre, on the ring's scale."""
    return float(RING.scale * np.sqrt(np.square(samples - samples.mean(axis=0)).sum(axis=1).mean()))


def inner_problem(share):
    """Return what a generator does against a discriminator that stays as it is: the inner problem of max min."""
    keras.utils.set_random_seed(0)
    players, rows = Players(2, 2e-3), []
    side = np.linspace(-1, 1, PLACES, dtype="float32")
    places = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    for state, turns, turn in (("after both", BOTH, (5, 1)), ("and after G alone", ALONE, (0, 1))):
        players.train(drawn(ring_points, max(1, round(share * turns)) * sum(turn), 0), *turn)
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


def ring_figure(path, ring):
    """Save the samples at every look, one order of the players per row."""
    picture = Figure(figsize=(2.0 * RING_LOOKS, 4.6), dpi=90, layout="constrained")
    FigureCanvasAgg(picture)
    grid = picture.subplots(len(ring), RING_LOOKS)
    real = RING.scale * ring_points(500, np.random.default_rng(0))
    for line, (name, looks) in zip(grid, ring.items(), strict=True):
        for axes, samples in zip(line, looks, strict=True):
            axes.scatter(*real.T, s=3, color="lightgrey")
            axes.scatter(*(RING.scale * samples[:500]).T, s=3, color="tab:blue")
            axes.set(xlim=(-RING.scale, RING.scale), ylim=(-RING.scale, RING.scale), xticks=[], yticks=[])
            axes.set_aspect("equal")
        line[0].set_title(name, fontsize=9, loc="left")
    picture.savefig(path)


if __name__ == "__main__":
    sys.exit(guarded(main))
