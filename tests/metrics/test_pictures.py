"""Sharpness and energy near Nyquist against pictures whose values are known, SciPy's filters and Parseval."""

import numpy as np
import pytest
from scipy import ndimage

from keras_facegan.errors import UserError
from keras_facegan.metrics.pictures import grey, high_frequency_energy, sharpness


def noise(seed, shape=(6, 32, 24, 3), scale=0.2):
    return np.clip(scale * np.random.default_rng(seed).normal(size=shape), -1, 1).astype("float32")


def blurred(images, sigma):
    return ndimage.gaussian_filter(images, (0, sigma, sigma, 0), mode="wrap")


def test_a_checkerboard_has_all_its_energy_near_nyquist():
    board = 0.3 * (-1.0) ** np.add.outer(np.arange(32), np.arange(16))[None, ..., None]
    assert high_frequency_energy(board) == pytest.approx(0.3**2, rel=1e-9)


def test_coarse_pictures_have_none():
    ramp = np.broadcast_to(np.linspace(-1, 1, 64)[:, None], (64, 64))
    wave = np.sin(2 * np.pi * np.arange(64) / 8) * np.ones((64, 1))
    assert high_frequency_energy(np.full((1, 16, 16, 1), 0.7)) < 1e-20
    # The step from the lower to the upper border is no detail of the picture.
    assert high_frequency_energy(ramp[None, ..., None]) < 1e-7
    assert high_frequency_energy(wave[None, ..., None]) < 1e-7


def test_noise_has_the_share_of_the_frequencies_counted():
    images = noise(0, (200, 32, 32, 1))
    radius = np.hypot(*np.meshgrid(np.fft.fftfreq(32), np.fft.fftfreq(32)))
    assert np.mean(radius >= 0.375) == pytest.approx(0.56, abs=0.02)
    expected = np.mean(radius >= 0.375) * images.var()
    assert high_frequency_energy(images) == pytest.approx(expected, rel=0.03)


def test_both_fall_as_pictures_are_blurred():
    levels = [noise(0)] + [blurred(noise(0), sigma) for sigma in (0.5, 1.0, 2.0)]
    for measure in (high_frequency_energy, sharpness):
        values = [measure(images) for images in levels]
        assert values == sorted(values, reverse=True) and values[-1] < 0.01 * values[0]


def test_sharpness_is_the_variance_of_scipys_laplacian():
    images = noise(1)
    luma = images.astype("float64") @ [0.299, 0.587, 0.114]
    kernel = np.array([[[0, 1, 0], [1, -4, 1], [0, 1, 0]]])
    inside = ndimage.convolve(luma, kernel)[:, 1:-1, 1:-1]
    assert sharpness(images) == pytest.approx(inside.var(axis=(1, 2)).mean(), rel=1e-9)
    np.testing.assert_allclose(grey(images), luma, rtol=1e-12)


def test_values_do_not_depend_on_chunks_or_order(monkeypatch):
    images = noise(2, (11, 16, 16, 3))
    for measure in (high_frequency_energy, sharpness):
        whole = measure(images)
        monkeypatch.setattr("keras_facegan.metrics.pictures._IMAGES", 3)
        assert measure(images[::-1]) == pytest.approx(whole, rel=1e-9)
        monkeypatch.undo()


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((4, 16, 16)), r"must be \(n, H, W, 1 or 3\)"),
        (np.zeros((0, 16, 16, 3)), "n >= 1"),
        (np.zeros((1, 16, 2, 3)), r"at least \d pixels high and wide, got \(16, 2\)"),
        (np.zeros((1, 16, 16, 3), "uint8"), "to_float converts uint8"),
        (np.full((1, 16, 16, 3), 255.0), r"in \[-1, 1\], got 255 to 255"),
        (np.full((1, 16, 16, 3), np.nan), r"in \[-1, 1\], got nan"),
    ],
)
def test_what_are_no_pictures_is_refused(images, message):
    for measure in (high_frequency_energy, sharpness):
        with pytest.raises(UserError, match=message):
            measure(images)
