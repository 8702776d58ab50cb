import collections

import pytest

from keras_facegan.errors import DataError
from keras_facegan.registry import DATASETS

PEOPLE = [f"s{number:02}" for number in range(1, 31)]


@pytest.fixture
def root(tmp_path, save_picture):
    for person in PEOPLE:
        for number in (1, 2):
            save_picture(tmp_path / "orl_faces" / person / f"{number}.pgm", size=(3, 4), mode="L")
    return tmp_path / "orl_faces"


@pytest.mark.parametrize("name", ["identity_folder", "celeba_identity", "orl_faces"])
def test_a_folder_is_a_person_and_in_one_split(root, name):
    parts = [DATASETS.create(name, data_dir=root, split=split) for split in ("train", "validation", "test")]
    assert sum(len(part) for part in parts) == 60
    people = [set(part.columns["identity"].tolist()) for part in parts]
    assert sum(map(len, people)) == len(set.union(*people)) == 30
    for part in parts:
        assert [PEOPLE[number] for number in part.columns["identity"]] == [key[:3] for key in part.keys]


def test_the_folder_of_sets_will_do(root):
    source = DATASETS.create("orl_faces", data_dir=root.parent, split="all")
    assert source.keys[0] == "s01/1.pgm" and source.read(0, 3).shape == (4, 3, 3)


def test_pictures_without_a_person_are_refused(root, save_picture):
    save_picture(root / "group.png")
    with pytest.raises(DataError, match="1 of 61 pictures lie in no folder, such as group.png"):
        DATASETS.create("identity_folder", data_dir=root)


def few(root, save_picture, pictures):
    """Folders of a person with so many pictures each, none of whom a hash holds out with another."""
    for person, count in pictures.items():
        for number in range(count):
            save_picture(root / person / f"{number}.png", size=(3, 4))
    return [
        DATASETS.create("identity_folder", data_dir=root, split=split)
        for split in ("train", "validation", "test", "all")
    ]


def test_of_too_few_people_pictures_are_held_out(tmp_path, save_picture):
    pictures = {f"p{number}": 10 for number in range(5)} | {"four": 4, "three": 3, "many": 60}
    train, validation, test, everything = few(tmp_path, save_picture, pictures)
    counts = [collections.Counter(key.split("/")[0] for key in part.keys) for part in (train, validation, test)]
    assert counts[1] == {**{f"p{number}": 2 for number in range(5)}, "four": 2, "many": 3}
    assert counts[2] == {**{f"p{number}": 2 for number in range(5)}, "many": 3}
    assert sum(counts, collections.Counter()) == pictures
    assert sorted([*train.keys, *validation.keys, *test.keys]) == list(everything.keys)
    # Everybody keeps the same number on every side.
    for part in (train, validation, test):
        names = sorted(pictures)
        assert [names[number] for number in part.columns["identity"]] == [key.split("/")[0] for key in part.keys]
