import os

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


@pytest.mark.parametrize("kind", ["tif", "tiff", "gif", "avif", "bmp", "jp2", "jpeg", "jfif", "webp"])
def test_pictures_of_all_kinds_are_read(tmp_path, save_picture, kind):
    save_picture(tmp_path / f"a.{kind}", format="JPEG" if kind == "jfif" else None)
    source = DATASETS.create("image_folder", data_dir=tmp_path, split="all")
    assert source.keys == (f"a.{kind}",) and source.read(0, 8).shape == (10, 12, 3)


def test_files_that_are_not_used_are_counted_once(tmp_path, save_picture, capsys, monkeypatch):
    monkeypatch.setattr("keras_facegan.data.files.picture_suffixes", lambda: (".png",))
    save_picture(tmp_path / "a.png")
    for name in ("b.svg", "deep/c.SVG", "d.heic", "README", ".hidden.svg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    for split in ("train", "validation", "all"):
        DATASETS.create("image_folder", data_dir=tmp_path, split=split)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"image_folder: files in {tmp_path} that are not used: 2 .svg, ")
    assert "1 .heic" in line and "1 without an ending" in line and "keras_facegan[heic]" in line


def test_a_folder_of_heic_alone_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_facegan.data.files.picture_suffixes", lambda: (".png",))
    (tmp_path / "a.HEIC").write_bytes(b"")
    with pytest.raises(
        DataError, match=r"found none. .* `pip install keras_facegan\[heic\]` lets HEIC pictures be read"
    ):
        DATASETS.create("image_folder", data_dir=tmp_path)


def test_names_in_another_encoding_are_read_and_shown(tmp_path, save_picture):
    names = [os.fsdecode(b"m\xfcller.png"), "me [old].png"]
    for name in names:
        save_picture(tmp_path / os.fsdecode(b"\xe9t\xe9") / name)
    source = DATASETS.create("image_folder", data_dir=tmp_path, split="all")
    assert {key.split("/")[1] for key in source.keys} == {*names} and len(source.stamp()) == 64
    (tmp_path / source.keys[1]).write_bytes(b"x")
    with pytest.raises(DataError, match=r"\\xe9t\\xe9/m\\xfcller.png is not a picture"):
        source.read(1, 8)
