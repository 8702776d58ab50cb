"""verify, identify, age-of: what they print for the faces of files on disk, and what they refuse."""

import numpy as np
import pytest
from PIL import Image

from keras_facegan import cli, create_model
from keras_facegan.cli import age_of, identify, verify
from keras_facegan.data.framing import Framing
from keras_facegan.data.images import to_float, to_uint8
from keras_facegan.photos import search
from keras_facegan.photos.ages import error_of_ages
from keras_facegan.photos.detector import Face
from keras_facegan.photos.networks import Network
from keras_facegan.photos.people import gallery_threshold, pair_limits
from tests.models.pictures import drawn_people

PEOPLE, PICTURES, SIDE = 6, 5, 32
# With this framing the network sees what is painted on the photos: pictures of 32 pixels, side by side.
WHOLE = Framing(0.5, 0.5)


def find_faces(pixels):
    """One face in the middle of every 32 pixels; none on what is not 32 pixels high."""
    height, width = pixels.shape[:2]
    places = range(SIDE // 2, width, SIDE) if height == SIDE else []
    return [Face(float(x), SIDE / 2, SIDE / 2, 0.0) for x in places]


@pytest.fixture(scope="module")
def faces():
    """A calibrated network of random weights and the pictures that it saw."""
    model = create_model("facenet", "tiny", seed=0)
    images, columns = drawn_people(SIDE, PEOPLE, PICTURES)
    images = to_float(to_uint8(images))
    model.calibrate(np.repeat(images, 3, axis=0), {"identity": np.repeat(columns["identity"], 3)})
    return model, images, columns["identity"]


@pytest.fixture(scope="module")
def distances(faces):
    model, images, _ = faces
    embeddings = model.embed(images)
    return np.square(embeddings[:, None] - embeddings).sum(axis=-1)


@pytest.fixture
def command(faces, tmp_path, monkeypatch):
    """Run a command beside the pictures `0.png`, `1.png`, ... and a gallery; returns the exit code."""
    model, images, identity = faces
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(search, "find_faces", find_faces)
    for module in (verify, identify):
        monkeypatch.setattr(module, "load_network", lambda name, ability, step: Network(name, model, WHOLE))
    for i, picture in enumerate(to_uint8(images)):
        Image.fromarray(picture).save(f"{i}.png")
        folder = tmp_path / "gallery" / f"person {identity[i]}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / f"{i}.png")
    return lambda *argv: cli.main([*argv])


def side_by_side(name, faces, *indices):
    """Write a photo with several of the pictures."""
    Image.fromarray(np.concatenate([to_uint8(faces[1][i]) for i in indices], axis=1)).save(name)


def test_verify_prints_one_of_three_answers_and_how_often_they_are_wrong(faces, command, capsys, distances):
    limits = pair_limits(faces[0].calibration, 0.1)
    accepts, rejects = 100 * limits.false_accepts, 100 * limits.false_rejects
    pairs = {
        "same person": (0, 0),
        "different people": divmod(int(distances.argmax()), len(distances)),
        "cannot tell": np.argwhere((distances > limits.same) & (distances < limits.different))[0],
    }
    for answer, (first, second) in pairs.items():
        assert command("verify", f"{first}.png", f"{second}.png", "--far", "0.1") == 0
        out = capsys.readouterr().out.splitlines()
        assert out == [
            f"{first}.png and {second}.png: {answer} (distance {distances[first, second]:.3f})",
            f"Below {limits.same:.3f}: same person. Wrong for {accepts:.2g} % of pairs of different people.",
            f"From {limits.different:.3f} on: different people. Wrong for {rejects:.2g} % of pairs of one person.",
            "In between it cannot tell: the answer would be wrong more often than right.",
        ]


def test_verify_compares_all_faces_or_those_that_are_picked(faces, command, capsys, distances):
    side_by_side("left.png", faces, 0, 7)
    side_by_side("right.png", faces, 12, 3)
    assert command("verify", "left.png", "right.png", "--far", "0.1") == 0
    lines = capsys.readouterr().out.splitlines()[:4]
    pairs = [(1, 0, 1, 12), (1, 0, 2, 3), (2, 7, 1, 12), (2, 7, 2, 3)]
    for line, (face, i, other, j) in zip(lines, pairs, strict=True):
        assert line.startswith(f"left.png, face {face} and right.png, face {other}: ")
        assert line.endswith(f"(distance {distances[i, j]:.3f})")
    for flags, picked in ((("--face", "2"), (7, 3)), (("--face", "2", "--face", "1"), (7, 12))):
        assert command("verify", "left.png", "right.png", "--far", "0.1", *flags) == 0
        first = capsys.readouterr().out.splitlines()[0]
        assert first.endswith(f"(distance {distances[picked]:.3f})")


def test_identify_names_folders_of_the_gallery(faces, command, capsys):
    side_by_side("two.png", faces, 3, 7)
    assert command("identify", "--gallery", "gallery", "two.png", "7.png", "--far", "0.5") == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [("two.png", 1, 3), ("two.png", 2, 7), ("7.png", 1, 7)]
    for line, (name, number, i) in zip(lines[1:4], rows, strict=True):
        assert line.split() == [name, str(number), "person", str(faces[2][i]), "0.000"]
    threshold = gallery_threshold(faces[0].calibration, 0.5, PEOPLE * PICTURES)
    assert lines[4].startswith(f"Below {threshold:.3f} a face gets the name of the nearest picture. About 50 % of ")
    assert command("identify", "--gallery", "gallery", "two.png", "--face", "2", "--far", "0.5") == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:2] == ["two.png", "2"]


