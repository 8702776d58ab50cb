"""How likely black and white digits are under every committed model that can say so, beside what guessing gives.

usage: python -m experiments.likelihood --data_dir DIR

The 10,000 test digits of `binary_mnist`, in nats per digit. The VAE's number is a bound from 100 codes per digit.
"""

import sys

import numpy as np

from experiments import _trials
from keras_facegan import evaluate
from keras_facegan.cli import guarded
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.presets import zoo_file

MODELS = ("vae", "pixelcnn", "pixelrnn")
SHAPE = (28, 28, 1)


def main(argv):
    """Print the table."""
    given = _trials.parse(__doc__, argv, steps=0)
    rows = [{"model": name, "nats": nats} for name, nats in guesses(given.data_dir).items()]
    for name in [f"{model}/{name}" for model in MODELS for name in zoo_file(model).get("weights", {})]:
        report = evaluate(name, data_dir=given.data_dir, metrics=["likelihood"], split="test", report=lambda line: None)
        found = report["nll"]
        rows.append({"model": name, "nats": f"{found.value:.2f} +- {found.error:.2f}"})
    _trials.table(rows)
    return 0


def guesses(data_dir):
    """Return what it costs to guess: every pixel alike, and every pixel by its share of white among training digits."""
    train, test = (
        open_dataset("binary_mnist", split, image_shape=SHAPE, data_dir=data_dir).images > 127
        for split in ("train", "test")
    )
    white = np.clip(train.mean(axis=0), 1e-4, 1 - 1e-4)
    alone = -np.where(test, np.log(white), np.log(1 - white)).sum(axis=(1, 2, 3)).mean()
    return {
        "every pixel black or white alike": float(np.prod(SHAPE) * np.log(2)),
        "every pixel on its own": float(alone),
    }


if __name__ == "__main__":
    sys.exit(guarded(main))
