"""A folder of photos that a command makes: it goes on where it was stopped, and takes nothing from anybody else."""

import os

import numpy as np
import pytest
from PIL import Image

from keras_facegan import cli, create_model
from keras_facegan.cli._results import MARK
from tests.runs import finished_run

NAMES = ("b.png", "deep/c.png")
ALREADY = "{} of 2 photos are in {} already and left alone."


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Directory of a run of a model that translates."""
    return finished_run(tmp_path_factory.mktemp("runs") / "cyclegan", create_model("cyclegan", "tiny", seed=1))


@pytest.fixture
def command(run, tmp_path, monkeypatch, capsys):
    """Translate a folder of two photos; returns (exit code, lines of stdout, lines of stderr)."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name in NAMES:
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (24, 24, 3), dtype="uint8")).save(path)

    def translate(*argv):
        code = cli.main(["translate", *argv, "--run", str(run)])
        captured = capsys.readouterr()
        return code, captured.out.splitlines(), captured.err.splitlines()

    return translate


def saved(folder, *names):
    return [f"photos/{name}: saved as {folder}/{name}" for name in names]


@pytest.mark.parametrize("out", [[], ["--out", "there"]])
def test_a_folder_that_was_half_done_goes_on(command, tmp_path, out):
    folder = out[1] if out else "translated"
    argv = ("photos", "--to", "B", *out)
    assert command(*argv) == (0, saved(folder, *NAMES), [])
    first, second = (tmp_path / folder / name for name in NAMES)
    second.unlink()
    first.write_bytes(b"kept")
    assert command(*argv) == (0, [ALREADY.format(1, folder), *saved(folder, NAMES[1])], [])
    assert first.read_bytes() == b"kept" and second.is_file()
    assert command(*argv) == (0, [ALREADY.format(2, folder)], [])


def test_a_photo_that_has_changed_is_made_anew(command, tmp_path):
    argv = ("photos", "--to", "B", "--out", "there")
    assert command(*argv)[0] == 0
    later = (tmp_path / "there" / NAMES[0]).stat().st_mtime + 10
    os.utime(tmp_path / "photos" / NAMES[0], (later, later))
    assert command(*argv)[1] == [ALREADY.format(1, "there"), *saved("there", NAMES[0])]


def test_what_another_command_has_made_is_not_taken_for_done_nor_lost(command, tmp_path):
    assert command("photos", "--to", "B", "--out", "there")[0] == 0
    before = (tmp_path / "there" / NAMES[0]).read_bytes()
    wrong = f"error: there/{NAMES[0]} is there and not made by this command: choose another --out."
    assert command("photos", "--to", "A", "--out", "there") == (1, [], [wrong])
    assert (tmp_path / "there" / NAMES[0]).read_bytes() == before
    # Where no folder is named, another one is found.
    assert command("photos", "--to", "B")[1] == saved("translated", *NAMES)
    assert command("photos", "--to", "A")[1] == saved("translated-2", *NAMES)
    assert command("photos", "--to", "A")[1] == [ALREADY.format(2, "translated-2")]


@pytest.mark.parametrize("mark", [None, b"", b"[1]", b'{"file": 1}', b'{"file": "x", "com', b"\xff"])
def test_files_of_somebody_else_stay(command, tmp_path, mark):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_bytes(b"mine")
    if mark is not None:
        (tmp_path / "mine" / MARK).write_bytes(mark)
    argv = ("photos", "--to", "B", "--out", "mine")
    assert command(*argv)[0] == 0
    assert (tmp_path / "mine/letter.txt").read_bytes() == b"mine"
    assert command(*argv)[1] == [ALREADY.format(2, "mine")]

    # A photo that comes later may have the name of such a file.
    (tmp_path / "mine/new.png").write_bytes(b"mine")
    (tmp_path / "photos/new.png").write_bytes((tmp_path / "photos" / NAMES[0]).read_bytes())
    code, out, err = command(*argv)
    assert (code, out, len(err)) == (1, [], 1) and "mine/new.png is there and not made by this command" in err[0]
    assert (tmp_path / "mine/new.png").read_bytes() == b"mine"


def test_two_commands_may_fill_one_folder(command, tmp_path):
    (tmp_path / "others").mkdir()
    (tmp_path / "others/d.png").write_bytes((tmp_path / "photos" / NAMES[0]).read_bytes())
    both = [(place, "--to", "B", "--out", "there") for place in ("photos", "others")]
    assert [command(*argv)[0] for argv in both] == [0, 0]
    (tmp_path / "there" / NAMES[1]).unlink()
    assert command(*both[0])[1] == [ALREADY.format(1, "there"), *saved("there", NAMES[1])]
    assert command(*both[1])[1] == ["1 of 1 photos are in there already and left alone."]


def test_what_a_run_made_before_it_went_on_is_made_anew(command, tmp_path, run):
    argv = ("photos", "--to", "B")
    assert command(*argv)[1] == saved("translated", *NAMES)
    (run / "checkpoints").mkdir()
    try:
        assert command(*argv)[1] == saved("translated-2", *NAMES)
    finally:
        (run / "checkpoints").rmdir()


def test_photos_are_never_written_over(command, tmp_path):
    before = {name: (tmp_path / "photos" / name).read_bytes() for name in NAMES}
    code, out, err = command("photos", "--to", "B", "--out", "photos")
    assert (code, out) == (1, []) and err == [
        f"error: photos/{NAMES[0]} is a photo itself and would be lost: choose another --out."
    ]
    assert before == {name: (tmp_path / "photos" / name).read_bytes() for name in NAMES}


def test_a_mark_that_cannot_be_written_is_named(command, tmp_path):
    (tmp_path / "there" / MARK).mkdir(parents=True)
    code, out, err = command("photos", "--to", "B", "--out", "there")
    assert (code, out, err) == (1, [], [f"error: there/{MARK} cannot be written: Is a directory."])


def test_a_folder_that_cannot_be_made_is_named(command, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    code, _, err = command("photos", "--to", "B", "--out", "file/there")
    assert code == 1 and err == ["error: file/there cannot be made: Not a directory."]