def test_recognise_with_a_gallery_is_identify(command, capsys):
    for flags in (("--gallery", "gallery"), ("--gallery=gallery",)):
        shown = []
        for name in ("identify", "recognise"):
            assert command(name, *flags, "7.png", "--far", "0.5") == 0
            shown.append(capsys.readouterr().out)
        assert shown[0] == shown[1] and "7.png" in shown[0]


def test_the_rate_is_that_of_the_whole_gallery(faces, command, capsys, distances, tmp_path):
    # A pair that is near enough for a gallery of one picture, and not for one of twelve.
    one, twelve = (gallery_threshold(faces[0].calibration, 0.3, n) for n in (1, 12))
    query, known = np.argwhere((distances > twelve) & (distances < one))[0]
    far = [i for i in np.argsort(-distances[query]) if i != known][:11]
    assert distances[query, far].min() > one
    for name, members in (("small", [known]), ("large", [known, *far])):
        (tmp_path / name).mkdir()
        for i in members:
            (tmp_path / name / f"p{i}.png").write_bytes((tmp_path / f"{i}.png").read_bytes())
    assert command("identify", "--gallery", "small", f"{query}.png", "--far", "0.3") == 0
    assert capsys.readouterr().out.splitlines()[1].split()[2] == f"p{known}"
    assert command("identify", "--gallery", "large", f"{query}.png", "--far", "0.3") == 0
    assert f"unknown (nearest p{known})" in capsys.readouterr().out


def test_pictures_of_a_gallery_that_are_no_use_are_named_and_left_out(faces, command, capsys, tmp_path):
    (tmp_path / "known").mkdir()
    Image.fromarray(to_uint8(faces[1][0])).save("known/ann.png")
    side_by_side("known/pair.png", faces, 1, 2)
    (tmp_path / "known" / "text.png").write_text("no picture")
    assert command("identify", "--gallery", "known", "0.png", "--far", "0.1") == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[1].split() == ["0.png", "1", "ann", "0.000"]
    lines = captured.err.splitlines()
    assert lines[0] == ("Left out of the gallery: known/pair.png has 2 faces; a picture of the gallery shows one.")
    assert lines[1].startswith("Left out of the gallery: known/text.png is not a picture") and len(lines) == 2


@pytest.mark.parametrize("argv", [("identify", "--gallery", "gallery", "--far", "0.5"), ("age-of",)])
def test_the_other_photos_go_on_where_one_is_no_use(command, argv, capsys, tmp_path, ages):
    (tmp_path / "text.png").write_text("no picture")
    Image.fromarray(np.zeros((40, 40, 3), "uint8")).save("blank.png")
    assert command(*argv, "text.png", "3.png", "blank.png", "gone.png") == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines()[1].split()[:2] == ["3.png", "1"]
    error = captured.err.splitlines()[-1]
    assert error.startswith("error: 3 of 4 photos were left out: text.png is not a picture")
    assert "blank.png: no face was found." in error and "gone.png cannot be decoded" in error


