"""verify, recognise, age-of: what they print for files on disk, and what they refuse."""

import numpy as np
import pytest
from PIL import Image

from keras_facegan import cli, create_model
from keras_facegan.cli import _sources
from keras_facegan.data.images import to_float, to_uint8
from tests.models.pictures import drawn_people

PEOPLE, PICTURES = 6, 5


@pytest.fixture(scope="module")
def faces():
    """A calibrated network of random weights and the pictures that it saw."""
    model = create_model("facenet", "tiny", seed=0)
    images, columns = drawn_people(32, PEOPLE, PICTURES)
    images = to_float(to_uint8(images))
    model.calibrate(np.repeat(images, 3, axis=0), {"identity": np.repeat(columns["identity"], 3)})
    return model, images, columns["identity"]


@pytest.fixture
def command(faces, tmp_path, monkeypatch):
    """Run a command beside the pictures `0.png`, `1.png`, ... and a gallery; returns the exit code."""
    model, images, identity = faces
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(_sources, "load_model", lambda name, run_dir: model)
    for i, picture in enumerate(to_uint8(images)):
        Image.fromarray(picture).save(f"{i}.png")
        folder = tmp_path / "gallery" / f"person {identity[i]}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / f"{i}.png")
    return lambda *argv: cli.main([*argv])


def test_verify_prints_distance_threshold_verdict_and_rate(faces, command, capsys):
    model, images, _ = faces
    assert command("verify", "0.png", "0.png", "--far", "0.1") == 0
    first, second = capsys.readouterr().out.splitlines()
    threshold, _ = model.calibration.threshold(0.1)
    assert first == f"distance 0.000, threshold {threshold:.3f} at a false accept rate of 0.1"
    assert second == "the same person; so it says of 10 % of pairs of different people"
    distances = np.square(model.embed(images[:1]) - model.embed(images)).sum(1)
    farthest = int(distances.argmax())
    assert distances[farthest] > threshold
    assert command("verify", "0.png", f"{farthest}.png", "--far", "0.1") == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"distance {distances[farthest]:.3f}, ")
    assert second.startswith("different people; so it says of ") and second.endswith(" % of pairs of the same person")


def test_recognise_names_folders_of_the_gallery(faces, command, capsys):
    assert command("recognise", "--gallery", "gallery", "3.png", "7.png", "--far", "0.1") == 0
    lines = capsys.readouterr().out.splitlines()
    for line, i in zip(lines[1:3], (3, 7), strict=True):
        assert line.split() == [f"{i}.png", "person", str(faces[2][i]), "0.000"]


def test_recognise_says_unknown_where_nobody_is_near(faces, command, capsys, tmp_path):
    model, images, _ = faces
    distances = np.square(model.embed(images[:1]) - model.embed(images)).sum(1)
    farthest = int(distances.argmax())
    (tmp_path / "lonely").mkdir()
    (tmp_path / f"{farthest}.png").rename(tmp_path / "lonely" / "zoe.png")
    assert command("recognise", "--gallery", "lonely", "0.png", "--far", "0.1") == 0
    assert "unknown (nearest zoe)" in capsys.readouterr().out


def test_ages_are_printed_a_photo(command, capsys, monkeypatch):
    model = create_model("age_estimator", "tiny", seed=0)
    monkeypatch.setattr(_sources, "load_model", lambda name, run_dir: model)
    assert command("age-of", "gallery") == 0
    lines = capsys.readouterr().out.splitlines()
    ages = [line.split()[-1] for line in lines if ".png" in line]
    assert len(ages) == PEOPLE * PICTURES and all(0 <= int(age) <= 100 for age in ages)
    assert "wrong by" in lines[-1]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("verify", "0.png"), "verify compares two photos, got 1"),
        (("verify", "0.png", "nobody.png"), "nobody.png"),
        (("verify", "0.png", "text.png"), "text.png"),
        (("verify", "0.png", "small.png"), "small.png is only 4 x 4 pixels; the network reads faces of 32"),
        (("verify", "0.png", "1.png", "--far", "0"), "far must be in"),
        (("verify", "0.png", "1.png", "--far", "0.0001"), "the calibration saw"),
        (("recognise", "0.png"), "--gallery is missing"),
        (("recognise", "--gallery", "empty", "0.png"), "There are no pictures in empty"),
        (("recognise", "--gallery", "gallery"), "Name a picture"),
        (("recognise", "--gallery", "gallery", "0.png", "--neighbours", "500"), "as many pictures as neighbours"),
        (("age-of",), "Name a picture"),
        (("age-of", "0.png"), "facenet cannot estimate_age; it can embed"),
    ],
)
def test_what_cannot_be_done_is_one_line(command, argv, message, capsys, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.png").write_text("no picture")
    Image.fromarray(np.zeros((4, 4, 3), "uint8")).save("small.png")
    assert command(*argv) == 1
    error = capsys.readouterr().err.splitlines()
    assert len(error) == 1 and message in error[0]
