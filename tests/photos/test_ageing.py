"""age_photos: every face of a photo aged by itself and in its place, upright for the networks, and nothing else."""

import doctest
import types

import numpy as np
import pytest
from PIL import Image

from keras_facegan import age_photos, load_model
from keras_facegan.abilities import EstimatesAge
from keras_facegan.cli import age_of
from keras_facegan.data.framing import USUAL
from keras_facegan.data.images import decode
from keras_facegan.errors import DataError, UserError
from keras_facegan.photos import ageing
from keras_facegan.photos.ages import error_of_ages, estimate_ages, estimator_of
from keras_facegan.photos.alignment import put_back
from keras_facegan.photos.networks import Network, load_network
from keras_facegan.photos.search import search_photos
from tests.photos.ageing_runs import ageing_runs, loaded_once
from tests.photos.pictures import FOUND, drawn_photo

# Two faces of less than 50 years, the second one turned by 20 degrees.
PLACES = [(FOUND[1], 170, 180, 230, 0), (FOUND[5], 470, 180, 230, 20)]
ESTIMATOR = "age_estimator/drawn_faces_64"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    ageing_runs(root)
    return root


@pytest.fixture(scope="module", autouse=True)
def networks():
    with loaded_once():
        yield


@pytest.fixture(scope="module")
def group():
    return drawn_photo(PLACES)


def changed(before, after):
    """Return which pixels differ, bool (H, W)."""
    return (before != after).any(axis=-1)


def test_every_face_is_aged_by_its_own_age_and_the_rest_stays_bit_by_bit(runs, group):
    [aged] = age_photos(group, to=70, model=str(runs / "older"))
    assert aged.error is None and aged.groups == ("51+",) and len(aged.pictures) == 1
    assert [face.number for face in aged.faces] == [1, 2]
    [found] = search_photos(group)
    estimated = estimate_ages(load_network(ESTIMATOR, EstimatesAge), found)
    model, expected = load_model(runs / "older"), group
    for face in aged.faces:
        # As age-of says, and the error of that decade.
        assert face.age == pytest.approx(estimated[face.number][0], abs=1e-3)
        assert face.age_error == error_of_ages(ESTIMATOR, face.age) > 0
        assert face.groups == ("51+",) and face.why == ""
        images = model.age(face.image[None], to=70, source_group=int(model.groups.of([face.age])[0]))
        np.testing.assert_allclose(face.images, images, atol=1e-5)
        expected = put_back(expected, face.square, face.image, images[0])
    assert np.abs(aged.pictures[0].astype(int) - expected).max() <= 1
    where = changed(group, aged.pictures[0])
    assert where.sum() > 5000
    y, x = np.nonzero(where)
    distances = [np.hypot(x - face.square.x, y - face.square.y) - face.square.side / 2 for face in aged.faces]
    assert np.min(distances, axis=0).max() <= 1
    assert abs(aged.faces[0].age - aged.faces[1].age) > 1


def test_a_face_that_is_picked_is_the_only_one_that_changes(runs, group):
    [both], [one] = (age_photos(group, to=70, face=face, model=str(runs / "older")) for face in (None, 2))
    assert [face.number for face in one.faces] == [2]
    assert one.faces[0].age == pytest.approx(both.faces[1].age, abs=1e-4)
    left = np.s_[:, :320]
    np.testing.assert_array_equal(one.pictures[0][left], group[left])
    np.testing.assert_array_equal(one.pictures[0][:, 320:], both.pictures[0][:, 320:])


def test_a_photo_that_is_turned_gives_nearly_the_same_age_and_changes_the_same_place(runs):
    upright, turned = drawn_photo([(FOUND[1], 320, 180, 230, 0)]), drawn_photo([(FOUND[1], 320, 180, 230, 20)])
    results = [next(age_photos(photo, to=70, model=str(runs / "older"))) for photo in (upright, turned)]
    assert results[1].faces[0].age == pytest.approx(results[0].faces[0].age, abs=4)
    seen = [result.faces[0].image.ravel() for result in results]
    assert np.corrcoef(*seen)[0, 1] > 0.9
    # The change of the upright photo, turned by hand, lies where that of the turned one lies.
    where = [changed(photo, result.pictures[0]) for photo, result in zip((upright, turned), results, strict=True)]
    by_hand = np.asarray(Image.fromarray(where[0]).rotate(-20))
    overlap = (by_hand & where[1]).sum() / (by_hand | where[1]).sum()
    assert overlap > 0.85
    assert (where[0] & where[1]).sum() / (where[0] | where[1]).sum() < overlap


def test_all_groups_from_the_first_own_one_on(runs, group, monkeypatch):
    monkeypatch.setattr(ageing, "estimate_ages", lambda network, found: {1: (45.0, 5.0), 2: (25.0, 6.0)})
    [aged] = age_photos(group, model=str(runs / "older"))
    assert aged.groups == ("31-40", "41-50", "51+") and len(aged.pictures) == 3
    assert [face.groups for face in aged.faces] == [("51+",), ("31-40", "41-50", "51+")]
    assert [face.group for face in aged.faces] == ["41-50", "0-30"]
    left, right = np.s_[:, :320], np.s_[:, 320:]
    for picture in aged.pictures[:2]:
        np.testing.assert_array_equal(picture[left], group[left])
    assert changed(group, aged.pictures[2])[left].any()
    assert all(changed(group, picture)[right].any() for picture in aged.pictures)
    # The other way round.
    [aged] = age_photos(group, model=str(runs / "younger"))
    assert aged.groups == ("31-40", "0-30")
    assert [face.groups for face in aged.faces] == [("31-40", "0-30"), ()]


