"""The detector: all faces of a photo with place, size and angle, and nothing where there is none."""

import numpy as np
import pytest

from keras_facegan.photos import detector
from keras_facegan.photos.detector import Face, find_faces
from tests.photos.pictures import FOUND, drawn_photo


def test_all_faces_are_found_from_left_to_right():
    places = [(FOUND[4], 500, 180, 220, 0), (FOUND[1], 130, 230, 180, 0), (FOUND[2], 300, 160, 140, 15)]
    faces = find_faces(drawn_photo(places))
    assert len(faces) == 3
    for face, (_, x, y, side, _) in zip(faces, sorted(places, key=lambda place: place[1]), strict=True):
        assert abs(face.x - x) < 0.1 * side and abs(face.y - y) < 0.1 * side
        # Drawn faces fill pictures of their set so far.
        assert 0.16 * side < face.size < 0.24 * side


@pytest.mark.parametrize("angle", [-20, 20])
def test_a_photo_that_is_turned_turns_its_faces(angle):
    upright, turned = (find_faces(drawn_photo([(FOUND[1], 320, 180, 220, each)]))[0] for each in (0, angle))
    assert np.degrees(turned.tilt - upright.tilt) == pytest.approx(angle, abs=3)
    assert turned.size == pytest.approx(upright.size, rel=0.05)
    # The eyes go round the middle of the picture, clockwise.
    radians = np.radians(angle)
    x, y = upright.x - 320, upright.y - 180
    assert turned.x == pytest.approx(320 + x * np.cos(radians) - y * np.sin(radians), abs=4)
    assert turned.y == pytest.approx(180 + x * np.sin(radians) + y * np.cos(radians), abs=4)


def test_large_photos_give_the_places_of_small_ones_times_their_size():
    photo = drawn_photo([(FOUND[1], 320, 180, 220, 0)])
    small, large = find_faces(photo)[0], find_faces(np.repeat(np.repeat(photo, 3, axis=0), 3, axis=1))[0]
    np.testing.assert_allclose(large[:3], 3 * np.array(small[:3]), rtol=0.03)


@pytest.mark.parametrize("shape", [(1, 1), (19, 300), (20, 20), (20, 900), (240, 320)])
def test_there_is_no_face_where_there_is_none(shape, capfd):
    plain = np.full((*shape, 3), (40, 80, 200), "uint8")
    assert find_faces(plain) == [] and find_faces(drawn_photo([], shape[::-1])) == []
    assert capfd.readouterr() == ("", "")


class Twice:
    """Finds one face as two, and another that it is not sure of."""

    def detect_faces(self, photo):
        def points(x, y):
            mouth = {"mouth_left": [x - 8, y + 20], "mouth_right": [x + 8, y + 20]}
            return {"left_eye": [x - 10, y], "right_eye": [x + 10, y], **mouth}

        return [
            {"confidence": 0.95, "keypoints": points(60, 50)},
            {"confidence": 0.99, "keypoints": points(64, 50)},
            {"confidence": 0.89, "keypoints": points(150, 50)},
        ]


def test_a_face_that_is_found_twice_counts_once_and_unsure_ones_do_not(monkeypatch):
    monkeypatch.setattr(detector, "_detector", Twice)
    # 20 pixels between the eyes and 20 down to the mouth; places are the middles of pixels.
    assert find_faces(np.zeros((100, 200, 3), "uint8")) == [Face(64.5, 50.5, 20.0, 0.0)]


def test_files_of_the_current_folder_are_not_taken_for_the_weights(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("pnet", "rnet", "onet"):
        (tmp_path / f"{name}.lz4").write_bytes(b"no weights")
    detector._detector.cache_clear()
    assert len(find_faces(drawn_photo([(FOUND[1], 320, 180, 220, 0)]))) == 1
