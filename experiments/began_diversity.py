"""BEGAN on faces: whether M falls, when k leaves zero, and what gamma does to variety.

usage: python -m experiments.began_diversity --data_dir DIR [--steps 10000]

The preset celeba_32 with gamma 0.3, 0.5 and 0.7, the range of the paper's figure 3. Pictures are measured by the
extractor that CelebA declares.
"""

import pathlib
import sys

import numpy as np

from experiments import _trials
from keras_facegan import evaluate
from keras_facegan.cli import guarded

RATIOS = (0.3, 0.5, 0.7)
METRICS = ("fid", "precision_recall", "diversity", "sharpness")
# Rows of history.csv that a beginning and an end are averaged over.
ROWS = 10


def main(argv):
    """Train the three runs, save two figures, print the table."""
    given = _trials.parse(__doc__, argv, steps=10_000)
    panels, rows, runs = {}, [], {}
    for ratio in RATIOS:
        name = f"began_diversity/gamma-{ratio}"
        changes = {"model.diversity_ratio": ratio, "train.log_every": 20, "train.checkpoint_every": 1000}
        history = _trials.train(name, "began", "celeba_32", changes, given)
        panels[f"gamma {ratio}"] = {title: (history["step"], history[title]) for title in ("convergence", "balance")}
        run = runs[f"gamma {ratio}"] = pathlib.Path(given.runs) / name
        rows.append({"gamma": ratio, **course(history), **quality(run, given.data_dir)})
    _trials.figure(pathlib.Path(given.out) / "began_diversity.png", panels, 3, "M, and k")
    _trials.samples(pathlib.Path(given.out) / "began_diversity_samples.png", runs, len(RATIOS))
    _trials.table(rows)
    return 0


def course(history):
    """Return how M and k went, from columns of a history."""
    left = np.flatnonzero(history["balance"] > 0)
    return {
        "M, first rows": float(history["convergence"][:ROWS].mean()),
        "M, last rows": float(history["convergence"][-ROWS:].mean()),
        "k above 0 from step": int(history["step"][left[0]]) if len(left) else None,
        "k, last rows": float(history["balance"][-ROWS:].mean()),
        "L(G(z)) / L(x)": float((history["g_loss"][-ROWS:] / history["real_error"][-ROWS:]).mean()),
    }


def quality(run, data_dir):
    """Return what generated pictures of a finished run are worth."""
    report = evaluate(run, data_dir=data_dir, metrics=METRICS, report=lambda line: None)
    return {name: report[name].value for name in ("fid", "precision", "recall", "diversity", "ms_ssim", "sharpness")}


if __name__ == "__main__":
    sys.exit(guarded(main))
