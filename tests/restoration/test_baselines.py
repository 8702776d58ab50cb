"""Classical restoration against closed forms, and against itself on pictures that are easy to know."""

import builtins

import numpy as np
import pytest
from scipy import ndimage

from keras_facegan.errors import UserError
from keras_facegan.metrics.signal_to_noise import psnr
from keras_facegan.networks.degradations import blur, gaussian_kernel
from keras_facegan.restoration import baselines

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(-1, 1, (2, 12, 15, 3)).astype("float32")
SMOOTH = np.stack([ndimage.gaussian_filter(RNG.normal(0, 4, (32, 28, 3)), (2, 2, 0)).clip(-1, 1)]).astype("float32")
IDENTITY = np.ones((1, 1), "float32")


def noisy(images, sigma, seed=1):
    return (
        (images + 2 * sigma * np.random.default_rng(seed).standard_normal(images.shape)).clip(-1, 1).astype("float32")
    )


def test_nearest_repeats_pixels():
    large = baselines.nearest(IMAGES, 2)
    assert large.shape == (2, 24, 30, 3)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        np.testing.assert_array_equal(large[:, row::2, column::2], IMAGES)


def test_bicubic_keeps_ramps_away_from_the_border_and_weighs_as_keys_does():
    ramp = np.broadcast_to(np.linspace(-0.5, 0.5, 16, dtype="float32")[:, None, None], (1, 16, 16, 1))
    large = baselines.bicubic(ramp, 2)
    np.testing.assert_allclose(np.diff(large[0, 6:-6, 8, 0]), 0.5 / 15, atol=1e-6)
    impulse = np.zeros((1, 9, 9, 1), "float32")
    impulse[0, 4, :] = 1.0
    # A quarter and three quarters of a pixel off: 1.5 t^3 - 2.5 t^2 + 1.
    expected = [1.5 * t**3 - 2.5 * t**2 + 1 for t in (0.75, 0.25, 0.25, 0.75)]
    np.testing.assert_allclose(baselines.bicubic(impulse, 2)[0, 7:11, 9, 0], expected, atol=1e-6)


def test_the_median_takes_single_wrong_pixels_away():
    flat = np.full((1, 9, 9, 3), 0.25, "float32")
    spoilt = flat.copy()
    spoilt[0, 4, 4], spoilt[0, 0, 0] = 1.0, -1.0
    np.testing.assert_array_equal(baselines.median(spoilt), flat)
    window = np.sort(IMAGES[0, 3:6, 7:10, 1].ravel())
    assert baselines.median(IMAGES)[0, 4, 8, 1] == window[4]


@pytest.mark.parametrize(("method", "gain"), [(baselines.non_local_means, 3.0), (baselines.local_mean_nlm, 1.5)])
def test_both_forms_of_non_local_means_take_noise_away(method, gain):
    before = noisy(SMOOTH, 0.1)
    after = method(before, sigma=0.1)
    assert psnr(after, SMOOTH)[0] > psnr(before, SMOOTH)[0] + gain
    assert after.dtype == np.float32 and after.shape == before.shape


def test_local_mean_nlm_is_its_formula():
    result = baselines.local_mean_nlm(IMAGES[:1], sigma=0.2, strength=0.9, patch=3, search=3)
    values = IMAGES[0].astype("float64") / 2 + 0.5
    means = ndimage.uniform_filter(values, (3, 3, 1), mode="mirror")
    row, column = 6, 7
    places = [(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    weights = np.array([np.exp(-np.square(means[p] - means[row, column]).mean() / 0.18**2) for p in places])
    expected = sum(w * values[p] for w, p in zip(weights, places, strict=True)) / weights.sum()
    np.testing.assert_allclose(result[0, row, column] / 2 + 0.5, expected, atol=1e-6)


def test_wieners_filter_inverts_a_blur_without_noise_up_to_the_border():
    kernel = gaussian_kernel(0.6)
    blurred = np.asarray(blur(SMOOTH, kernel))
    np.testing.assert_allclose(baselines.wiener(blurred, kernel, balance=1e-9), SMOOTH, atol=1e-3)
    assert np.abs(blurred - SMOOTH).max() > 0.02


def test_wieners_filter_without_blur_scales_by_its_balance():
    result = baselines.wiener(IMAGES, IDENTITY, balance=0.25)
    np.testing.assert_allclose(result / 2 + 0.5, (IMAGES / 2 + 0.5) / 1.25, atol=1e-5)


def test_total_variation_moves_the_two_levels_of_a_step_towards_each_other():
    # A period of 4 and 12 columns has two jumps, each of which pulls with the weight on both sides.
    plane = np.where(np.arange(16) < 4, 0.9, 0.2) * np.ones((6, 1))
    result = baselines.total_variation(plane, IDENTITY, weight=0.05, rho=1.0, steps=2000)
    expected = np.where(np.arange(16) < 4, 0.9 - 2 * 0.05 / 4, 0.2 + 2 * 0.05 / 12) * np.ones((6, 1))
    np.testing.assert_allclose(result, expected, atol=1e-6)


def test_much_total_variation_leaves_the_mean():
    plane = RNG.uniform(0, 1, (8, 8))
    result = baselines.total_variation(plane, IDENTITY, weight=100.0, rho=10.0, steps=3000)
    np.testing.assert_allclose(result, plane.mean(), atol=1e-4)


def test_admm_without_a_prior_inverts_the_blur():
    kernel = gaussian_kernel(0.6)
    blurred = np.asarray(blur(SMOOTH, kernel))
    np.testing.assert_allclose(baselines.admm_tv(blurred, kernel, weight=0.0, rho=1e-4, steps=200), SMOOTH, atol=5e-3)


def test_admm_and_wiener_sharpen_what_is_blurred_and_noisy():
    kernel = gaussian_kernel(1.0)
    before = noisy(np.asarray(blur(SMOOTH, kernel)), 0.005)
    for after in (baselines.wiener(before, kernel, 1e-2), baselines.admm_tv(before, kernel, 1e-3)):
        assert psnr(after, SMOOTH)[0] > psnr(before, SMOOTH)[0] + 1


def test_biharmonic_filling_continues_a_plane_and_touches_nothing_else():
    ramp = np.broadcast_to(np.linspace(-0.8, 0.8, 20, dtype="float32")[:, None, None], (1, 20, 20, 3)).copy()
    known = np.ones((1, 20, 20), bool)
    known[0, 8:12, 7:13] = False
    filled = baselines.biharmonic(ramp * known[..., None], known)
    np.testing.assert_allclose(filled, ramp, atol=1e-4)


def test_settings_are_chosen_by_psnr():
    before = noisy(SMOOTH, 0.15)
    sizes = [{"size": 1}, {"size": 5}, {"size": 27}]
    assert baselines.best_settings(baselines.median, sizes, {"images": before}, SMOOTH) == {"size": 5}


@pytest.mark.parametrize("method", [baselines.wiener, baselines.admm_tv])
def test_pictures_smaller_than_the_kernel_are_refused(method):
    with pytest.raises(UserError, match="kernel of 17 x 17 pixels needs pictures of at least as many, got 15 x 12"):
        method(IMAGES, gaussian_kernel(4.0))


def test_without_scikit_image_the_way_out_is_said(monkeypatch):
    usual = builtins.__import__

    def refuse(name, *arguments, **keywords):
        if name.startswith("skimage"):
            raise ImportError(name)
        return usual(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(UserError, match=r"pip install keras_facegan\[restoration\]"):
        baselines.non_local_means(IMAGES, 0.1)
