"""Paths between codes against their closed forms, and codes that have no good path."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from keras_facegan.latent.interpolation import PATHS, linear, spherical

T = np.linspace(0.0, 1.0, 9)
WILD = arrays(np.float32, 5, elements=st.floats(-1e6, 1e6, width=32))
both = pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)


def _codes(seed=0, dim=16):
    return np.random.default_rng(seed).standard_normal((2, dim), dtype=np.float32)


@both
def test_ends_where_it_should(path):
    a, b = _codes()
    ends = path(a, b, np.array([0.0, 1.0]))
    assert ends.dtype == np.float32
    np.testing.assert_allclose(ends, [a, b], rtol=0, atol=1e-6)


@both
def test_there_and_back_is_one_path(path):
    a, b = _codes()
    np.testing.assert_allclose(path(a, b, T), path(b, a, 1.0 - T), rtol=0, atol=1e-6)


@both
def test_leading_axes_broadcast(path):
    a, b = _codes(0), _codes(1)
    every = path(a[:, None], b[:, None], T)
    assert every.shape == (2, 9, 16)
    np.testing.assert_array_equal(every[1, 3], path(a[1], b[1], T[3]))


def test_linear_stays_inside_the_range():
    a, b = np.random.default_rng(0).uniform(-1.7, 1.7, (2, 1000))
    steps = linear(a, b, T)
    assert np.abs(steps).max() <= 1.7
    np.testing.assert_allclose(steps[4], (a + b) / 2, atol=1e-6)


def test_a_quarter_of_a_circle():
    steps = spherical(np.array([1.0, 0.0]), np.array([0.0, 1.0]), T)
    np.testing.assert_allclose(steps, np.stack([np.cos(T * np.pi / 2), np.sin(T * np.pi / 2)], axis=1), atol=1e-7)


def test_equal_angles_and_even_lengths():
    a, b = _codes()
    b *= 3.0
    steps = spherical(a, b, T).astype(np.float64)
    lengths = np.linalg.norm(steps, axis=1)
    np.testing.assert_allclose(lengths, (1 - T) * np.linalg.norm(a) + T * np.linalg.norm(b), rtol=1e-6)
    unit = steps / lengths[:, None]
    whole = np.arccos(unit[0] @ unit[-1])
    np.testing.assert_allclose(np.arccos(np.sum(unit[1:] * unit[:-1], axis=1)), whole / 8, rtol=1e-4)


def test_equals_slerp_of_unit_codes():
    a, b = (code / np.linalg.norm(code) for code in _codes(3).astype(np.float64))
    angle = np.arccos(a @ b)
    expected = np.sin((1 - T)[:, None] * angle) * a + np.sin(T[:, None] * angle) * b
    np.testing.assert_allclose(spherical(a, b, T), expected / np.sin(angle), atol=1e-6)


def test_opposite_codes_go_half_round_and_back_the_same_way():
    a = _codes()[0]
    steps = spherical(a, -a, T)
    np.testing.assert_allclose(np.linalg.norm(steps, axis=1), np.linalg.norm(a), rtol=1e-6)
    np.testing.assert_allclose(steps[4] @ a, 0.0, atol=1e-5)
    np.testing.assert_allclose(steps, spherical(-a, a, 1.0 - T), atol=1e-6)


def test_equal_codes_stay():
    a = _codes()[0]
    np.testing.assert_allclose(spherical(a, a, T), np.tile(a, (9, 1)), atol=1e-6)


@settings(max_examples=200, deadline=None)
@given(WILD, WILD, st.sampled_from([None, 0.0, 1.0, -1.0, 1.0 + 1e-7, -1.0 + 1e-7]))
def test_wild_codes_give_finite_steps_of_the_promised_length(a, b, factor):
    # A factor makes the codes parallel, opposite, nearly so, or one of them zero.
    b = b if factor is None else (a * factor).astype(np.float32)
    steps = spherical(a, b, T).astype(np.float64)
    lengths = np.linalg.norm(np.stack([a, b]).astype(np.float64), axis=1)
    scale = lengths.max() + 1e-30
    assert np.isfinite(steps).all()
    np.testing.assert_allclose(steps[[0, -1]] / scale, np.stack([a, b]) / scale, atol=1e-6)
    if lengths.min() > 0:
        np.testing.assert_allclose(
            np.linalg.norm(steps, axis=1) / scale, ((1 - T) * lengths[0] + T * lengths[1]) / scale, atol=1e-6
        )
