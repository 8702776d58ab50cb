"""Likelihoods and rebuilt pictures of models whose numbers are known beforehand."""

import numpy as np
import pytest

from tests.evaluation.subjects import SIDE, faces, generator, subject

DIMS = SIDE * SIDE * 3


@pytest.fixture(scope="module")
def examples():
    return faces()


def values(one, name):
    return {result.name: result for result in one.measure(name)}


@pytest.mark.parametrize(
    ("level_width", "nats"),
    [(1.0, DIMS * np.log(256)), (1 / 127.5, DIMS * np.log(256 / 127.5))],
    ids=["levels", "density"],
)
def test_guessing_among_all_levels_takes_eight_bits(examples, level_width, nats):
    model = generator(None)
    model.log_prob, model.level_width = (lambda images: np.full(len(images), -nats, "float32")), level_width
    found = values(subject(model, examples), "likelihood")
    assert found["nll"].value == pytest.approx(nats, rel=1e-6)
    assert found["bits_per_dim"].value == pytest.approx(8, rel=1e-6)
    assert found["nll"].error == pytest.approx(0, abs=1e-3)
    assert found["nll"].n_real == len(examples)


def test_errors_are_those_of_a_mean(examples):
    model = generator(None)
    model.log_prob, model.level_width = (lambda images: images.sum(axis=(1, 2, 3))), 1.0
    sums = -(examples.images / 127.5 - 1.0).sum(axis=(1, 2, 3))
    found = values(subject(model, examples), "likelihood")
    assert found["nll"].value == pytest.approx(sums.mean(), rel=1e-4)
    assert found["nll"].error == pytest.approx(sums.std() / len(sums) ** 0.5, rel=1e-4)


def test_rebuilt_pictures_are_compared_with_their_own(examples):
    model = generator(None)
    # An error of 0.2 in [-1, 1] is one of 0.1 in [0, 1]: 20 dB.
    model.rebuild = lambda images: images + np.where(images > 0, -0.2, 0.2).astype("float32")
    assert values(subject(model, examples), "rebuilding")["rebuilt_psnr"].value == pytest.approx(20, abs=1e-3)
