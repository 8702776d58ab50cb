"""What is known to be worse is measured as worse: faces drawn by our own pen, spoilt step by step."""

import keras
import numpy as np
import pytest
from scipy import ndimage

from keras_facegan import load_pretrained
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.metrics.extractors import Extractor, weights_hash
from keras_facegan.metrics.frechet import frechet_distance
from keras_facegan.metrics.kernel import kernel_distance
from keras_facegan.metrics.manifold import density_coverage, precision_recall

FACES = 400


@pytest.fixture(scope="module")
def faces():
    return open_dataset("drawn_faces", "all", image_shape=(64, 64, 3), size=2 * FACES)


@pytest.fixture(scope="module")
def extract():
    """Return an extractor over the last 128 maps of the network that tells the ages of drawn faces."""
    network = load_pretrained("age_estimator/drawn_faces_64").network("estimator")
    pooled = keras.layers.GlobalAveragePooling2D()(network.get_layer("stage4").output)
    inner = keras.Model(network.input, pooled)
    return Extractor(
        "drawn_faces_64", lambda x: inner({"image": x}, training=False), (64, 64, 3), weights_hash(network)
    )


@pytest.fixture(scope="module")
def real(faces, extract):
    return extract(faces.images[:FACES])


def blurred(images, ages, level):
    return ndimage.gaussian_filter(images, (0, level, level, 0))


def noisy(images, ages, level):
    return np.clip(images + level * np.random.default_rng(0).normal(size=images.shape), -1, 1).astype("float32")


def occluded(images, ages, level):
    side, covered = int(64 * level), images.copy()
    places = np.random.default_rng(1).integers(0, 65 - side, (len(images), 2))
    for image, (top, left) in zip(covered, places, strict=True):
        image[top : top + side, left : left + side] = 0
    return covered


def youngest(images, ages, level):
    """Return as many faces, all of the youngest share that is left: modes are lost, no picture is spoilt."""
    kept = np.argsort(ages)[: round(FACES * (1 - level))]
    return images[np.random.default_rng(2).choice(kept, FACES)] if level else images


CORRUPTIONS = {
    blurred: (0, 0.7, 1.5, 3),
    noisy: (0, 0.1, 0.25, 0.5),
    occluded: (0, 0.2, 0.4, 0.6),
    youngest: (0, 0.5, 0.8, 0.95),
}


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_every_step_for_the_worse_is_measured(corruption, faces, extract, real):
    images, ages = to_float(faces.images[FACES : 2 * FACES]), faces.columns["age"][FACES : 2 * FACES]
    rows = []
    for level in CORRUPTIONS[corruption]:
        fake = extract(corruption(images, ages, level))
        density, coverage = density_coverage(real, fake)
        precision, recall = precision_recall(real, fake)
        rows.append(
            {
                "frechet": frechet_distance(real, fake),
                "kernel": kernel_distance(real, fake, subsets=20, subset_size=200)[0],
                "lost recall": 1 - recall,
                "lost coverage": 1 - coverage,
                "precision": precision,
                "density": density,
            }
        )
    for name in ("frechet", "kernel", "lost recall", "lost coverage"):
        values = [row[name] for row in rows]
        assert values == sorted(values) and len(set(values)) == len(values), (name, values)
    assert rows[-1]["frechet"] > 8 * rows[0]["frechet"]
    assert rows[0]["lost recall"] < 0.25 and rows[-1]["lost recall"] > 0.65
    # Faces of few ages are still faces: only spoilt ones leave the real ones' manifold.
    if corruption is youngest:
        assert rows[-1]["precision"] > 0.8 and rows[-1]["density"] > 0.7
    else:
        assert rows[-1]["precision"] < rows[0]["precision"] - 0.1 and rows[-1]["density"] < 0.75


def test_faces_drawn_alike_are_not_told_apart(faces, extract, real):
    fake = extract(faces.images[FACES : 2 * FACES])
    mean, deviation = kernel_distance(real, fake, subsets=20, subset_size=200)
    assert abs(mean) < 3 * deviation
    assert density_coverage(real, fake)[0] == pytest.approx(1, abs=0.15)
    assert density_coverage(real, fake)[1] > 0.9
