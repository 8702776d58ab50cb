"""Upright squares around faces, what is cut from them, and photos that keep every pixel that nothing changed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_facegan.data.framing import FRAMINGS, Framing
from keras_facegan.data.images import to_float
from keras_facegan.photos.alignment import ACROSS, DOWN, Square, cut, put_back, square_of
from keras_facegan.photos.detector import Face, find_faces
from tests.photos.pictures import FOUND, drawn_photo

TURNED = math.radians(20)


def noise(height, width, channels=3, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype="uint8")


def smooth(height, width):
    """A picture whose colours change slowly, so that interpolation is exact but for rounding."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([40 + x, 200 - x, 40 + y], axis=-1).astype("uint8")


def ellipse(shape, square):
    """Which pixels lie within the ellipse of a square, or two pixels beyond it, where interpolation looks; bool."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]] + 0.5
    across = math.cos(square.tilt) * (x - square.x) + math.sin(square.tilt) * (y - square.y)
    down = -math.sin(square.tilt) * (x - square.x) + math.cos(square.tilt) * (y - square.y)
    return np.hypot(across / (ACROSS * square.side + 2), down / (DOWN * square.side + 2)) <= 1


def test_a_square_has_the_eyes_and_the_size_of_its_framing():
    framing = Framing(eyes=0.3, size=0.4)
    assert square_of(Face(100, 80, 40, 0.0), framing) == Square(100, 80 + 20, 100, 0.0)
    # Turned clockwise by a right angle, the chin is at the left of the eyes.
    turned = square_of(Face(100, 80, 40, math.pi / 2), framing)
    np.testing.assert_allclose(turned, (80, 80, 100, math.pi / 2), atol=1e-9)


def test_drawn_faces_lie_in_their_squares_as_in_the_pictures_of_their_set():
    side = 220
    photo = drawn_photo([(FOUND[1], 320, 180, side, 0)])
    square = square_of(find_faces(photo)[0], FRAMINGS["drawn_faces"])
    assert square.side == pytest.approx(side, rel=0.12)
    assert (square.x, square.y) == pytest.approx((320, 180), abs=0.08 * side)


def test_an_upright_cut_is_the_square_at_the_size_of_the_network():
    photo = noise(50, 70)
    square = Square(11 + 16, 7 + 16, 32, 0.0)
    np.testing.assert_array_equal(cut(photo, square, 32), to_float(photo[7:39, 11:43]))
    for side in (16, 64):
        seen = cut(photo, square, side)
        assert seen.shape == (side, side, 3) and seen.dtype == np.float32 and np.abs(seen).max() <= 1
        assert seen.mean() == pytest.approx(to_float(photo[7:39, 11:43]).mean(), abs=0.02)


def test_a_turned_cut_sees_the_face_upright():
    photo = smooth(120, 120)
    seen = cut(photo, Square(60, 60, 40, TURNED), 40) * 127.5 + 127.5
    # Pixel (u, v) of the square, from its centre, lies at the turned place on the photo.
    v, u = np.mgrid[0:40, 0:40] - 19.5
    x = 60 + math.cos(TURNED) * u - math.sin(TURNED) * v - 0.5
    y = 60 + math.sin(TURNED) * u + math.cos(TURNED) * v - 0.5
    np.testing.assert_allclose(seen, np.stack([40 + x, 200 - x, 40 + y], axis=-1), atol=1.0)


def test_beyond_the_photo_its_edge_is_repeated():
    photo = noise(30, 40)
    seen = cut(photo, Square(0, 15, 20, 0.0), 20)
    np.testing.assert_array_equal(seen[:, 10:], to_float(photo[5:25, :10]))
    np.testing.assert_array_equal(seen[:, :10], np.repeat(to_float(photo[5:25, :1]), 10, axis=1))


@pytest.mark.parametrize("side", [16, 32, 50])
@pytest.mark.parametrize("tilt", [0.0, TURNED])
def test_no_change_is_no_change_bit_by_bit(side, tilt):
    # All values of a byte occur.
    photo = np.arange(50 * 60 * 3, dtype="int64").reshape(50, 60, 3).astype("uint8")
    square = Square(23, 25, 40, tilt)
    seen = cut(photo, square, side)
    np.testing.assert_array_equal(put_back(photo, square, seen, seen), photo)


@given(
    x=st.floats(-30, 120),
    y=st.floats(-30, 120),
    side=st.floats(0.3, 150),
    tilt=st.floats(-math.pi, math.pi),
    network=st.sampled_from([16, 64]),
)
def test_no_pixel_outside_the_ellipse_changes(x, y, side, tilt, network):
    photo, square = noise(60, 90), Square(x, y, side, tilt)
    before = cut(photo, square, network)
    assert before.shape == (network, network, 3)
    after = np.random.default_rng(1).uniform(-1, 1, before.shape).astype("float32")
    changed = put_back(photo, square, before, after)
    outside = ~ellipse(photo.shape, square)
    np.testing.assert_array_equal(changed[outside], photo[outside])


@pytest.mark.parametrize("square", [Square(30, 26, 40, 0.0), Square(40, 30, 50, TURNED), Square(40, 30, 50, -TURNED)])
@pytest.mark.parametrize("channels", [1, 3])
def test_details_inside_stay(square, channels):
    photo = noise(60, 80, channels) // 2 + 32
    before = np.zeros((32, 32, 3), "float32")
    # Twenty grey levels brighter.
    changed = put_back(photo, square, before, before + np.float32(20 / 127.5))
    assert changed.shape == photo.shape and changed.dtype == np.uint8
    middle = np.s_[int(square.y) - 8 : int(square.y) + 8, int(square.x) - 8 : int(square.x) + 8]
    np.testing.assert_array_equal(changed[middle].astype(int) - photo[middle], 20)


def test_a_change_of_one_colour_changes_grey_by_its_brightness():
    photo = np.full((40, 40, 1), 100, "uint8")
    before = np.zeros((32, 32, 3), "float32")
    after = before + np.array([0.0, 0.4, 0.0], "float32")
    # 0.587 of 51 grey levels.
    assert put_back(photo, Square(20, 20, 40, 0.0), before, after)[20, 20] == 130


def test_sixteen_bits_stay_sixteen():
    photo = np.arange(40 * 40, dtype="uint16").reshape(40, 40, 1) * 40
    before = np.zeros((32, 32, 3), "float32")
    changed = put_back(photo, Square(20, 20, 40, 0.0), before, before + np.float32(0.001))
    assert changed.dtype == np.uint16
    # 0.001 of half the range of 65,535, too little for eight bits.
    np.testing.assert_array_equal(changed[18:22, 18:22].astype(int) - photo[18:22, 18:22], 33)


def test_a_change_fades_out_without_an_edge():
    photo, before = np.full((120, 150, 3), 100, "uint8"), np.zeros((64, 64, 3), "float32")
    changed = put_back(photo, Square(75, 60, 100, 0.0), before, before + np.float32(0.4)).astype(int) - 100
    across = changed[60, 75 - 50 : 76, 0]
    # 0.4 is 51 grey levels; the ellipse ends 0.45 sides from the middle and is full up to 0.7 of that.
    assert across[0] == 0 and (across[:5] == 0).all() and (across[50 - 31 :] == 51).all()
    assert (np.diff(across) >= 0).all() and np.diff(across).max() <= 6
    # In between it follows 3 t^2 - 2 t^3, t from 0 to 1.
    t = ((np.arange(51) + 0.5 - 5) / (0.3 * 45)).clip(0, 1)
    np.testing.assert_allclose(across, 51 * (3 * t**2 - 2 * t**3), atol=1.0)


def test_a_change_is_clipped_to_the_range_of_a_picture():
    photo, before = np.full((32, 32, 3), 250, "uint8"), np.zeros((16, 16, 3), "float32")
    square = Square(16, 16, 32, 0.0)
    assert put_back(photo, square, before, before + np.float32(1))[16, 16].tolist() == [255] * 3
    assert put_back(photo, square, before, before - np.float32(2))[16, 16].tolist() == [0] * 3


@pytest.mark.parametrize("tilt", [0.0, TURNED, -1.0])
def test_what_changes_goes_back_to_where_it_was_seen(tilt):
    # A bright spot, away from the centre of the square, is painted over where the network sees it.
    y, x = np.mgrid[0:200, 0:200]
    spot = 120 * np.exp(-((x - 120) ** 2 + (y - 86) ** 2) / 50)
    photo = np.repeat((60 + spot).astype("uint8")[..., None], 3, axis=-1)
    square = Square(105, 95, 80, tilt)
    before = cut(photo, square, 64)
    after = np.full_like(before, to_float(np.uint8([60]))[0])
    changed = put_back(photo, square, before, after).astype(int)
    assert np.abs(changed - 60).max() <= 6
