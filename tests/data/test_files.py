import os

import pytest

from keras_facegan.data.files import file_stamp, find_folder, list_pictures, printable
from keras_facegan.errors import DataError, UserError


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")


def test_list_pictures_is_sorted_and_leaves_out_what_is_hidden_or_no_picture(tmp_path):
    for name in ["b.JPG", "a/2.png", "a/10.webp", ".hidden.jpg", ".trash/1.jpg", "notes.txt", "c.pgm"]:
        touch(tmp_path / name)
    assert list_pictures(tmp_path) == ["a/10.webp", "a/2.png", "b.JPG", "c.pgm"]


def test_list_pictures_follows_links_to_folders_once(tmp_path):
    touch(tmp_path / "elsewhere" / "1.jpg")
    touch(tmp_path / "set" / "2.jpg")
    (tmp_path / "set" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "set" / "loop").symlink_to(tmp_path / "set")
    assert list_pictures(tmp_path / "set") == ["2.jpg", "linked/1.jpg"]


def test_find_folder_takes_the_set_or_the_folder_of_sets(tmp_path):
    touch(tmp_path / "cats" / "1.jpg")
    for data_dir in (tmp_path, str(tmp_path / "cats")):
        assert (
            find_folder("cats", data_dir, ["cats"], lambda place: any(place.glob("*.jpg")), "jpg") == tmp_path / "cats"
        )


def test_find_folder_says_what_it_looked_for_and_where(tmp_path):
    with pytest.raises(UserError, match="--data_dir"):
        find_folder("cats", None, ["cats"], list_pictures, "cats/*.jpg")
    with pytest.raises(DataError) as error:
        find_folder("cats", tmp_path, ["cats"], list_pictures, "cats/*.jpg")
    for word in ("cats/*.jpg", str(tmp_path / "cats"), f"or {tmp_path}", "--data_dir"):
        assert word in str(error.value)


def test_file_stamp_follows_content_times_and_place(tmp_path):
    touch(tmp_path / "a.jpg")
    before = file_stamp(tmp_path, ["a.jpg"])
    assert file_stamp(tmp_path, ["a.jpg"]) == before
    os.utime(tmp_path / "a.jpg", ns=(1, 1))
    assert file_stamp(tmp_path, ["a.jpg"]) != before


def test_printable_escapes_broken_utf8_and_control_characters():
    assert printable(os.fsdecode(b"caf\xc3\xa9\xff\x1b[31m\n.jpg")) == "café\\xff\\x1b[31m\\n.jpg"


def test_directories_of_runs_hold_results_not_pictures(tmp_path):
    for name in ["1.png", "runs/mine/samples/step_1.png", "runs/mine/loss.png", "runs/2.png", "people/3.png"]:
        touch(tmp_path / name)
    touch(tmp_path / "runs" / "mine" / "recipe.toml")
    assert list_pictures(tmp_path) == ["1.png", "people/3.png", "runs/2.png"]
    # The folder itself was named: it is what was asked for.
    assert list_pictures(tmp_path / "runs" / "mine") == ["loss.png", "samples/step_1.png"]


def test_home_is_expanded_and_may_be_missing(tmp_path, monkeypatch):
    touch(tmp_path / "cats" / "1.jpg")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_folder("cats", "~/cats", [], list_pictures, "jpg") == tmp_path / "cats"
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    with pytest.raises(DataError, match="expects jpg in ~/cats"):
        find_folder("cats", "~/cats", [], list_pictures, "jpg")
