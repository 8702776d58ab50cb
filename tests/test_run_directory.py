"""The directory of a run: damaged, linked, locked, read-only or gone, each said in one line that loses nothing."""

import errno
import os
import shutil
import subprocess
import sys

import filelock
import pytest

from keras_facegan import run
from keras_facegan.errors import UserError
from keras_facegan.run_directory import RunDirectory
from tests.test_run import assert_same_run, plan, unbroken  # noqa: F401


@pytest.fixture
def copied(unbroken, tmp_path):  # noqa: F811
    return shutil.copytree(unbroken, tmp_path / "run")


def contents(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def refused(root, message, **settings):
    """Let a run go on to step 30; return the one line that refuses it."""
    before = contents(root)
    with pytest.raises(UserError, match=message) as error:
        run.train_recipe(plan(train_steps=30, **settings), root)
    assert "\n" not in str(error.value)
    assert contents(root) == before
    return str(error.value)


def test_a_run_whose_checkpoints_are_all_damaged_does_not_begin_again(copied):
    for path in copied.glob("checkpoints/*/state.npz"):
        path.write_bytes(b"damaged")
    said = refused(copied, "All 2 checkpoints in .* are damaged")
    assert "Bring a copy of one back; or move the folder away to begin again at step 1" in said


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("step,d_loss\n5,1.0\n", "has the columns step, d_loss, expected step, d_loss, g_loss, real_score, fake_score"),
        ("a,b,c,d,e\n", "has the columns a, b, c, d, e"),
        ("step,d_loss,g_loss,real_score,fake_score\n5,1,2,3,many\n", "line 2 is no row of 5 numbers"),
        ("step,d_loss,g_loss,real_score,fake_score\n5,1,2,3,4\n10,1,2\n", "line 3 is no row of 5 numbers"),
        ("step,d_loss,g_loss,real_score,fake_score\n5,1,2,3,4,5\n", "line 2 is no row of 5 numbers"),
        ("step,d_loss,g_loss,real_score,fake_score\nfive,1,2,3,4\n", "line 2 is no row of 5 numbers"),
    ],
)
def test_a_damaged_history_is_found_before_a_step_is_taken(copied, content, message):
    (copied / "history.csv").write_text(content)
    assert "Move it away to go on without its rows" in refused(copied, message)
    if "line" in message:
        with pytest.raises(UserError, match=message):
            run.Run(plan(), RunDirectory(copied)).history  # noqa: B018


def test_without_its_history_a_run_goes_on(copied, unbroken):  # noqa: F811
    (copied / "history.csv").unlink()
    ended = run.train_recipe(plan(train_steps=30), copied)
    assert ended.history["step"] == [25.0, 30.0]


@pytest.mark.parametrize("kind", ["folder", "link", "pipe"])
def test_a_lock_that_is_no_file_is_refused(copied, tmp_path, kind):
    lock, target = copied / "run.lock", tmp_path / "target"
    lock.unlink()
    target.write_text("mine")
    make = {"folder": lock.mkdir, "link": lambda: lock.symlink_to(target), "pipe": lambda: os.mkfifo(lock)}
    make[kind]()
    with pytest.raises(UserError, match=r"run.lock is not a plain file. Remove it, or choose another --run_dir"):
        run.train_recipe(plan(train_steps=30), copied)
    assert target.read_text() == "mine"


@pytest.mark.parametrize("name", [".unfinished_recipe.toml", ".unfinished_history.csv", ".unfinished_model.weights.h5"])
def test_links_in_the_way_are_not_followed(copied, tmp_path, name):
    target = tmp_path / "target"
    target.write_text("mine")
    (copied / name).symlink_to(target)
    run.train_recipe(plan(train_steps=22), copied)
    assert target.read_text() == "mine"


def test_a_file_system_without_locks_warns_and_goes_on(copied, monkeypatch):
    def no_locks(self):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(filelock.FileLock, "_acquire", no_locks)
    told = []
    run.train_recipe(plan(train_steps=22), copied, report=told.append)
    assert told[0] == f"The file system of {copied} has no locks: see that no other process trains there."
    assert any("Resumed at step 20 of 22" in line for line in told)


def test_a_lock_that_fails_otherwise_is_one_line(copied, monkeypatch):
    def fails(self):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(filelock.FileLock, "_acquire", fails)
    with pytest.raises(UserError, match="cannot be written: Input/output error. Choose another --run_dir"):
        run.train_recipe(plan(train_steps=22), copied)


def test_a_second_process_is_refused_while_the_first_one_lives(copied):
    lock = str(copied / "run.lock")
    code = f"import filelock; lock = filelock.FileLock({lock!r}); lock.acquire(); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(UserError, match=f"Another process is training in {copied}; choose another --run_dir"):
            run.train_recipe(plan(train_steps=22), copied)
        other.communicate("\n")
    run.train_recipe(plan(train_steps=22), copied)


@pytest.fixture
def read_only(copied):
    """A finished run on a file system that cannot be written."""
    bind, freeze = ["mount", "--bind", copied, copied], ["mount", "-o", "remount,bind,ro", copied]
    if os.geteuid() or shutil.which("mount") is None or subprocess.run(bind, capture_output=True).returncode:
        pytest.skip("only root may mount a file system")
    try:
        subprocess.run(freeze, check=True)
        yield copied
    finally:
        subprocess.run(["umount", "-l", copied], check=True)


def test_a_file_system_that_is_read_only_is_one_line(read_only):
    refused(read_only, f"{read_only} cannot be written: Read-only file system. Choose another --run_dir")


def test_a_directory_that_is_gone_is_not_called_intact(copied, monkeypatch):
    draw = run.Samples.on_step
    monkeypatch.setattr(run.Samples, "on_step", lambda self, *args: (draw(self, *args), shutil.rmtree(copied)))
    with pytest.raises(UserError) as error:
        run.train_recipe(plan(train_steps=50), copied)
    assert "intact" not in str(error.value) and "gone" in str(error.value) and "\n" not in str(error.value)


def test_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert RunDirectory("~/runs/mine").root == tmp_path / "runs" / "mine"
    run.train_recipe(plan(train_steps=2), "~/runs/mine")
    assert (tmp_path / "runs" / "mine" / "model.weights.h5").is_file()