@pytest.fixture
def ages(monkeypatch):
    """An age estimator that reads the number of a picture from its first pixel."""

    class Estimator:
        image_shape = (SIDE, SIDE, 3)

        def estimate_age(self, images):
            return np.linspace(5, 45, len(images)) if len(images) > 1 else np.array([64.0])

    monkeypatch.setattr(age_of, "load_network", lambda name, ability, step: Network(name, Estimator(), WHOLE))


def test_each_face_has_its_age_and_the_error_of_its_decade(faces, command, capsys, ages):
    side_by_side("family.png", faces, 0, 1, 2)
    assert command("age-of", "family.png", "4.png") == 0
    head, *rows, last = capsys.readouterr().out.splitlines()
    error = {age: f"{error_of_ages(age_of.ESTIMATOR, age):.1f}" for age in (5, 25, 45, 64)}
    assert [row.split() for row in rows] == [
        ["family.png", "1", "5", error[5]],
        ["family.png", "2", "25", error[25]],
        ["family.png", "3", "45", error[45]],
        ["4.png", "1", "64", error[64]],
    ]
    assert float(error[5]) < float(error[45])
    assert head.split() == ["photo", "face", "age", "in", "years", "usual", "error", "in", "years"]
    assert last.startswith("Usual error: mean error")
    assert command("age-of", "family.png", "--face", "2") == 0
    assert capsys.readouterr().out.splitlines()[1].split()[1:3] == ["2", "64"]


def test_files_and_flags_are_checked_before_any_network_is_loaded(command, monkeypatch, tmp_path):
    for module in (age_of, verify, identify):
        monkeypatch.setattr(module, "load_network", lambda *args: pytest.fail("loaded"))
    (tmp_path / "text.png").write_text("no picture")
    for argv in (
        ("age-of", "gone.png"), ("age-of", "text.png"), ("age-of", "0.png", "--weights", "age_estimator/none"),
        ("verify", "0.png", "gone.png"), ("verify", "0.png", "1.png", "--far", "2"), ("verify", "text.png", "0.png"),
        ("identify", "--gallery", "gallery", "gone.png"), ("identify", "--gallery", "gone", "0.png"),
        ("identify", "--gallery", "gallery", "0.png", "--neighbours", "31"), ("age-of", "0.png", "--run", "nowhere"),
        ("age-of", "0.png", "--step", "5"),
    ):  # fmt: skip
        assert command(*argv) == 1


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("verify", "0.png"), "verify compares two photos, got 1"),
        (("verify", "0.png", "nobody.png"), "nobody.png"),
        (("verify", "0.png", "text.png"), "text.png"),
        (("verify", "0.png", "blank.png"), "blank.png: no face was found."),
        (("verify", "0.png", "1.png", "--face", "2"), "0.png has 1 face; there is no face 2."),
        (("verify", "0.png", "1.png", *3 * ("--face", "1")), "--face is said once for both photos or twice, got 3"),
        (("verify", "0.png", "1.png", "--far", "0"), "--far is a share between 0 and 1, got 0"),
        (("verify", "0.png", "1.png", "--far", "0.0001"), "the calibration saw"),
        (("identify", "0.png"), "--gallery is missing"),
        (("identify", "--gallery", "empty", "0.png"), "There are no pictures in empty"),
        (("identify", "--gallery", "0.png", "1.png"), "--gallery must be a folder, got 0.png"),
        (("identify", "--gallery", "blanks", "0.png"), "No picture in blanks shows a face that can be used"),
        (("identify", "--gallery", "gallery"), "Name a picture"),
        (
            ("identify", "--gallery", "gallery", "0.png", "--neighbours", "500"),
            "at most the 30 pictures of the",
        ),
        (("identify", "--gallery", "gallery", "0.png", "--far", "0.001"), "30 pictures needs one of"),
        (("age-of",), "Name a picture"),
        (("age-of", "0.png", "--face", "0"), "--face=0"),
        (("age-of", "0.png", "--weights", "facenet/judge_64"), "cannot estimate ages; it can embed"),
    ],
)
def test_what_cannot_be_done_is_one_line(command, argv, message, capsys, tmp_path):
    for folder in ("empty", "blanks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "text.png").write_text("no picture")
    for name in ("blank.png", "blanks/a.png"):
        Image.fromarray(np.zeros((40, 40, 3), "uint8")).save(name)
    assert command(*argv) == 1
    error = capsys.readouterr().err.splitlines()
    assert error[-1].startswith("error: ") and message in error[-1]
    assert all(line.startswith("Left out of the gallery: ") for line in error[:-1])
