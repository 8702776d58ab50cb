"""Photos with other attributes: what is added to them, what is refused, and which attributes exclude each other."""

import types

import numpy as np
import pytest

from keras_facegan.attributes import CELEBA_ATTRIBUTES, EXCLUSIVE, check_changes, wanted_attributes, with_exclusions
from keras_facegan.data.framing import USUAL
from keras_facegan.errors import UserError
from keras_facegan.photos import search, transforming
from keras_facegan.photos.alignment import cut, put_back, square_of
from keras_facegan.photos.detector import Face
from keras_facegan.photos.networks import Network
from keras_facegan.photos.transforming import recognise_faces, transform_photos

SIDE = 16
FACES = [Face(40.0, 27.0, 9.0, 0.0), Face(130.0, 27.0, 9.0, 0.2), Face(85.0, 60.0, 0.5, 0.0)]
NAMES = ("Black_Hair", "Blond_Hair", "Smiling")


def brighter(images, changes):
    """A change that can be seen: brighter for every attribute that is asked for, darker for every other."""
    return np.clip(images + 0.2 * sum(1 if number else -1 for number in changes.values()), -1, 1)


@pytest.fixture
def model(monkeypatch):
    one = types.SimpleNamespace(name="stub", image_shape=(SIDE, SIDE, 3), attributes=NAMES, asked=[])

    def transform(images, changes):
        one.asked.append(changes)
        return brighter(images, changes)

    one.transform = transform
    one.recognise = lambda images: np.stack([images.mean(axis=(1, 2, 3)) * 0.5 + 0.5] * 3, axis=1)
    monkeypatch.setattr(transforming, "load_network", lambda name, ability, step: Network(name, one, USUAL))
    monkeypatch.setattr(transforming, "data_set_of", lambda name: "celeba")
    monkeypatch.setattr(search, "find_faces", lambda pixels: FACES if pixels.shape[1] == 180 else [])
    return one


def photo(width=180):
    return np.random.default_rng(0).integers(60, 180, (80, width, 3), dtype="uint8")


def test_every_face_is_changed_in_its_place(model):
    (changed,) = transform_photos(photo(), {"Smiling": 1})
    expected = photo()
    for face in FACES[:2]:
        square = square_of(face, USUAL)
        seen = cut(photo(), square, SIDE)
        expected = put_back(expected, square, seen, brighter(seen[None], {"Smiling": 1})[0])
    np.testing.assert_array_equal(changed.pictures[0], expected)
    assert np.abs(expected.astype(int) - photo()).max() > 10 and changed.error is None
    assert [face.images is None for face in changed.faces] == [False, False, True]
    assert "pixels wide; the network reads faces of 16" in changed.faces[2].seen.why


def test_what_a_model_cannot_rebuild_stays_out_of_the_photo(model):
    # Its pictures are far from the faces, with a change or without.
    model.rebuild = lambda images: images * 0.5
    model.transform = lambda images, changes: images * 0.5 + 0.3 * len(changes)
    (unchanged,) = transform_photos(photo(), {})
    np.testing.assert_array_equal(unchanged.pictures[0], photo())
    (changed,) = transform_photos(photo(), {"Smiling": 1}, face=1)
    square = square_of(FACES[0], USUAL)
    flat = np.zeros((SIDE, SIDE, 3), "float32")
    difference = np.abs(changed.pictures[0].astype(int) - put_back(photo(), square, flat, flat + 0.3))
    assert difference.max() <= 1


def test_several_changes_give_a_picture_each(model):
    (changed,) = transform_photos(photo(), [{"Smiling": 1}, {"Smiling": 0}], face=2)
    assert len(changed.pictures) == 2 and changed.faces[0].images.shape == (2, SIDE, SIDE, 3)
    assert changed.pictures[0].mean() > photo().mean() > changed.pictures[1].mean()
    np.testing.assert_array_equal(changed.pictures[0][:, :90], photo()[:, :90])


def test_one_colour_of_hair_takes_the_others_away(model):
    list(transform_photos(photo(), {"Blond_Hair": 1}))
    list(transform_photos(photo(), {"Blond_Hair": 0}))
    assert model.asked == [{"Blond_Hair": 1, "Black_Hair": 0}, {"Blond_Hair": 0}]


def test_a_photo_without_a_face_does_not_stop_the_others(model):
    empty, good = transform_photos([photo(100), photo()], {"Smiling": 1})
    assert str(empty.error) == "photo 1: no face was found." and good.error is None
    with pytest.raises(UserError, match="no face was found"):
        empty.save("none.png")


def test_attributes_are_checked_before_anything_is_loaded(model, monkeypatch):
    monkeypatch.setattr(transforming, "load_network", lambda *args: pytest.fail("loaded"))
    with pytest.raises(UserError, match="`Smilling` is not an attribute of CelebA. Did you mean `Smiling`"):
        transform_photos(photo(), {"Smilling": 1})
    with pytest.raises(UserError, match="Black_Hair and Gray_Hair exclude each other"):
        transform_photos(photo(), {"Gray_Hair": 1, "Black_Hair": 1})


def test_an_attribute_that_the_model_lacks_is_named_with_the_model(model):
    with pytest.raises(UserError, match="`Smiling` is not an attribute of mine/64.*Available: `Black_Hair`"):
        model.attributes = ("Black_Hair", "Male")
        next(transform_photos(photo(), {"Smiling": 1}, model="mine/64"))


def test_faces_are_recognised_by_number_and_small_ones_left_out(model):
    found = next(search.search_photos(photo()))
    told = recognise_faces(Network("stub", model, USUAL), found)
    assert list(told) == [1, 2]
    seen = cut(photo(), square_of(FACES[1], USUAL), SIDE)
    np.testing.assert_allclose(told[2], seen.mean() * 0.5 + 0.5, rtol=1e-5)


def test_attributes_exclude_each_other_both_ways_and_only_where_they_are_there():
    names = {name for pair in EXCLUSIVE for name in pair}
    assert names <= set(CELEBA_ATTRIBUTES)
    check_changes({"Black_Hair": 1, "Gray_Hair": 0, "Straight_Hair": 1, "Bangs": 1})
    for one, other in EXCLUSIVE:
        with pytest.raises(UserError, match="exclude each other"):
            check_changes({other: 1, one: 1})
        assert with_exclusions({one: 1}, (one, other)) == {one: 1, other: 0}
        assert with_exclusions({other: 1}, (one, other)) == {one: 0, other: 1}
        assert with_exclusions({one: 1}, (one,)) == {one: 1}
        assert with_exclusions({one: 1, other: 0.2}, (one, other)) == {one: 1, other: 0.2}


def test_names_of_the_command_line_become_ones_and_zeros():
    assert wanted_attributes("Smiling,Young", "Bald") == {"Bald": 0, "Smiling": 1, "Young": 1}
    assert wanted_attributes(None, None) == {} and wanted_attributes(None, "Bald") == {"Bald": 0}
    with pytest.raises(UserError, match="`Bald` is named in --with and in --without"):
        wanted_attributes("Bald", "Bald")
    with pytest.raises(UserError, match="`Bald` is named twice"):
        wanted_attributes("Bald,Bald", None)
