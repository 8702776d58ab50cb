"""Whether generated pictures show what was asked for, and as variously as real ones do."""

import numpy as np

from keras_facegan.abilities import Generates
from keras_facegan.data.images import to_float
from keras_facegan.errors import TooFewPicturesError
from keras_facegan.evaluation.results import HIGHER, LEARNT, LOWER, REAL, Meaning, metric
from keras_facegan.metrics.diversity import picture_similarity

# Pairs of pictures that are compared within a class.
PAIRS = 200


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


@metric(
    "class_diversity",
    needs=(Generates, "label"),
    reads=("label",),
    split=LEARNT,
    values={
        "class_ms_ssim": Meaning(REAL, "Likeness of pairs of generated pictures of one class, the mean over classes."),
        "class_ms_ssim_real": Meaning("", "The same of real pictures, to compare with."),
        "class_ms_ssim_excess": Meaning(
            LOWER, "Likeness over that of real pictures in the class where it is largest: a class that has collapsed."
        ),
    },
)
def class_diversity(subject):
    """Likeness of pairs of generated pictures within a class, beside that of real ones."""
    kinds = (
        (subject.fake_images, subject.fake_inputs["label"]),
        (subject.real_images, subject.real_columns["label"]),
    )
    classes = sorted(set.intersection(*({*np.unique(label).tolist()} for _, label in kinds)))
    likeness = np.array([[_within(images[label == each], subject.seed) for images, label in kinds] for each in classes])
    if not len(likeness):
        raise TooFewPicturesError("No class has generated and real pictures.")
    excess = likeness[:, 0] - likeness[:, 1]
    about = {"seen": False, "n_real": len(kinds[1][0]), "n_fake": len(kinds[0][0]), "classes": len(classes)}
    worst = f"Class {classes[int(excess.argmax())]}."
    return [
        subject.result("class_ms_ssim", likeness[:, 0].mean(), pairs=PAIRS, **about),
        subject.result("class_ms_ssim_real", likeness[:, 1].mean(), pairs=PAIRS, **about),
        subject.result("class_ms_ssim_excess", excess.max(), pairs=PAIRS, note=worst, **about),
    ]


def _within(images, seed):
    return picture_similarity(to_float(images), PAIRS, seed)
