"""No value depends on the order of pictures, on how many are looked at together, or on float32 against float64."""

import numpy as np
import pytest

from keras_facegan.metrics import distances
from keras_facegan.metrics.attributes import hamming_loss, macro_f1
from keras_facegan.metrics.diversity import duplicate_rate, mean_distance, picture_similarity
from keras_facegan.metrics.frechet import frechet_distance
from keras_facegan.metrics.inception_score import classifier_score
from keras_facegan.metrics.kernel import kernel_distance
from keras_facegan.metrics.manifold import density_coverage, precision_recall
from keras_facegan.metrics.parzen import parzen_log_likelihood
from keras_facegan.metrics.pictures import high_frequency_energy, sharpness
from keras_facegan.metrics.signal_to_noise import psnr
from keras_facegan.metrics.similarity import multiscale_ssim, ssim

RNG = np.random.default_rng(0)
REAL, FAKE = RNG.normal(size=(150, 6)).astype("float32"), RNG.normal(0.3, 1.2, size=(150, 6)).astype("float32")
IMAGES = np.clip(RNG.normal(0, 0.4, (20, 24, 24, 3)), -1, 1).astype("float32")
OTHERS = np.clip(IMAGES + RNG.normal(0, 0.1, IMAGES.shape), -1, 1).astype("float32")
PROBABILITIES = RNG.dirichlet(np.ones(5), 150)

MEASURES = {
    "frechet": (frechet_distance, (REAL, FAKE)),
    "kernel": (lambda a, b: kernel_distance(a, b, subsets=5, subset_size=50), (REAL, FAKE)),
    "classifier score": (classifier_score, (PROBABILITIES,)),
    "precision, recall": (precision_recall, (REAL, FAKE)),
    "density, coverage": (density_coverage, (REAL, FAKE)),
    "parzen": (lambda a, b: list(parzen_log_likelihood(a, b[:50], b).values()), (REAL, FAKE[:50])),
    "mean distance": (mean_distance, (FAKE,)),
    "duplicates": (lambda a: duplicate_rate(a, 1.5), (FAKE,)),
    "similarity": (picture_similarity, (IMAGES,)),
    "energy": (high_frequency_energy, (IMAGES,)),
    "sharpness": (sharpness, (IMAGES,)),
}
PAIRED = {
    "psnr": (psnr, (IMAGES, OTHERS)),
    "ssim": (ssim, (IMAGES, OTHERS)),
    "multiscale ssim": (multiscale_ssim, (IMAGES, OTHERS)),
    "attributes": (
        lambda a, b: [hamming_loss(a, b > 0.2), macro_f1(a, b > 0.2)],
        (PROBABILITIES, RNG.dirichlet(np.ones(5), 150)),
    ),
}


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_order_does_not_matter(name):
    measure, sets = MEASURES[name]
    shuffled = [np.random.default_rng(i).permutation(each) for i, each in enumerate(sets)]
    np.testing.assert_allclose(measure(*shuffled), measure(*sets), rtol=1e-4)


@pytest.mark.parametrize("name", sorted(MEASURES | PAIRED))
def test_precision_of_the_input_does_not_matter(name):
    measure, sets = (MEASURES | PAIRED)[name]
    np.testing.assert_allclose(measure(*[each.astype("float64") for each in sets]), measure(*sets), rtol=1e-4)


@pytest.mark.parametrize("name", sorted(MEASURES | PAIRED))
def test_pieces_do_not_matter(name, monkeypatch):
    measure, sets = (MEASURES | PAIRED)[name]
    whole = measure(*sets)
    monkeypatch.setattr(distances, "_VALUES", 1000)
    monkeypatch.setattr(distances, "_COLUMNS", 11)
    for module in ("pictures", "similarity"):
        monkeypatch.setattr(f"keras_facegan.metrics.{module}._IMAGES", 3)
    for module in ("frechet", "order"):
        monkeypatch.setattr(f"keras_facegan.metrics.{module}._ROWS", 13)
    np.testing.assert_allclose(measure(*sets), whole, rtol=1e-4)


@pytest.mark.parametrize("name", sorted(PAIRED))
def test_each_pair_has_a_value_of_its_own(name):
    measure, sets = PAIRED[name]
    if name != "attributes":
        np.testing.assert_allclose(measure(*[each[7:8] for each in sets]), measure(*sets)[7:8], rtol=1e-9)
    np.testing.assert_allclose(np.mean(measure(*[each[::-1] for each in sets])), np.mean(measure(*sets)), rtol=1e-9)
