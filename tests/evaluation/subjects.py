"""Subjects whose numbers are known beforehand: a generator that copies, one that has collapsed, one of noise."""

import types

import numpy as np

from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.evaluation.examination import Examination
from keras_facegan.evaluation.extractors import Extractors
from keras_facegan.evaluation.subject import Part
from keras_facegan.metrics.extractors import Extractor

SIDE = 16


def faces(count=120):
    """Return `Examples` of drawn faces."""
    return open_dataset("drawn_faces", "train", image_shape=(SIDE, SIDE, 3), size=count, identities=12)


def pooled(images):
    """Return the means of 4 x 4 squares of pixels, (n, 48)."""
    side = SIDE // 4
    return np.asarray(images).reshape(-1, 4, side, 4, side, 3).mean(axis=(2, 4)).reshape(-1, 48)


def brightness(images):
    """Return two probabilities, the brighter the picture the more of the second."""
    second = 1 / (1 + np.exp(-20 * np.asarray(images).mean(axis=(1, 2, 3))))
    return np.stack([1 - second, second], axis=1)


def stub_extractors(classes=True):
    """Return `Extractors` of `pooled` and, if asked for, of `brightness`."""
    shape = (SIDE, SIDE, 3)
    return Extractors(
        Extractor("stub", pooled, shape, "0" * 64), Extractor("stub", brightness, shape, "0" * 64) if classes else None
    )


def copying(examples):
    """Return a model that generates the data's own pictures."""
    return generator(lambda n, seed: to_float(np.resize(examples.images, (n, SIDE, SIDE, 3))))


def generator(generate):
    """Return a model with nothing but a method `generate`."""
    return types.SimpleNamespace(name="stub", image_shape=(SIDE, SIDE, 3), generate=generate, terms=())


def subject(model, examples, **settings):
    """Return an `Examination` of a model that the stub looks at, all of it on the same examples."""
    part = Part(examples.name, "train", lambda: examples)
    settings = {"open_extractors": stub_extractors, "num": len(examples), **settings}
    return Examination(model, "stub/one", part, part, **settings)
