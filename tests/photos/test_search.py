"""Photos in a row, each with its faces; what is no use is told and stops nobody."""

import numpy as np
import pytest
from PIL import Image

from keras_facegan.errors import DataError, UserError
from keras_facegan.photos import search
from keras_facegan.photos.detector import Face
from keras_facegan.photos.search import search_photos

FACES = [Face(20.0, 30.0, 10.0, 0.0), Face(60.0, 30.0, 10.0, 0.0)]


@pytest.fixture(autouse=True)
def searched(monkeypatch):
    """Two faces on photos that are not black; the sizes of the photos that were searched."""
    sizes = []

    def find_faces(pixels):
        sizes.append(pixels.shape)
        return FACES if pixels.any() else []

    monkeypatch.setattr(search, "find_faces", find_faces)
    return sizes


def photo(value=100, channels=3):
    return np.full((50, 80, channels), value, "uint8")


def test_paths_arrays_and_lists_of_both_give_one_answer_each(tmp_path):
    Image.fromarray(photo()).save(tmp_path / "a.png")
    [alone] = search_photos(tmp_path / "a.png")
    assert alone.name == str(tmp_path / "a.png") and alone.faces == {1: FACES[0], 2: FACES[1]} and alone.error is None
    np.testing.assert_array_equal(alone.photo.pixels, photo())
    both = list(search_photos([str(tmp_path / "a.png"), photo(channels=1)]))
    assert [found.name for found in both] == [str(tmp_path / "a.png"), "photo 2"]
    assert both[1].photo.pixels.shape == (50, 80, 1) and len(both[1].faces) == 2
    assert [found.name for found in search_photos(np.stack([photo(), photo()]))] == ["photo 1", "photo 2"]


def test_one_face_is_picked_by_its_number():
    [found] = search_photos(photo(), face=2)
    assert found.faces == {2: FACES[1]} and found.error is None
    [found] = search_photos(photo(), face=3)
    assert found.faces == {} and str(found.error) == "photo 1 has 2 faces; there is no face 3."
    with pytest.raises(UserError, match="numbered from 1 at the left, got 0"):
        search_photos(photo(), face=0)


def test_what_is_no_use_is_told_and_the_others_go_on(tmp_path, searched):
    (tmp_path / "text.png").write_text("no picture")
    Image.fromarray(photo()).save(tmp_path / "half.png")
    whole = (tmp_path / "half.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) - 30])
    names = [tmp_path / "gone.png", tmp_path / "text.png", tmp_path / "half.png"]
    *broken, black, good = search_photos([*names, photo(0), photo()])
    for found, message in zip(broken, ("No such file", "not a picture of a known kind", "half.png"), strict=True):
        assert message in str(found.error) and found.photo is None
        with pytest.raises(DataError):
            found.check()
    assert str(black.error) == "photo 4: no face was found." and black.photo is not None
    assert good.error is None and len(searched) == 2


def test_photos_are_read_when_it_is_their_turn(tmp_path, searched):
    for name in ("a", "b"):
        Image.fromarray(photo()).save(tmp_path / f"{name}.png")
    rest = search_photos([tmp_path / "a.png", tmp_path / "b.png"])
    assert searched == []
    next(rest)
    assert len(searched) == 1


@pytest.mark.parametrize(
    ("shape", "dtype"), [((4, 4, 3), "float32"), ((4, 4), "uint8"), ((4, 4, 2), "uint8"), ((0, 4, 3), "uint8")]
)
def test_an_array_that_is_no_photo_is_refused_at_once(shape, dtype):
    with pytest.raises(UserError, match=r"photo 1 must be a uint8 array \(height, width, 1 or 3\), got "):
        search_photos([np.zeros(shape, dtype)])
