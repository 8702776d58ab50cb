"""Which GAN losses saturate: non-saturating, minimax and least squares, one or three discriminator steps.

usage: python -m experiments.loss_modes --data_dir DIR [--steps 1500]

DCGAN at 32 px, 16 channels at half the image side, batch 64, Adam 2e-4 with beta_1 0.5, on MNIST and CelebA.
"""

import sys

from experiments import _trials
from keras_facegan.cli import guarded
from keras_facegan.metrics.stability import moving_average, settling_step

MODES = ("non_saturating", "saturating", "least_squares")
# The discriminator's loss where real and generated pictures cannot be told apart.
EQUILIBRIUM = {"non_saturating": 1.3863, "saturating": 1.3863, "least_squares": 0.25}
DATASETS = {"mnist": ("mnist_32", 1), "celeba": ("celeba_64_narrow", 3)}
WON = 0.1
HOLD = 50


def main(argv):
    """Train the twelve runs, save two figures, print the table."""
    given = _trials.parse(__doc__, argv, steps=1500)
    losses, scores, rows = {}, {}, []
    for dataset, (preset, channels) in DATASETS.items():
        for n_critic in (1, 3):
            for mode in MODES:
                changes = {
                    "model.image_shape": [32, 32, channels],
                    "model.filters": 16,
                    "model.ema_decay": 0.0,
                    "model.loss": mode,
                    "model.n_critic": n_critic,
                    "data.augment": [],
                    "train.batch_size": 64,
                    "train.log_every": 1,
                    "train.checkpoint_every": 500,
                }
                name = f"loss_modes/{dataset}-{mode}-{n_critic}"
                history = _trials.train(name, "dcgan", preset, changes, given)
                title = f"{dataset}, {mode}, G:D 1:{n_critic}"
                steps = history["step"]
                losses[title] = {"discriminator": (steps, history["d_loss"]), "generator": (steps, history["g_loss"])}
                scores[title] = {"D(x)": (steps, history["real_score"]), "D(G(z))": (steps, history["fake_score"])}
                rows.append(summary(dataset, mode, n_critic, history))
    _trials.figure(f"{given.out}/loss_modes_losses.png", losses, 3, "loss")
    _trials.figure(f"{given.out}/loss_modes_scores.png", scores, 3, "sigmoid of the logit", (0, 1))
    _trials.table(rows)
    return 0


def summary(dataset, mode, n_critic, history):
    """Say when the discriminator won: its smoothed loss stays under a tenth of the loss at equilibrium."""
    smooth = moving_average(history["d_loss"], _trials.WINDOW) / EQUILIBRIUM[mode]
    won = settling_step(smooth < WON, HOLD)
    last = slice(-200, None)
    return {
        "data": dataset,
        "loss": mode,
        "G:D": f"1:{n_critic}",
        "D wins at step": None if won is None else won + 1,
        "share of steps won": float((smooth < WON).mean()),
        "D loss, last 200": float(history["d_loss"][last].mean()),
        "G loss, last 200": float(history["g_loss"][last].mean()),
        "D(x)": float(history["real_score"][last].mean()),
        "D(G(z))": float(history["fake_score"][last].mean()),
    }


if __name__ == "__main__":
    sys.exit(guarded(main))
