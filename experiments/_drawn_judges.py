"""Judges of drawn faces, trained on true labels and by no ageing model: of the age, and of what must not change."""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from keras_facegan import create_model
from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset

SIDE = 64
# What stays with a person over the years.
KEPT = ("Male", "Eyeglasses", "Wearing_Hat", "Mustache", "Bangs", "Pale_Skin", "Wavy_Hair")
FACES, COMPONENTS = 6000, 120


def open_faces(split, size, **options):
    """Open drawn faces of 16 to 75 years at 64 px."""
    options = {"min_age": 16.0, "max_age": 75.0, **options}
    return open_dataset("drawn_faces", split, image_shape=(SIDE, SIDE, 3), size=size, **options)


def age_judge(steps=1200, seed=3):
    """Train an age estimator of another architecture and seed than `age_estimator/drawn_faces_64`."""
    settings = {"image_shape": (SIDE, SIDE, 3), "backbone": "resnet", "width": 16, "ema_decay": 0.99}
    model = create_model("age_estimator", seed=seed, expectation_weight=0.02, **settings)
    model.compile({"name": "adam", "learning_rate": 1e-3})
    faces = open_faces("train", 20_000, seed=seed)
    batches = faces.batches(64, seed=seed, augment="flip+blur+noise")
    model.fit(batches, steps_per_epoch=steps, epochs=1, verbose=0)
    return model


def attribute_judge(seed=3):
    """Return a function from pictures (n, 64, 64, 3) to bool (n, len(KEPT)), a linear classifier of their pixels."""
    faces = open_faces("train", FACES, seed=seed)
    labels = faces.columns["attributes"][:, [CELEBA_ATTRIBUTES.index(name) for name in KEPT]]
    pixels = _pixels(to_float(faces.images[:]))
    common = make_pipeline(StandardScaler(), PCA(COMPONENTS, random_state=0)).fit(pixels)
    reduced = common.transform(pixels)
    judges = [LogisticRegression(C=0.1, max_iter=2000).fit(reduced, column) for column in labels.T]
    return lambda images: np.stack([judge.predict(common.transform(_pixels(images))) > 0 for judge in judges], axis=1)


def _pixels(images):
    """Halve pictures by means of 2 x 2 pixels and lay each out as a row."""
    count, side = len(images), SIDE // 2
    return images.reshape(count, side, 2, side, 2, 3).mean(axis=(2, 4)).reshape(count, -1)
