"""Drawn faces: what the labels say is what the pixels show, and a face depends on its index alone."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.data.drawing import RENDERER_VERSION, draw, sample_parameters
from keras_facegan.data.drawing.canvas import HEAD_Y
from keras_facegan.data.drawing.parameters import TAKES
from keras_facegan.data.sets.drawn_faces import drawn_faces
from keras_facegan.errors import UserError

SIZE = 64


def frontal(indices, age=33.0, **attributes):
    """Return faces that look straight at us, bare of what could hide an attribute, and then the given attributes."""
    faces = sample_parameters(np.asarray(indices)).at_age(age)
    takes = faces.takes.copy()
    for name in ("roll", "yaw", "shift_x", "shift_y", "zoom"):
        takes[:, TAKES.index(name)] = 0.5
    bare = {"Wearing_Hat": 0, "Eyeglasses": 0, "Blurry": 0, "Bald": 0, "Bangs": 0}
    return dataclasses.replace(faces, takes=takes).with_attributes(**(bare | attributes))


def window(pictures, box):
    """Cut a box in head units out of frontal pictures, (n, size, size, ...)."""
    size = pictures.shape[1]
    zoom = 0.98 + 0.2 * (0.15 + 0.85 * 0.5)
    left, right = (round((zoom * x + 1) * size / 2) for x in (box[0], box[2]))
    top, bottom = (round((zoom * y + HEAD_Y + 1) * size / 2) for y in (box[1], box[3]))
    return pictures[:, max(top, 0) : bottom, max(left, 0) : right]


def test_a_face_depends_on_its_index_only():
    indices = np.array([7, 2**40 + 3, 500, 0, 91, 92, 93])
    together = draw(sample_parameters(indices), 32)
    for index, picture in zip(indices, together, strict=True):
        np.testing.assert_array_equal(draw(sample_parameters([index]), 32)[0], picture)


def test_seeds_give_other_faces():
    first, second = (draw(sample_parameters(np.arange(8), seed=seed), 32).astype(int) for seed in (0, 1))
    assert 20 < np.abs(first - second).mean() < 120


def test_source_reads_one_like_many_and_whatever_its_size():
    large, small = drawn_faces(size=1000, identities=20), drawn_faces(size=30, identities=20)
    pictures = large.read_many(np.array([3, 29]), 24)
    np.testing.assert_array_equal(pictures[1], large.read(29, 24))
    np.testing.assert_array_equal(pictures[1], small.read(29, 24))
    for name in small.columns:
        np.testing.assert_array_equal(small.columns[name], large.columns[name][:30])


@pytest.mark.parametrize("size", [8, 16, 33, 64, 128])
def test_sizes(size):
    pictures = draw(sample_parameters(np.arange(6)), size)
    assert pictures.shape == (6, size, size, 3)
    assert pictures.dtype == np.uint8
    assert 90 < pictures.mean() < 210
    assert 30 < pictures.std() < 90


def test_edges_are_smooth_and_sizes_agree():
    faces = sample_parameters(np.arange(24))
    coarse = draw(faces, 64).astype(np.float32)
    fine = draw(faces, 256).astype(np.float32).reshape(24, 64, 4, 64, 4, 3).mean(axis=(2, 4))
    assert 0.1 < np.abs(coarse - fine).mean() < 4.0
    # A hard-edged drawing knows a few colours; here most of the pixels differ from each other.
    assert len(np.unique(draw(faces[:1], 64).reshape(-1, 3), axis=0)) > 500


def test_columns():
    source = drawn_faces(size=4000)
    columns = source.columns
    assert {name: (values.dtype.name, values.shape) for name, values in columns.items()} == {
        "attributes": ("float32", (4000, 40)),
        "age": ("float32", (4000,)),
        "gender": ("int32", (4000,)),
        "identity": ("int32", (4000,)),
    }
    assert len(source.keys) == len(set(source.keys)) == 4000
    assert source.keys[5] == f"drawn_faces/v{RENDERER_VERSION}/0/5"
    assert 1 <= columns["age"].min() < 2
    assert 89 < columns["age"].max() <= 90
    assert abs(columns["age"].mean() - 45.5) < 1
    np.testing.assert_array_equal(columns["gender"], 1 - columns["attributes"][:, CELEBA_ATTRIBUTES.index("Male")])
    assert set(np.unique(columns["attributes"])) == {0.0, 1.0}


def test_every_attribute_can_be_learnt():
    shares = dict(zip(CELEBA_ATTRIBUTES, drawn_faces(size=4000).columns["attributes"].mean(axis=0), strict=True))
    assert shares.pop("Attractive") == 0
    assert 0.6 < shares.pop("No_Beard") < 0.9
    assert {name: share for name, share in shares.items() if not 0.03 < share < 0.6} == {}


def test_attributes_go_with_age_and_gender():
    columns = drawn_faces(size=4000).columns
    attributes = dict(zip(CELEBA_ATTRIBUTES, columns["attributes"].T, strict=True))
    child = columns["age"] < 15
    for name in ("Goatee", "Mustache", "5_o_Clock_Shadow", "Bald", "Gray_Hair", "Wearing_Lipstick", "Wearing_Necktie"):
        assert attributes[name][child].sum() == 0, name
    assert attributes["No_Beard"][child | (columns["gender"] == 1)].min() == 1
    assert attributes["Gray_Hair"][columns["age"] > 70].mean() > 0.5
    assert attributes["Wearing_Lipstick"][columns["gender"] == 0].sum() == 0


def test_splits_share_no_person_and_no_picture():
    splits = [drawn_faces(split=split, size=2000, identities=50) for split in ("train", "validation", "test")]
    assert [len(split.keys) for split in splits] == [2000, 200, 200]
    persons = [set(split.columns["identity"].tolist()) for split in splits]
    assert [len(some) for some in persons] == [50, 5, 5]
    assert len(set.union(*persons)) == 60
    assert len({key for split in splits for key in split.keys}) == 2400


def test_one_person_is_seen_at_all_ages_and_stays_alike():
    columns = drawn_faces(size=400, identities=10).columns
    for person in range(10):
        ages = np.sort(columns["age"][columns["identity"] == person])
        assert len(ages) == 40
        assert np.diff(ages).max() < 8
    faces = sample_parameters([0, 10, 20], identities=10)
    np.testing.assert_array_equal(faces.traits[0], faces.traits[2])
    assert not np.array_equal(faces.takes[0], faces.takes[2])


# Where each attribute shows, in head units, and the least mean change there in grey levels.
REGIONS = {
    "5_o_Clock_Shadow": ((-0.5, 0.0, 0.5, 0.65), 1.5),
    "Arched_Eyebrows": ((-0.4, -0.3, 0.4, 0.05), 1.0),
    "Bags_Under_Eyes": ((-0.35, -0.05, 0.35, 0.25), 0.8),
    "Bald": ((-0.9, -0.9, 0.9, 1.1), 2.0),
    "Bangs": ((-0.65, -0.7, 0.65, 0.2), 2.0),
    "Big_Lips": ((-0.25, 0.18, 0.25, 0.5), 1.5),
    "Big_Nose": ((-0.45, -0.1, 0.45, 0.55), 2.0),
    "Bushy_Eyebrows": ((-0.4, -0.3, 0.4, 0.05), 2.0),
    "Eyeglasses": ((-0.5, -0.2, 0.5, 0.25), 8.0),
    "Goatee": ((-0.25, 0.25, 0.25, 0.75), 5.0),
    "Heavy_Makeup": ((-0.45, -0.2, 0.45, 0.4), 1.0),
    "High_Cheekbones": ((-0.5, -0.05, 0.5, 0.5), 0.7),
    "Mouth_Slightly_Open": ((-0.3, 0.15, 0.3, 0.55), 3.0),
    "Mustache": ((-0.3, 0.1, 0.3, 0.5), 4.0),
    "Narrow_Eyes": ((-0.35, -0.2, 0.35, 0.2), 3.0),
    "No_Beard": ((-0.55, -0.1, 0.55, 0.8), 8.0),
    "Pointy_Nose": ((-0.25, -0.1, 0.25, 0.35), 0.5),
    "Receding_Hairline": ((-0.6, -0.7, 0.6, 0.2), 2.0),
    "Rosy_Cheeks": ((-0.45, -0.05, 0.45, 0.4), 1.2),
    "Sideburns": ((-0.55, -0.25, 0.55, 0.3), 1.5),
    "Smiling": ((-0.45, -0.1, 0.45, 0.6), 1.8),
    "Wearing_Earrings": ((-0.65, 0.0, 0.65, 0.5), 1.5),
    "Wearing_Hat": ((-0.95, -1.0, 0.95, 0.1), 8.0),
    "Wearing_Lipstick": ((-0.25, 0.18, 0.25, 0.5), 2.0),
    "Wearing_Necklace": ((-0.45, 0.5, 0.45, 1.1), 2.0),
    "Wearing_Necktie": ((-0.5, 0.5, 0.5, 1.1), 6.0),
}


@pytest.mark.parametrize("name", sorted(REGIONS))
def test_attribute_changes_its_own_region(name):
    box, least = REGIONS[name]
    faces = frontal(np.arange(24), No_Beard=1, Goatee=0, **{"5_o_Clock_Shadow": 0})
    without, worn = (draw(faces.with_attributes(**{name: value}), SIZE).astype(np.float32) for value in (0, 1))
    change = np.abs(worn - without)
    assert window(change, box).mean() > least
    assert window(change, box).sum() > 0.97 * change.sum()


@pytest.mark.parametrize("name", ["Chubby", "Double_Chin", "Male", "Oval_Face", "Straight_Hair", "Wavy_Hair", "Blurry"])
def test_attribute_without_a_region_shows(name):
    faces = frontal(np.arange(24))
    without, worn = (draw(faces.with_attributes(**{name: value}), SIZE).astype(np.float32) for value in (0, 1))
    assert np.abs(worn - without).mean() > 0.35


def test_colours_are_what_the_labels_say():
    faces = frontal(np.arange(24), Black_Hair=0, Brown_Hair=0, Blond_Hair=0, Gray_Hair=0, Pale_Skin=0)
    crown = (-0.15, -0.56, 0.15, -0.46)
    hair = {
        name: window(draw(faces.with_attributes(**{name: 1}), SIZE), crown).astype(np.float32).mean(axis=(1, 2))
        for name in ("Black_Hair", "Brown_Hair", "Blond_Hair", "Gray_Hair")
    }
    light = {name: colour.mean() for name, colour in hair.items()}
    assert light["Black_Hair"] < 70 < light["Brown_Hair"] < 130 < light["Blond_Hair"] < 220
    chroma = {name: np.ptp(colour, axis=1).mean() for name, colour in hair.items()}
    assert chroma["Gray_Hair"] < 0.5 * chroma["Blond_Hair"]
    cheek = (-0.05, -0.2, 0.05, -0.12)
    pale = window(draw(faces.with_attributes(Pale_Skin=1), SIZE), cheek).mean()
    assert 210 < pale < 250
    assert window(draw(faces, SIZE), cheek).mean() < pale - 25


def test_hair_turns_grey_with_age():
    faces = frontal(np.arange(200), age=25)
    dyed = faces.at_age(88).attribute("Gray_Hair") == 0
    coloured = faces.attribute("Brown_Hair") + faces.attribute("Blond_Hair") > 0
    faces = faces[coloured & ~dyed][:24]
    assert len(faces) == 24
    chroma = []
    for age in (25, 88):
        aged = faces.at_age(age).with_attributes(Bald=0, Receding_Hairline=0)
        crown = window(draw(aged, SIZE), (-0.15, -0.54, 0.15, -0.47)).astype(np.float32)
        chroma.append(np.ptp(crown, axis=-1).mean())
    assert chroma[0] > 40
    assert chroma[1] < 0.35 * chroma[0]


def test_wrinkles_come_with_age():
    energy = []
    for age in (25, 45, 65, 85):
        faces = frontal(np.arange(24), age=age, Receding_Hairline=1)
        forehead = window(draw(faces, 128), (-0.15, -0.36, 0.15, -0.22)).astype(np.float32).mean(axis=-1)
        energy.append(np.abs(np.diff(forehead, n=2, axis=1)).mean())
    assert energy == sorted(energy)
    assert 5 < energy[3] < 60
    assert energy[0] < 0.3 * energy[3]


def test_ageing_keeps_the_person_and_the_picture():
    faces = sample_parameters(np.arange(12)).at_age(30)
    old = faces.at_age(80)
    assert (old.age == 80).all()
    np.testing.assert_array_equal(old.identity, faces.identity)
    np.testing.assert_array_equal(old.gender, faces.gender)
    np.testing.assert_array_equal(draw(old.at_age(30), 32), draw(faces, 32))
    young, aged = draw(faces, SIZE), draw(old, SIZE)
    np.testing.assert_array_equal(young[:, :6, :6], aged[:, :6, :6])  # the wall behind
    assert 4 < np.abs(young.astype(int) - aged).mean() < 60
    # A choice by hand outlives the years.
    assert faces.with_attributes(Eyeglasses=1).at_age(80).attribute("Eyeglasses").min() == 1


def test_age_can_be_read_from_pixels():
    def pixels(split, count):
        source = drawn_faces(split=split, size=count if split == "train" else 10 * count, identities=300)
        pictures = source.read_many(np.arange(count), 16)
        return pictures.reshape(count, -1) / 127.5 - 1, source.columns["age"]

    (x, age), (unseen, truth) = pixels("train", 1500), pixels("test", 300)
    middle = x.mean(axis=0)
    weights = np.linalg.solve(
        (x - middle).T @ (x - middle) + 60 * np.eye(x.shape[1]), (x - middle).T @ (age - age.mean())
    )
    error = np.abs((unseen - middle) @ weights + age.mean() - truth).mean()
    chance = np.abs(truth - np.median(age)).mean()
    assert 3 < error < 0.75 * chance


def test_pictures_do_not_change_unnoticed():
    means = draw(sample_parameters(np.arange(64)), 16).mean(axis=(0, 1, 2))
    # New numbers here mean a new RENDERER_VERSION.
    assert RENDERER_VERSION == 2
    np.testing.assert_allclose(means, (173.560, 157.505, 142.914), atol=0.02)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: drawn_faces(split="dev"), "`dev` is not a split"),
        (lambda: drawn_faces(min_age=50, max_age=20), "min_age=50"),
        (lambda: sample_parameters([-1]), "0 or more"),
        (lambda: draw(sample_parameters([0]), 4), "8 pixels or more"),
        (lambda: sample_parameters([0]).at_age(150), "between 0 and 120"),
        (lambda: sample_parameters([0]).with_attributes(Young=1), "follows the age"),
        (lambda: sample_parameters([0]).with_attributes(Smiling=2), "must be 0 or 1"),
        (lambda: sample_parameters([0]).with_attributes(Smilling=1), "Did you mean `Smiling`"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(UserError, match=message):
        call()


def test_splits_can_be_joined():
    train, test = drawn_faces(size=30, identities=20), drawn_faces(split="test", size=30, identities=20)
    joined = drawn_faces(split="train+test", size=30, identities=20)
    assert joined.keys == train.keys + test.keys
    np.testing.assert_array_equal(joined.columns["age"], [*train.columns["age"], *test.columns["age"]])
    np.testing.assert_array_equal(joined.read(31, 16), test.read(1, 16))


def test_import_is_light():
    code = "import sys, keras_facegan.data.sets.drawn_faces; print({'tensorflow', 'keras'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"
