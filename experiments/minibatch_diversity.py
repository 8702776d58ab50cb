"""What minibatch discrimination does for the variety of DCGAN's pictures, at equal steps.

usage: python -m experiments.minibatch_diversity --data_dir DIR [--steps 3000]

Narrow DCGANs on MNIST and on cats at 32 px, with and without 32 similarities per picture, and without R1.
"""

import pathlib
import sys

from experiments import _trials
from keras_facegan import evaluate
from keras_facegan.cli import guarded

DATASETS = {"mnist": ("mnist_32", 1), "cats": ("cats_64", 3)}
KERNELS = (0, 32)
METRICS = ("fid", "precision_recall", "density_coverage", "diversity", "neighbours")
SHOWN = ("fid", "precision", "recall", "coverage", "diversity", "ms_ssim", "ms_ssim_real", "duplicates")


def main(argv):
    """Train the four runs, save what they draw, print the table."""
    given = _trials.parse(__doc__, argv, steps=3000)
    rows, runs = [], {}
    for dataset, (preset, channels) in DATASETS.items():
        for kernels in KERNELS:
            changes = {
                "model.image_shape": [32, 32, channels],
                "model.filters": 16,
                "model.minibatch_kernels": kernels,
                "model.r1_gamma": 0.0,
                "model.ema_decay": 0.0,
                "train.batch_size": 64,
                "train.checkpoint_every": 500,
            }
            name = f"minibatch_diversity/{dataset}-{kernels}"
            _trials.train(name, "dcgan", preset, changes, given)
            run = runs[f"{dataset}, {kernels} similarities"] = pathlib.Path(given.runs) / name
            report = evaluate(run, data_dir=given.data_dir, metrics=METRICS, report=lambda line: None)
            rows.append({"data": dataset, "similarities": kernels, **{each: report[each].value for each in SHOWN}})
    _trials.samples(pathlib.Path(given.out) / "minibatch_diversity.png", runs, len(KERNELS))
    _trials.table(rows)
    return 0


if __name__ == "__main__":
    sys.exit(guarded(main))
