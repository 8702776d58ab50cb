"""The cat-face report's three trainings: its best networks and its two trials.

usage: python -m experiments.cat_trials --data_dir DIR [--steps 3284]

Networks, rates and betas of the report, batch 64, 25 epochs where it has 60 and 100 (`--steps 0` takes its own);
figures like its 10 (losses) and 11 (scores).
"""

import sys

from experiments import _trials
from keras_facegan.cli import guarded

PRESETS = ("cats_final", "cats_trial1", "cats_trial2")


def main(argv):
    """Train the three runs, save two figures, print the table."""
    given = _trials.parse(__doc__, argv, steps=3284)
    losses, scores, rows = {}, {}, []
    for preset in PRESETS:
        changes = {"train.log_every": 10, "train.checkpoint_every": 500}
        history = _trials.train(f"cat_trials/{preset}", "dcgan", preset, changes, given)
        steps, last = history["step"], slice(-100, None)
        losses[preset] = {"discriminator": (steps, history["d_loss"]), "generator": (steps, history["g_loss"])}
        scores[preset] = {"real, D(x)": (steps, history["real_score"]), "fake, D(G(z))": (steps, history["fake_score"])}
        rows.append(
            {
                "preset": preset,
                "steps": int(steps[-1]),
                "D loss, last 1,000 steps": float(history["d_loss"][last].mean()),
                "G loss": float(history["g_loss"][last].mean()),
                "D(x)": float(history["real_score"][last].mean()),
                "D(G(z))": float(history["fake_score"][last].mean()),
            }
        )
    _trials.figure(f"{given.out}/cat_trials_losses.png", losses, 3, "loss")
    _trials.figure(f"{given.out}/cat_trials_scores.png", scores, 3, "score", (0, 1))
    _trials.table(rows)
    return 0


if __name__ == "__main__":
    sys.exit(guarded(main))
