"""Strips and animations of aged photos: a column per age, close-ups, captions, and the way there and back."""

import dataclasses

import numpy as np
import pytest

from keras_facegan.photos import strips
from keras_facegan.photos.ageing import AgedFace, AgedPhoto
from keras_facegan.photos.alignment import Square
from keras_facegan.photos.files import Photo
from keras_facegan.photos.strips import CAPTION, FRAMES, GAP, WIDTH

SIDE = 16


def face(number, x, groups):
    image = np.zeros((SIDE, SIDE, 3), "float32")
    images = np.stack([image + 0.1 * step for step in (1, 2)])
    return AgedFace(number, Square(x, 50, 40, 0.0), 34.0, None, "31-40", groups, image=image, images=images)


@pytest.fixture
def aged():
    """A grey photo of 160 x 100 that gets brighter, with two faces of which the second moves once."""
    pixels = np.full((100, 160, 3), 100, "uint8")
    faces = (face(1, 40, ("41-50", "51+")), face(2, 120, ("51+",)))
    return AgedPhoto("a.png", Photo(pixels), faces, (pixels + 50, pixels + 100), groups=("41-50", "51+"))


@pytest.fixture
def texts(monkeypatch):
    """The lines of text that are drawn, in order."""
    drawn, line = [], strips._line
    monkeypatch.setattr(strips, "_line", lambda text, *rest: drawn.append(text) or line(text, *rest))
    return drawn


def columns(picture):
    return [picture[:, start : start + WIDTH] for start in range(0, picture.shape[1], WIDTH + GAP)]


def test_a_column_shows_the_whole_photo_and_its_faces_at_each_age(aged, texts):
    picture = strips.strip(aged)
    assert picture.shape[1] == 3 * WIDTH + 2 * GAP
    assert [text for text in texts if text.endswith("years") and ":" not in text or text == "as it is"] == [
        "as it is", "41-50 years", "51+ years",
    ]  # fmt: skip
    # The second face moves only once.
    assert [text for text in texts if ":" in text] == [
        "1: 34 years", "2: 34 years", "1: 41-50 years", "2: 34 years", "1: 51+ years", "2: 51+ years",
    ]  # fmt: skip
    for column, level in zip(columns(picture), (100, 150, 200), strict=True):
        # 160 x 100 fill the width; below are two close-ups side by side, with a gap.
        top = CAPTION[0] + WIDTH * 100 // 160
        assert (column[CAPTION[0] : top] == level).all()
        assert (column[top : top + GAP] == 255).all()
        close = column[top + GAP : top + GAP + 234]
        assert (close[:, :234] == level).all() and (close[:, 234 + GAP :] == level).all()
        assert (close[:, 234 : 234 + GAP] == 255).all()


def test_captions_can_be_read(aged):
    picture = strips.strip(aged)
    for column in columns(picture):
        rows, places = np.nonzero(column[: CAPTION[0]].mean(axis=-1) < 128)
        # Letters of 18 pixels or more in the middle.
        assert np.ptp(rows) >= 18 and abs(places.mean() - WIDTH / 2) < 10 and np.ptp(places) > 60


def test_one_face_has_a_close_up_of_the_whole_width(aged, texts):
    alone = dataclasses.replace(aged, faces=aged.faces[:1])
    height = strips.strip(alone).shape[0]
    assert height == CAPTION[0] + 300 + GAP + WIDTH + strips.LETTERS[0]
    assert "34 years" in texts and not any(":" in text for text in texts)


def test_a_close_up_shows_the_surroundings_of_the_square():
    pixels = np.zeros((100, 160, 3), "uint8")
    # The square of 40 around (60, 50), half as bright as what the close-up shows around it.
    pixels[26:74, 36:84] = 200
    pixels[30:70, 40:80] = 100
    close = strips._close_up(pixels, Square(60, 50, 40, 0.3), 48)
    assert (close[1:3, 10:40] > 150).all() and (close[8:40, 8:40] == 100).all()


def test_a_photo_that_stays_as_it_is_has_one_column(aged):
    still = dataclasses.replace(aged, faces=(dataclasses.replace(aged.faces[0], groups=()),), pictures=(), groups=())
    assert strips.strip(still).shape[1] == WIDTH


def test_a_morph_goes_through_all_ages_and_back(aged, texts):
    frames = strips.morph(aged)
    # At rest, two ways with both their ends, at rest; then all of it back.
    count = FRAMES + (FRAMES + 1) + FRAMES + FRAMES
    assert len(frames) == 2 * count and frames.dtype == np.uint8
    np.testing.assert_array_equal(frames, frames[::-1])
    levels = frames[:count, CAPTION[0] + 20, 20, 0].astype(int)
    steps = np.linspace(100, 200, 2 * FRAMES + 1)
    np.testing.assert_allclose(levels, [*[100] * FRAMES, *steps, *[200] * FRAMES], atol=1)
    heads = [text for text in texts if ":" not in text]
    assert [heads.count(text) for text in ("as it is", "41-50 years", "51+ years")] == [16, 10, 15]


def test_the_names_of_a_morph_can_be_read_at_every_moment(aged):
    rows = [column[-strips.LETTERS[0] :] for column in columns(strips.strip(aged))]
    frames = strips.morph(aged)[:, -strips.LETTERS[0] :]
    nearest = [[np.array_equal(frame, row) for row in rows].index(True) for frame in frames]
    assert nearest == sorted(nearest[: len(nearest) // 2]) + sorted(nearest[len(nearest) // 2 :], reverse=True)


def test_squares_are_what_the_network_saw_and_made(aged):
    picture = strips.squares(aged)
    assert picture.shape == (2 * SIDE, 3 * SIDE, 3)
    np.testing.assert_array_equal(picture[0, ::SIDE, 0], [128, 140, 153])
    frames = strips.morph_of_squares(aged)
    assert frames.shape[1:] == (SIDE, 2 * SIDE, 3) and frames[0, 0, 0, 0] == 128 and frames.max() == 153
