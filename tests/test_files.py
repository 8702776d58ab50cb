"""A file or folder gets its name when it is whole and not before; what had the name stays if anything fails."""

import errno
import os

import pytest

from keras_facegan import files
from keras_facegan.files import UNFINISHED, replacing, replacing_folder


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.is_file() and path.read_text() for path in folder.rglob("*")}


@pytest.mark.parametrize("existing", [False, True])
def test_a_file_gets_its_name_at_the_end(tmp_path, existing):
    path = tmp_path / "model.weights.h5"
    if existing:
        path.write_text("old")
    with replacing(path) as unfinished:
        assert unfinished.parent == tmp_path and unfinished.name.startswith(UNFINISHED)
        assert unfinished.name.endswith(".weights.h5") and unfinished.read_bytes() == b""
        unfinished.write_text("new")
        assert path.exists() == existing and (not existing or path.read_text() == "old")
    assert tree(tmp_path) == {"model.weights.h5": "new"}


def test_a_file_has_the_permissions_of_any_other(tmp_path):
    (tmp_path / "plain").write_text("")
    with replacing(tmp_path / "file"):
        pass
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("existing", [False, True])
def test_a_file_that_fails_leaves_the_old_one_and_no_rest(tmp_path, existing):
    if existing:
        (tmp_path / "file").write_text("old")
    before = tree(tmp_path)
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "file") as unfinished:
        unfinished.write_text("half")
        raise ZeroDivisionError
    assert tree(tmp_path) == before


def test_a_file_cannot_take_the_name_of_a_folder(tmp_path):
    (tmp_path / "name" / "inside").mkdir(parents=True)
    before = tree(tmp_path)
    with pytest.raises(OSError), replacing(tmp_path / "name") as unfinished:
        unfinished.write_text("new")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("context", [replacing, replacing_folder])
@pytest.mark.parametrize("target", ["victim", "nothing"])
def test_a_link_planted_at_the_temporary_name_is_not_followed(tmp_path, monkeypatch, context, target):
    (tmp_path / "victim").write_text("mine")
    monkeypatch.setattr(files.secrets, "token_hex", lambda size: "guessed")
    (tmp_path / f"{UNFINISHED}guessed_name").symlink_to(tmp_path / target)
    before = tree(tmp_path)
    with pytest.raises(FileExistsError), context(tmp_path / "name"):
        raise AssertionError("the block must not run")
    assert tree(tmp_path) == before and (tmp_path / f"{UNFINISHED}guessed_name").is_symlink()


@pytest.mark.parametrize("existing", [None, "empty", "full"])
def test_a_folder_gets_its_name_at_the_end(tmp_path, existing):
    path = tmp_path / "step_00000010"
    if existing:
        path.mkdir()
    if existing == "full":
        (path / "old").write_text("old")
    with replacing_folder(path) as unfinished:
        assert unfinished.parent == tmp_path and unfinished.name.startswith(UNFINISHED)
        (unfinished / "deep").mkdir()
        (unfinished / "deep" / "file").write_text("new")
        assert path.exists() == bool(existing) and (path / "old").exists() == (existing == "full")
    assert tree(tmp_path) == {path.name: False, f"{path.name}/deep": False, f"{path.name}/deep/file": "new"}


def test_all_files_and_folders_are_on_disk_before_a_folder_gets_its_name(tmp_path, monkeypatch):
    happened = []
    fsync, rename = os.fsync, os.rename

    def watched_fsync(descriptor):
        happened.append(os.stat(descriptor).st_ino)
        fsync(descriptor)

    def watched_rename(old, new):
        happened.append("named")
        rename(old, new)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "rename", watched_rename)
    with replacing_folder(tmp_path / "name") as unfinished:
        (unfinished / "deep").mkdir()
        (unfinished / "deep" / "file").write_text("deep")
        (unfinished / "file").write_text("")
        inside = {path.stat().st_ino for path in (unfinished, *unfinished.rglob("*"))}
    named = happened.index("named")
    assert set(happened[:named]) == inside
    assert happened[named + 1 :] == [tmp_path.stat().st_ino]


@pytest.mark.parametrize("existing", [False, True])
def test_a_folder_that_fails_leaves_the_old_one_and_no_rest(tmp_path, existing):
    if existing:
        (tmp_path / "name").mkdir()
        (tmp_path / "name" / "old").write_text("old")
    before = tree(tmp_path)
    with pytest.raises(ZeroDivisionError), replacing_folder(tmp_path / "name") as unfinished:
        (unfinished / "half").write_text("half")
        raise ZeroDivisionError
    assert tree(tmp_path) == before


def test_an_old_folder_comes_back_when_the_new_one_cannot_take_its_place(tmp_path, monkeypatch):
    (tmp_path / "name").mkdir()
    (tmp_path / "name" / "old").write_text("old")
    before, rename, calls = tree(tmp_path), os.rename, []

    def failing_rename(old, new):
        calls.append(new)
        # The first finds the name taken, the second moves the old folder aside.
        if len(calls) == 3:
            raise OSError(errno.EIO, "the disk broke")
        rename(old, new)

    monkeypatch.setattr(os, "rename", failing_rename)
    with pytest.raises(OSError, match="the disk broke"), replacing_folder(tmp_path / "name") as unfinished:
        (unfinished / "new").write_text("new")
    assert tree(tmp_path) == before and len(calls) == 4


def test_a_folder_cannot_take_the_name_of_a_file(tmp_path):
    (tmp_path / "name").write_text("mine")
    with pytest.raises(OSError), replacing_folder(tmp_path / "name"):
        pass
    assert tree(tmp_path) == {"name": "mine"}


def test_a_sound_folder_of_another_process_stays(tmp_path):
    def is_sound(path):
        return (path / "file").read_text() == "theirs"

    for first, left in (("theirs", "theirs"), ("damaged", "ours")):
        with replacing_folder(tmp_path / first, is_sound) as unfinished:
            (unfinished / "file").write_text("ours")
            (tmp_path / first).mkdir()
            (tmp_path / first / "file").write_text(first)
        assert (tmp_path / first / "file").read_text() == left
    assert sorted(path.name for path in tmp_path.iterdir()) == ["damaged", "theirs"]
