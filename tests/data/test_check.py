import json
import os
import re
import shutil

import pytest

from keras_facegan.cli import data as command
from keras_facegan.data import open_dataset
from keras_facegan.data.check import check_folder, known_bad
from keras_facegan.data.files import list_pictures
from keras_facegan.errors import DataError, UserError


@pytest.fixture
def spoilt(folder, save_picture, png_header):
    """30 good pictures and one of every kind of bad ones."""
    shutil.copy(folder / "03.png", folder / "copy.png")
    shutil.copy(folder / "02.png", folder / "01-again.png")
    cut = save_picture(folder / "cut.jpg", size=(50, 50), seed=40)
    cut.write_bytes(cut.read_bytes()[:-200])
    (folder / "empty.png").write_bytes(b"")
    (folder / "page.jpg").write_text("<html>404</html>")
    (folder / "vast.png").write_bytes(png_header(8100, 8100))
    (folder / "deep").mkdir()
    (folder / "deep" / "drawn.svg").write_text("<svg/>")
    return folder


EXPECTED = {
    # The first name of equal files is the good one.
    "02.png": "duplicate",
    "copy.png": "duplicate",
    "cut.jpg": "unreadable",
    "deep/drawn.svg": "wrong type",
    "empty.png": "wrong type",
    "page.jpg": "wrong type",
    "vast.png": "too large",
}


def test_every_problem_is_found_in_one_pass(spoilt):
    checked, problems = check_folder(spoilt)
    assert checked == 37
    assert {problem.file: problem.kind for problem in problems} == EXPECTED
    reasons = {problem.file: problem.reason for problem in problems}
    assert "03.png" in reasons["copy.png"] and "truncated" in reasons["cut.jpg"]


def test_training_leaves_out_what_the_check_named(spoilt, capsys):
    check_folder(spoilt.parent)
    examples = open_dataset("image_folder", "all", image_shape=(8, 8, 3), data_dir=spoilt, skip_bad=True)
    assert set(examples.keys) == {key for key in list_pictures(spoilt) if key not in EXPECTED}
    assert len(examples) == 30
    assert "6 pictures that `facegan data check` named" in capsys.readouterr().err


def test_the_command_counts_as_training_does(spoilt, capsys):
    assert command.main(["check", str(spoilt)]) == 1
    said = capsys.readouterr().out.splitlines()[-2:]
    assert said[0].startswith("37 files checked: 30 good, 2 duplicate, ")
    counts = {split: int(count) for count, split in re.findall(r"(\d+) in (\w+)", said[1])}
    assert counts["test"] == 0
    for split, count in list(counts.items())[:2]:
        examples = open_dataset("image_folder", split, image_shape=(8, 8, 3), data_dir=spoilt, skip_bad=True)
        assert len(examples) == count
    assert list(counts) == ["train", "validation", "test"] and sum(counts.values()) == 30
    assert "--skip_bad leaves the others out" in said[1]


def test_a_file_that_was_mended_since_counts_as_good(spoilt, save_picture):
    check_folder(spoilt)
    assert known_bad(spoilt, ["00.png", "empty.png", "cut.jpg"]) == {"empty.png", "cut.jpg"}
    save_picture(spoilt / "empty.png", seed=50)
    assert known_bad(spoilt, ["00.png", "empty.png", "cut.jpg"]) == {"cut.jpg"}


def test_a_damaged_report_is_named(folder, cache):
    check_folder(folder)
    (report,) = (cache / "checks").iterdir()
    report.write_text("{")
    with pytest.raises(DataError, match=str(report)):
        known_bad(folder, ["00.png"])


def test_the_command_names_all_and_tells_by_its_exit_code(spoilt, tmp_path, capsys):
    assert command.main(["check", str(spoilt), "--report", str(tmp_path / "report.json")]) == 1
    output = capsys.readouterr().out
    for file, kind in EXPECTED.items():
        assert f"{file}: {kind}: " in output
    assert "37 files checked: 30 good, 2 duplicate, 1 too large, 1 unreadable, 3 wrong type." in output
    report = json.loads((tmp_path / "report.json").read_text())
    assert {problem["file"]: problem["kind"] for problem in report["problems"]} == EXPECTED
    for file in EXPECTED:
        (spoilt / file).unlink()
    assert command.main(["check", str(spoilt)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "30 files checked: 30 good." and lines[1].startswith("The good ones as an image_folder: 28 in")


@pytest.mark.parametrize("argv", [[], ["check"], ["scan", "."], ["check", "a", "b"], ["check", ".", "--reprot=x"]])
def test_wrong_usage_is_explained(argv):
    with pytest.raises(UserError, match="report"):
        command.main(argv)


def test_a_folder_without_pictures_is_refused(tmp_path):
    for place, words in ((tmp_path, "no pictures"), (tmp_path / "none", "not a folder")):
        with pytest.raises(DataError, match=words):
            check_folder(place)


def test_a_report_that_cannot_be_written_says_so(folder, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        command.main(["check", str(folder), f"--report={tmp_path}/file/report.json"])


def test_a_link_that_leads_nowhere_is_named_and_left_out(folder):
    (folder / "lost.png").symlink_to(folder / "gone.png")
    assert [(each.file, each.kind) for each in check_folder(folder)[1]] == [("lost.png", "unreadable")]
    with pytest.raises(DataError, match="lost.png cannot be decoded: No such file"):
        open_dataset("image_folder", "all", image_shape=(8, 8, 3), data_dir=folder)
    examples = open_dataset("image_folder", "all", image_shape=(8, 8, 3), data_dir=folder, skip_bad=True)
    assert len(examples) == 30


def test_a_pipe_among_the_pictures_is_named_and_left_out(folder, capsys):
    os.mkfifo(folder / "pipe.png")
    (folder / "zeros.jpg").symlink_to("/dev/zero")
    checked, problems = check_folder(folder)
    assert checked == 32
    assert [(problem.file, problem.kind) for problem in problems] == [
        ("pipe.png", "wrong type"),
        ("zeros.jpg", "wrong type"),
    ]
    assert all(problem.reason.startswith("is no regular file") for problem in problems)
    assert len(open_dataset("image_folder", "all", image_shape=(8, 8, 3), data_dir=folder, skip_bad=True)) == 30


def test_training_names_a_pipe_that_nobody_checked(folder):
    os.mkfifo(folder / "pipe.png")
    with pytest.raises(DataError, match="pipe.png is no regular file"):
        open_dataset("image_folder", "all", image_shape=(8, 8, 3), data_dir=folder)
