"""Measure a trained model: `python evaluate.py --weights dcgan/mnist_32`."""

import sys

from keras_facegan.cli import run

if __name__ == "__main__":
    sys.exit(run("evaluate"))
