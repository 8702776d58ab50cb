"""What pictures without labels are worth: SGAN in both forms against the same network trained on the labels alone.

usage: python -m experiments.sgan_labels --data_dir DIR [--steps 1800]

MNIST with 1,000, 100, 50 and 25 labels, chosen by five seeds; the networks of sgan/mnist_28_odena, batch 64 (32
pictures with labels, 32 of all), Adam 5e-4 with beta_1 0.5, moving average 0.99; accuracy on the 10,000 test pictures.
Then how good digits are after two epochs with all labels, beside those of the same networks as a plain GAN. Numbers are
kept in RUNS/sgan_labels/results.json: the same command goes on where it was interrupted.
"""

import json
import pathlib
import shutil
import sys

import numpy as np

from experiments import _trials
from keras_facegan import evaluate
from keras_facegan.cli import guarded
from keras_facegan.files import write_text

LABELS = (1000, 100, 50, 25)
SEEDS = 5
FORMS = {
    # Its generator goes on playing, at the same cost per step, but the classifier never hears of it.
    "labels alone": {"model.form": "odena", "model.unlabelled_weight": 0.0},
    "SGAN, Odena": {"model.form": "odena"},
    "SGAN, Salimans": {"model.form": "salimans"},
}
# Accuracies of the source, by number of labels.
SOURCE = {1000: (0.965, 0.964), 100: (0.895, 0.928), 50: (0.859, 0.883), 25: (0.750, 0.802)}
# Two epochs of 50,000 pictures in batches of 64.
TWO_EPOCHS = 1563
SHARED = {
    "model.ema_decay": 0.99,
    # A short run at a higher rate.
    "train.optimizer": {"name": "adam", "learning_rate": 5e-4, "beta_1": 0.5},
    "train.log_every": 100,
    "train.checkpoint_every": 500,
    "train.keep_checkpoints": 1,
}


def main(argv):
    """Train what is missing, print both tables."""
    given = _trials.parse(__doc__, argv, steps=1800)
    folder = pathlib.Path(given.runs) / "sgan_labels"
    rows = []
    for labels in LABELS:
        row = {"labels": labels}
        for form, changes in FORMS.items():
            accuracies = [
                _kept(
                    folder,
                    f"{form}, {labels} labels, seed {seed}, {given.steps} steps",
                    {**changes, "data.sampler": f"labelled:{labels}:{seed}", "train.seed": seed},
                    {"metrics": ["accuracy"], "split": "test", "num": 10_000},
                    given,
                )
                for seed in range(SEEDS)
            ]
            row[form] = f"{np.mean(accuracies):.3f} +- {np.std(accuracies):.3f}"
        rows.append({**row, **dict(zip(("source, CNN", "source, SGAN"), SOURCE[labels], strict=True))})
    _trials.table(rows)
    given.steps = TWO_EPOCHS
    scores = {
        name: _kept(
            folder,
            f"{name}, two epochs",
            {"data.sampler": "uniform", "model.form": "odena", "model.labelled_weight": weight},
            {"metrics": ["classifier_score"], "num": 5_000},
            given,
        )
        for name, weight in (("SGAN", 1.0), ("GAN", 0.0))
    }
    _trials.table([{"after two epochs": name, "classifier score": score} for name, score in scores.items()])
    return 0


def _kept(folder, title, changes, measured, given):
    """Return a number of a run: that of the file of results, or else of a run trained and measured now."""
    file = folder / "results.json"
    results = json.loads(file.read_text()) if file.is_file() else {}
    if title not in results:
        name = f"sgan_labels/{title.lower().replace(', ', '-').replace(' ', '_')}"
        _trials.train(name, "sgan", "mnist_28_odena", {**SHARED, **changes}, given)
        directory = pathlib.Path(given.runs) / name
        report = evaluate(directory, data_dir=given.data_dir, report=lambda line: None, **measured)
        results[title] = report[measured["metrics"][0]].value
        write_text(file, json.dumps(results, indent=1))
        # Sixty runs would fill a disk, and only their number is needed.
        shutil.rmtree(directory)
        print(f"{title}: {results[title]:.4f}", file=sys.stderr)
    return results[title]


if __name__ == "__main__":
    sys.exit(guarded(main))
