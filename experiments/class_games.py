"""Whether ACGAN and cGAN draw the digit that is asked for, and how varied the digits of a class are.

usage: python -m experiments.class_games --data_dir DIR

The committed weights on MNIST, seen by digit_net, which neither of them was trained with.
"""

import sys

from experiments import _trials
from keras_facegan.cli import guarded
from keras_facegan.evaluation import compare

WEIGHTS = ("acgan/mnist_32", "cgan/mnist_32")
METRICS = ("class_accuracy", "class_diversity", "classifier_score", "fid", "precision_recall")
NUM = 10_000


def main(argv):
    """Print the table."""
    given = _trials.parse(__doc__, argv, steps=0)
    reports = compare(*WEIGHTS, data_dir=given.data_dir, metrics=METRICS, num=NUM, report=lambda line: None)
    _trials.table(
        [
            {"weights": name, **{result.name: result.value for result in report}}
            for name, report in zip(WEIGHTS, reports, strict=True)
        ]
    )
    return 0


if __name__ == "__main__":
    sys.exit(guarded(main))
