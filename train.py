"""Train a model: `python train.py --model dcgan`."""

import sys

from keras_facegan.cli import run

if __name__ == "__main__":
    sys.exit(run("train"))
