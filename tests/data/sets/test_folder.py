import pytest

from keras_facegan.errors import DataError
from keras_facegan.registry import DATASETS


def test_sub_folders_give_classes(tmp_path, save_picture):
    for name in ("cat/1.png", "cat/kittens/2.png", "bird/1.png"):
        save_picture(tmp_path / name)
    source = DATASETS.create("image_folder", data_dir=tmp_path, split="all")
    assert source.keys == ("bird/1.png", "cat/1.png", "cat/kittens/2.png")
    assert source.class_names == ("bird", "cat") and source.columns["label"].tolist() == [0, 1, 1]


def test_pictures_outside_sub_folders_mean_no_classes(tmp_path, save_picture):
    for name in ("1.png", "cat/1.png"):
        save_picture(tmp_path / name)
    source = DATASETS.create("image_folder", data_dir=tmp_path, split="all")
    assert source.columns == {} and source.class_names == ()


def test_classes_are_numbered_alike_in_every_split(tmp_path, save_picture):
    for name in "abcdefghijkl":
        save_picture(tmp_path / name / "1.png")
    for split in ("train", "validation", "test", "all"):
        source = DATASETS.create("image_folder", data_dir=tmp_path, split=split)
        assert [source.class_names[label] for label in source.columns["label"]] == [key[0] for key in source.keys]


def test_cats_finds_its_folder(tmp_path, save_picture):
    save_picture(tmp_path / "cats" / "1.jpg")
    for data_dir in (tmp_path, tmp_path / "cats"):
        source = DATASETS.create("cats", data_dir=data_dir, split="all")
        assert source.keys == ("1.jpg",) and source.root == str(tmp_path / "cats")


def test_an_empty_folder_says_what_was_looked_for(tmp_path):
    for name, what in (("cats", "cats/\\*.jpg"), ("image_folder", "pictures")):
        with pytest.raises(DataError, match=f"{what} in {tmp_path}"):
            DATASETS.create(name, data_dir=tmp_path)