def test_what_the_model_cannot_do_with_one_face_does_not_stop_the_other(runs, group, monkeypatch):
    monkeypatch.setattr(ageing, "estimate_ages", lambda network, found: {1: (70.0, None), 2: (25.0, None)})
    [aged] = age_photos(group, to=35, model=str(runs / "older"))
    assert aged.error is None and aged.faces[1].groups == ("31-40",)
    assert aged.faces[0].why.startswith("age 70, group 51+: this model makes faces older, it cannot go to 35 years")
    np.testing.assert_array_equal(aged.pictures[0][:, :320], group[:, :320])
    monkeypatch.setattr(ageing, "estimate_ages", lambda network, found: {1: (70.0, None), 2: (80.0, None)})
    [aged] = age_photos(group, to=35, model=str(runs / "older"))
    assert aged.pictures == () and "face 1, age 70" in str(aged.error) and "face 2, age 80" in str(aged.error)
    with pytest.raises(DataError, match="take one that makes them younger"):
        aged.save("never.png")


def test_a_face_of_the_group_asked_for_stays_as_it_is(runs, group):
    [aged] = age_photos(group, to=35, from_=38, face=1, model=str(runs / "older"))
    assert aged.error is None and aged.faces[0].groups == () and aged.faces[0].age_error is None
    np.testing.assert_array_equal(aged.pictures[0], group)
    [aged] = age_photos(group, from_=70, face=1, model=str(runs / "older"))
    assert aged.error is None and aged.pictures == ()


def test_photos_without_a_face_or_with_too_many_are_told_and_the_others_go_on(runs, group, tmp_path):
    plain = np.full((240, 320, 3), (40, 80, 200), "uint8")
    small = np.asarray(Image.fromarray(drawn_photo([(FOUND[1], 320, 180, 230, 0)])))
    results = list(age_photos([plain, tmp_path / "gone.png", group, small], to=70, from_=25, model=str(runs / "older")))
    errors = [result.error and str(result.error) for result in results]
    assert errors[0] == "photo 1: no face was found."
    assert "gone.png cannot be decoded: No such file" in errors[1]
    assert errors[2] == "photo 3 has 2 faces: say which one is 25 years old."
    assert errors[3] is None and results[3].faces[0].age == 25


def test_grey_and_deep_photos_stay_what_they_are(runs, group, tmp_path):
    grey = np.asarray(Image.fromarray(group).convert("L"))
    Image.fromarray(grey.astype("uint16") * 257).save(tmp_path / "deep.png")
    [aged] = age_photos(tmp_path / "deep.png", to=70, from_=25, face=1, model=str(runs / "older"))
    aged.save(tmp_path / "aged.png")
    with Image.open(tmp_path / "aged.png") as image:
        after = np.asarray(image)
    assert after.dtype == np.uint16 and after.shape == grey.shape
    different = after != grey.astype("uint16") * 257
    # Between the levels of eight bits, too.
    assert different.sum() > 5000 and (after[different] % 257).any() and not different[:, 330:].any()


def test_arguments_are_checked_before_any_network_is_loaded(group, monkeypatch):
    monkeypatch.setattr(ageing, "load_network", lambda *args: pytest.fail("loaded"))
    with pytest.raises(UserError, match="`to` is an age in years from 0 to 120, got 121"):
        age_photos(group, to=121)
    with pytest.raises(UserError, match="`from_` is an age in years from 0 to 120, got -1"):
        age_photos(group, to=60, from_=-1)
    with pytest.raises(UserError, match="`pfa_gan/x` is not the name of pretrained weights"):
        age_photos(group, to=60, model="pfa_gan/x")
    with pytest.raises(UserError, match="numbered from 1"):
        age_photos(group, to=60, face=0)
    # No photo is of use: no network is needed to say so.
    [aged] = age_photos("gone.png", to=60)
    assert aged.error is not None


def test_a_model_that_cannot_be_used_is_said(runs, group):
    with pytest.raises(UserError, match="Or say the age of the face: --from"):
        next(age_photos(group, to=60, model=str(runs / "helpless")))
    with pytest.raises(UserError, match="cannot age faces; it can"):
        next(age_photos(group, to=60, model="facenet/judge_64"))


def test_the_example_of_its_docstring_runs(group, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(group[:, :320]).save("anna.jpg")
    Image.fromarray(group).save("family.jpg")
    [example] = doctest.DocTestFinder(recurse=False).find(age_photos, "age_photos", globs={})
    result = doctest.DocTestRunner().run(example)
    assert result.attempted == 2 and result.failed == 0, capsys.readouterr().out
    assert decode("aged-family.jpg").shape == group.shape


def test_a_photo_has_one_age_whichever_command_is_asked():
    def ageing_network(estimator):
        return Network("pfa_gan/x", types.SimpleNamespace(age_network=estimator), USUAL)

    # The weights of the zoo are steered by a smaller network than the one that tells ages.
    for name in (ageing.OLDER, ageing.YOUNGER):
        own = load_model(name).age_network
        assert estimator_of(ageing_network(own)).name == age_of.ESTIMATOR
    assert estimator_of(ageing_network(ESTIMATOR)).name == ESTIMATOR


def test_errors_of_ages_are_those_of_their_decade():
    # docs/results/age.md, age_estimator/utkface_64.
    errors = [error_of_ages("age_estimator/utkface_64", age) for age in (0.0, 9.9, 10.0, 35.0, 79.0, 80.0, 99.0)]
    assert errors == [2.756, 2.756, 7.1, 5.705, 10.647, 14.208, 14.208]
