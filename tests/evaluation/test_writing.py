"""Folders of reports: always new ones, gone again where nothing came of it, with numbers that a program can read."""

import json

import pytest

from keras_facegan.errors import UserError
from keras_facegan.evaluation import new_folder, write
from tests.evaluation.reports import report, result


def test_a_folder_with_content_is_left_alone(tmp_path):
    for name in ("out", "out-2", "out-3"):
        with new_folder(tmp_path / "out") as folder:
            assert folder == tmp_path / name
            (folder / "report.html").write_text(name)
    assert (tmp_path / "out" / "report.html").read_text() == "out"
    (tmp_path / "empty").mkdir()
    with new_folder(tmp_path / "empty") as folder:
        assert folder == tmp_path / "empty"


def test_a_folder_is_gone_where_nothing_came_of_it(tmp_path):
    with pytest.raises(KeyboardInterrupt), new_folder(tmp_path / "a" / "b" / "c"):
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="half"), new_folder(tmp_path / "a") as folder:
        (folder / "metrics.json").write_text("{}")
        raise ValueError("half")
    assert (tmp_path / "a" / "metrics.json").exists()


def test_a_place_that_is_no_folder_is_said(tmp_path):
    (tmp_path / "taken").write_text("")
    for path in (tmp_path / "taken", tmp_path / "taken" / "deeper"):
        with pytest.raises(UserError, match="cannot be written: .*Choose another --out"), new_folder(path):
            pass


def test_numbers_are_complete(tmp_path):
    one = report(result("mae", 5.0, "ages", "20-29", error=0.25, note="few"), left_out={"fid": "too few"})
    write(tmp_path, [one])
    subject = json.loads((tmp_path / "metrics.json").read_text())["subjects"][0]
    assert subject["name"] == "dcgan/cats_64" and subject["trained"] and subject["left_out"] == {"fid": "too few"}
    (value,) = subject["results"]
    assert (value["name"], value["value"], value["error"], value["group"]) == ("mae_20-29", 5.0, 0.25, "20-29")
    assert value["metric"] == "ages" and value["note"] == "few" and value["n_real"] == 10
    assert (tmp_path / "report.html").is_file() and list((tmp_path / "tensorboard" / "dcgan-cats_64").iterdir())
    assert {path.name for path in tmp_path.iterdir()} == {"metrics.json", "report.html", "tensorboard"}
