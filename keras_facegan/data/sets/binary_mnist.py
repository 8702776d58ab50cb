"""MNIST in black and white, every pixel drawn once: what likelihoods of binary pictures are told on."""

import dataclasses

import numpy as np

from keras_facegan.arguments import SmallCount
from keras_facegan.data.sets.mnist import mnist
from keras_facegan.registry import DATASETS

SEED = 0


@DATASETS.register("binary_mnist", about={"extractor": "digit_net/mnist_28", "columns": ("label",)})
def binary_mnist(data_dir=None, split="train", *, draws: SmallCount = 1):
    """The digits of `mnist`, each pixel white with the probability that its grey value says, drawn once for all.

    Numbers compare with those of other drawn binarisations only: thresholded digits are easier.

    Args:
        data_dir: As for `mnist`.
        split: As for `mnist`.
        draws: How often the split "train" holds each of its digits, every time drawn anew: a network cannot learn
            by heart what the dice said. Held-out digits are always drawn once, and so are joined splits.

    Reference:
        Salakhutdinov, Murray 2008, On the quantitative analysis of deep belief networks, section 5.
    """
    grey = mnist(data_dir, split)
    if split == "train" and draws > 1:
        keys = grey.keys + tuple(f"{key}/{again}" for again in range(1, draws) for key in grey.keys)
        grey = dataclasses.replace(grey.take(np.tile(np.arange(len(grey)), draws)), keys=keys)
    return drawn(grey, "binary_mnist")


def drawn(grey, name):
    """Return a `Source` in black and white: each pixel white with the probability that its grey value says.

    Args:
        grey: `Source` of grey pictures.
        name: Name of the new one.
    """

    def read(index, size):
        # The draw belongs to the picture, so that it is the same in every split.
        seed = [SEED, *grey.keys[index].encode()]
        return black_or_white(grey.read(index, size), np.random.default_rng(seed))

    return dataclasses.replace(grey, name=name, read=read, fingerprint=f"{grey.fingerprint} drawn {SEED}")


def black_or_white(picture, rng):
    """Return a uint8 picture of 0 and 255: every value is 255 with the probability that its grey value says.

    Args:
        picture: uint8 array of any shape.
        rng: NumPy generator of random numbers.
    """
    return np.where(rng.random(picture.shape) * 255 < picture, 255, 0).astype("uint8")
