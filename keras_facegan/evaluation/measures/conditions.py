"""Whether generated pictures show what was asked for."""

import numpy as np

from keras_facegan.abilities import Generates
from keras_facegan.evaluation.results import HIGHER, LEARNT, Meaning, metric


@metric(
    "class_accuracy",
    needs=(Generates, "label", "classifier"),
    split=LEARNT,
    values={
        "class_accuracy": Meaning(
            HIGHER, "Share of generated pictures that a classifier sees as what they are asked to be."
        )
    },
)
def class_accuracy(subject):
    """Share of generated pictures whose class a classifier sees as it was asked for."""
    seen = subject.extractors.probabilities(subject.fake_images)
    wanted = subject.fake_inputs["label"]
    right = seen.argmax(axis=1) == wanted
    error = np.sqrt(right.mean() * (1.0 - right.mean()) / len(right))
    return [subject.result("class_accuracy", right.mean(), error, n_fake=len(right), classes=seen.shape[1])]
