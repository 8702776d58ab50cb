"""Faces in photos: squares around them, what is cut, and photos that keep every pixel that nothing changed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras_facegan.data.faces import Square
from PIL import Image

from keras_facegan.data import faces
from keras_facegan.data.images import to_float


class Detector:
    """Finds what it is told to find, and remembers the size of what it was shown."""

    def __init__(self, *boxes, confidence=0.99):
        self.found = [{"box": list(box), "confidence": confidence} for box in boxes]
        self.shown = None

    def detect_faces(self, photo):
        assert photo.dtype == np.uint8
        self.shown = photo.shape
        return self.found


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype="uint8")


@pytest.fixture
def detector(monkeypatch):
    def use(each):
        monkeypatch.setattr(faces, "_detector", lambda: each)
        return each

    return use


@pytest.mark.parametrize(("shape", "square"), [((40, 60), (10, 0, 40, False)), ((61, 40), (0, 10, 40, False))])
@pytest.mark.parametrize("found", [None, Detector(), Detector((5, 5, 20, 20), confidence=0.5)])
def test_without_a_face_it_is_the_centre_square(detector, shape, square, found):
    detector(found)
    assert faces.find_face(noise(*shape)) == square
    assert faces.has_detector() == (found is not None)


def test_a_face_lies_in_its_square_as_in_aligned_pictures(detector):
    detector(Detector((10, 10, 20, 30), (100, 80, 50, 60)))
    # The larger one: its width is the side over 1.2, its middle the middle, its chin at 0.95 of the height.
    assert faces.find_face(noise(200, 300)) == Square(125 - 30, 140 - 57, 60, True)


def test_large_photos_are_searched_at_a_smaller_size(detector):
    seen = detector(Detector((100, 80, 50, 60)))
    square = faces.find_face(noise(1280, 1920))
    assert seen.shown == (427, 640, 3)
    assert square == Square(3 * 125 - 90, 3 * 140 - 171, 180, True)


@given(
    shape=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    box=st.tuples(st.integers(-30, 90), st.integers(-30, 90), st.integers(1, 150), st.integers(1, 150)),
)
def test_a_square_lies_inside_the_photo(shape, box):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(faces, "_detector", lambda: Detector(box))
        left, top, side, is_face = faces.find_face(noise(*shape))
    assert is_face and side >= 1
    assert 0 <= left <= shape[1] - side and 0 <= top <= shape[0] - side


def test_a_cut_is_the_square_at_the_size_of_the_network():
    photo = noise(50, 70)
    square = Square(11, 7, 32, True)
    np.testing.assert_array_equal(faces.cut(photo, square, 32), to_float(photo[7:39, 11:43]))
    for side in (16, 64):
        seen = faces.cut(photo, square, side)
        assert seen.shape == (side, side, 3) and seen.dtype == np.float32 and np.abs(seen).max() <= 1
        assert seen.mean() == pytest.approx(to_float(photo[7:39, 11:43]).mean(), abs=0.02)


@pytest.mark.parametrize("side", [16, 32, 50])
def test_no_change_is_no_change_bit_by_bit(side):
    # All values of a byte occur.
    photo = np.arange(50 * 60 * 3, dtype="int64").reshape(50, 60, 3).astype("uint8")
    seen = faces.cut(photo, Square(3, 5, 40, True), side)
    np.testing.assert_array_equal(faces.put_back(photo, Square(3, 5, 40, True), seen, seen), photo)


@pytest.mark.parametrize("square", [Square(10, 6, 40, True), Square(0, 0, 60, False), Square(40, 20, 40, True)])
def test_pixels_outside_the_square_stay_and_details_inside_too(square):
    photo = noise(60, 80) // 2 + 32
    before = faces.cut(photo, square, 32)
    # Twenty grey levels brighter.
    after = before + np.float32(20 / 127.5)
    changed = faces.put_back(photo, square, before, after)
    assert changed.shape == photo.shape and changed.dtype == np.uint8
    inside = np.zeros(photo.shape[:2], bool)
    inside[square.top : square.top + square.side, square.left : square.left + square.side] = True
    np.testing.assert_array_equal(changed[~inside], photo[~inside])
    middle = slice(square.top + square.side // 4, square.top + 3 * square.side // 4)
    across = slice(square.left + square.side // 4, square.left + 3 * square.side // 4)
    np.testing.assert_array_equal(changed[middle, across].astype(int) - photo[middle, across], 20)


def test_a_change_fades_out_where_the_photo_goes_on():
    photo = np.full((120, 150, 3), 100, "uint8")
    square = Square(0, 20, 80, True)
    before = faces.cut(photo, square, 32)
    changed = faces.put_back(photo, square, before, before + np.float32(0.4)).astype(int) - 100
    # 0.4 is 51 grey levels, and the fade is 0.08 of 80 pixels, which is 6.
    rise = np.rint(51 * np.arange(6) / 6)
    np.testing.assert_array_equal(changed[20:26, 40, 0], rise)
    np.testing.assert_array_equal(changed[99:93:-1, 40, 0], rise)
    np.testing.assert_array_equal(changed[60, 79:73:-1, 0], rise)
    # The photo ends at the left.
    np.testing.assert_array_equal(changed[60, :70, 0], 51)


def test_a_change_is_clipped_to_the_range_of_a_picture():
    photo = np.full((32, 32, 3), 250, "uint8")
    square = Square(0, 0, 32, False)
    before = faces.cut(photo, square, 32)
    assert (faces.put_back(photo, square, before, before + np.float32(1)) == 255).all()


def test_a_change_of_a_small_picture_is_enlarged_smoothly():
    photo, square = np.full((128, 128, 3), 100, "uint8"), Square(0, 0, 128, False)
    before = faces.cut(photo, square, 32)
    change = np.zeros((32, 32, 3), "float32")
    change[12:20, 12:20] = 0.5
    changed = faces.put_back(photo, square, before, before + change).astype(int) - 100
    expected = np.stack([np.asarray(Image.fromarray(change[..., 0]).resize((128, 128), Image.BICUBIC))] * 3, -1)
    assert np.abs(changed - 127.5 * expected).max() <= 1
    assert (changed[64, 64] == 64).all() and (changed[2, 2] == 0).all()
