import numpy as np
import pytest

from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.data.sets.celeba_people import crop
from keras_facegan.errors import DataError
from keras_facegan.registry import DATASETS

KNOWN = [f"{number}" for number in range(100, 130)]
# Of the people of `celeba` 7 has three pictures, 9 and 300 have two, 8 has one.
OTHERS = [9, 7, 7, 300, 8, 9, 300, 7]


@pytest.fixture
def root(tmp_path, save_picture):
    for person in KNOWN:
        for number in (1, 2):
            save_picture(tmp_path / "celeba_identity" / person / f"{number}.jpg", size=(6, 6))
    files = [f"{number:06}.jpg" for number in range(1, len(OTHERS) + 1)]
    for file in files:
        save_picture(tmp_path / "celeba" / "img_align_celeba" / file, size=(89, 109))
    lines = ["8", " ".join(CELEBA_ATTRIBUTES), *(f"{file} " + " ".join(["1"] * 40) for file in files)]
    (tmp_path / "celeba" / "list_attr_celeba.txt").write_text("\n".join(lines) + "\n")
    rows = [f"{file} {person}" for file, person in zip(files, OTHERS, strict=True)]
    (tmp_path / "celeba" / "identity_CelebA.txt").write_text("\n".join(rows) + "\n")
    return tmp_path


def people(root, split, name="celeba_people", **options):
    return DATASETS.create(name, data_dir=root, split=split, **options)


def test_training_adds_the_people_with_two_pictures_or_more_behind_all_others(root):
    known, both = people(root, "train", "celeba_identity"), people(root, "train")
    count = len(known)
    assert both.keys[:count] == tuple(f"celeba_identity/{key}" for key in known.keys)
    assert both.keys[count:] == tuple(f"celeba/img_align_celeba/{n:06}.jpg" for n in (1, 2, 3, 4, 6, 7, 8))
    np.testing.assert_array_equal(both.columns["identity"][:count], known.columns["identity"])
    # 30 people of `celeba_identity` in all, then 7, 9 and 300.
    assert both.columns["identity"][count:].tolist() == [31, 30, 30, 32, 31, 32, 30]
    assert both.columns["identity"].dtype == np.int32


def test_held_out_people_are_those_of_celeba_identity(root):
    for split in ("validation", "test", "validation+test"):
        known, held_out = people(root, split, "celeba_identity"), people(root, split)
        assert held_out.keys == known.keys
        np.testing.assert_array_equal(held_out.columns["identity"], known.columns["identity"])
    assert len(people(root, "all")) == 60 + 7


def test_people_with_one_picture_come_too_where_they_are_asked_for(root):
    identity = people(root, "train", min_pictures=1).columns["identity"]
    assert identity[-8:].tolist() == [32, 30, 30, 33, 31, 32, 33, 30]


def test_pictures_of_both_are_read_and_those_of_celeba_cropped(root):
    both = people(root, "train")
    assert both.read(0, 8).shape == (6, 6, 3)
    assert both.read(len(both) - 1, 64).shape == (70, 70, 3)


def test_the_crop_keeps_what_lies_around_the_eyes():
    # The official pictures, 178 x 218, have the eyes at (69, 111) and (109, 111); these are half their size.
    picture = np.zeros((109, 89, 3), "uint8")
    picture[55, 34] = picture[55, 54] = 255
    rows, columns = np.nonzero(crop(picture)[..., 0])
    assert crop(picture).shape == (70, 70, 3)
    # In pictures of `celeba_identity` of 96 pixels they lie near (33, 39) and (62, 39) on average.
    np.testing.assert_allclose((columns + 0.5) * 96 / 70, [34, 62], atol=1.5)
    np.testing.assert_allclose((rows + 0.5) * 96 / 70, 40, atol=1.5)
    assert crop(np.zeros((218, 178, 3))).shape == (140, 140, 3)


def test_without_the_list_of_people_it_says_so(root):
    (root / "celeba" / "identity_CelebA.txt").unlink()
    with pytest.raises(DataError, match="expects identity_CelebA.txt"):
        people(root, "train")
