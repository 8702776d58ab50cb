"""facegan age: what it writes for photos of any size, what it tells, and what it refuses in one line."""

import functools

import numpy as np
import pytest
from keras_facegan.data.faces import Square
from PIL import Image

from keras_facegan import cli, create_model, load_pretrained
from keras_facegan.cli import _sources, age
from keras_facegan.cli._animations import MILLISECONDS
from keras_facegan.data import faces
from keras_facegan.data.images import decode, to_uint8
from tests.runs import finished_run, lively_model

SIDE = 32
# A photo of 90 x 70 pixels and the square of its face: a box of 40 pixels, its chin at 50.
BOX, SQUARE = [20, 10, 40, 40], Square(16, 4, 48, True)


class Detector:
    """Finds one face in photos of 90 x 70 pixels and none in others."""

    def detect_faces(self, photo):
        return [{"box": BOX, "confidence": 0.99}] if photo.shape[:2] == (70, 90) else []


def photo(width, height, seed=0):
    small = np.random.default_rng(seed).integers(60, 200, (height // 10 + 1, width // 10 + 1, 3), dtype="uint8")
    return np.asarray(Image.fromarray(small).resize((width, height)))


def strong(**settings):
    """An untrained model whose steps change a face visibly."""
    model = create_model("pfa_gan", "tiny", seed=0, **settings)
    # The last convolution of each step writes what is added to the face.
    for layer in model.generator.layers:
        if hasattr(layer, "residual"):
            kernel = [each for each in layer.residual.trainable_variables if each.ndim == 4][-1]
            kernel.assign(3.0 * kernel)
    return model


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Run directories of an older, a younger, and no ageing model, and the first two models themselves."""
    root = tmp_path_factory.mktemp("runs")
    models = {"older": strong(), "younger": strong(direction="younger")}
    for name, model in models.items():
        finished_run(root / name, model, direction=name)
    finished_run(root / "dcgan", lively_model())
    finished_run(root / "helpless", models["older"], age_network="age_estimator/nobody")
    return root, models


@pytest.fixture(scope="module", autouse=True)
def loaded_once():
    """Every model is read from its file, but not by every test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_sources, "load_model", functools.cache(_sources.load_model))
        patch.setattr(age, "load_helper", functools.cache(age.load_helper))
        yield


@pytest.fixture
def command(runs, tmp_path, monkeypatch, capsys):
    """Run `facegan age` beside some photos; returns (exit code, lines of stdout, lines of stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(faces, "_detector", Detector)
    for name, size in {"a": (90, 70), "b": (60, 100), "photos/c": (90, 70), "photos/deep/d": (33, 33)}.items():
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo(*size)).save(path)

    def run(*argv, model="older"):
        code = cli.main(["age", *argv, *(["--run", str(runs[0] / model)] if model else [])])
        captured = capsys.readouterr()
        return code, captured.out.splitlines(), captured.err.splitlines()

    return run


def expected(runs, picture, square, target, source, direction="older"):
    """The photo as it should come out."""
    model = runs[1][direction]
    seen = faces.cut(picture, square, SIDE)
    # Weights files hold half precision.
    return faces.put_back(picture, square, seen, model.age(seen[None], target, source)[0])


def test_the_face_is_aged_and_the_rest_of_the_photo_is_untouched(runs, command):
    code, out, err = command("a.png", "--to", "45", "--from", "25", "--out", "old.png")
    assert (code, out, err) == (0, ["a.png: face, age 25, group 0-30 -> 41-50: old.png"], [])
    before, after = decode("a.png"), decode("old.png")
    assert after.shape == (70, 90, 3)
    inside = np.zeros((70, 90), bool)
    inside[SQUARE.top : SQUARE.top + SQUARE.side, SQUARE.left : SQUARE.left + SQUARE.side] = True
    np.testing.assert_array_equal(after[~inside], before[~inside])
    difference = np.abs(after.astype(int) - before)
    assert difference.max() > 8
    wanted = expected(runs, before, SQUARE, 2, 0)
    assert np.abs(after.astype(int) - wanted).max() <= 1


def test_an_age_is_estimated_unless_it_is_told(command):
    code, out, _ = command("a.png", "--to", "100")
    estimator = load_pretrained("age_estimator/drawn_faces_64")
    years = float(estimator.estimate_age(faces.cut(photo(90, 70), SQUARE, 64)[None])[0])
    assert code == 0 and out[0].startswith(f"a.png: face, estimated age {years:.0f}, group ")
    assert out[0].endswith(": a-aged.png")


def test_without_a_face_it_says_so_and_takes_the_centre_square(runs, command, monkeypatch):
    code, out, _ = command("b.png", "--to", "45", "--from", "25")
    assert code == 0 and out == ["b.png: no face found, centre square, age 25, group 0-30 -> 41-50: b-aged.png"]
    before, after = decode("b.png"), decode("b-aged.png")
    wanted = expected(runs, before, Square(0, 20, 60, False), 2, 0)
    assert np.abs(after.astype(int) - wanted).max() <= 1
    np.testing.assert_array_equal(after[:20], before[:20])
    np.testing.assert_array_equal(after[80:], before[80:])
    monkeypatch.setattr(faces, "_detector", lambda: None)
    _, out, _ = command("b.png", "--to", "45", "--from", "25")
    assert out[0].startswith("Faces are not searched for") and "keras-facegan[detect]" in out[0]
    assert out[1].startswith("b.png: centre square, age 25")


def test_square_saves_what_the_network_made(runs, command):
    assert command("a.png", "--to", "60", "--from", "35", "--square", "--out", "face.png")[0] == 0
    seen = faces.cut(photo(90, 70), SQUARE, SIDE)
    wanted = to_uint8(runs[1]["older"].age(seen[None], 3, 1)[0])
    assert np.abs(decode("face.png").astype(int) - wanted).max() <= 1


def test_a_strip_shows_all_groups_from_the_own_on(runs, command):
    code, out, _ = command("a.png", "--all", "--from", "33", "--out", "strip.png")
    assert (code, out) == (0, ["a.png: face, age 33, group 31-40 -> 41-50, 51+: strip.png"])
    strip, before = decode("strip.png"), decode("a.png")
    assert strip.shape == (70, 3 * 90, 3)
    np.testing.assert_array_equal(strip[:, :90], before)
    for place, group in ((1, 2), (2, 3)):
        wanted = expected(runs, before, SQUARE, group, 1)
        assert np.abs(strip[:, 90 * place : 90 * (place + 1)].astype(int) - wanted).max() <= 1


def test_an_animation_goes_through_all_groups_and_back(command, tmp_path, monkeypatch):
    monkeypatch.setattr(age, "GIF_SIDE", 64)
    Image.fromarray(photo(130, 70)).save("large.png")
    code, out, _ = command("large.png", "--gif", "--from", "42", "--square", "--out", "small.gif")
    assert code == 0 and out[0].endswith("group 41-50 -> 51+: small.gif")
    with Image.open("small.gif") as animation:
        # Ten pictures at rest, ten to the next group, ten at rest, and all of them back, as one frame where they are
        # equal.
        assert animation.size == (SIDE, SIDE) and animation.info["loop"] == 0
        durations = []
        for frame in range(animation.n_frames):
            animation.seek(frame)
            durations.append(animation.info["duration"])
        assert sum(durations) == MILLISECONDS * 2 * (10 + 1 + 10 + 10) and max(durations) >= 10 * MILLISECONDS
    assert command("large.png", "--gif", "--from", "42")[0] == 0
    with Image.open("large-aged.gif") as animation:
        assert animation.size == (64, 34)
        first = np.asarray(animation.convert("RGB")).astype(int)
    shrunk = Image.fromarray(photo(130, 70)).resize((64, 34), Image.Resampling.LANCZOS)
    assert np.abs(first - np.asarray(shrunk)).mean() < 6
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_several_photos_and_folders_go_into_a_folder(command, tmp_path):
    code, out, err = command("photos", "b.png", "--to", "45", "--from", "25", "--out", "new/aged")
    assert (code, err) == (0, [])
    assert [line.split(":")[0] for line in out] == ["photos/c.png", "photos/deep/d.png", "b.png"]
    sizes = {path.name: decode(path).shape[:2] for path in (tmp_path / "new" / "aged").iterdir()}
    assert sizes == {"c.png": (70, 90), "d.png": (33, 33), "b.png": (100, 60)}
    assert command("photos/deep", "--gif", "--from", "25")[0] == 0
    assert [path.name for path in (tmp_path / "aged").iterdir()] == ["d.gif"]


def test_many_photos_are_those_that_they_are_alone(command, monkeypatch):
    monkeypatch.setattr(age, "CHUNK", 2)
    assert command("a.png", "b.png", "photos", "--to", "60", "--from", "25")[0] == 0
    for name in ("a", "b"):
        assert command(f"{name}.png", "--to", "60", "--from", "25")[0] == 0
        np.testing.assert_array_equal(decode(f"aged/{name}.png"), decode(f"{name}-aged.png"))


@pytest.mark.parametrize("model", ["older", "younger"])
@pytest.mark.parametrize("how", [("--to", "35"), ("--all",), ("--gif",)])
def test_a_face_that_has_nowhere_to_go_stays_as_it_is(command, model, how):
    years = "38" if how[0] == "--to" else {"older": "70", "younger": "20"}[model]
    code, out, _ = command("a.png", *how, "--from", years, model=model)
    why = "it is in the group of 35 years already" if how[0] == "--to" else "no group comes after its own"
    assert code == 0 and f" -> unchanged, {why}: a-aged." in out[0]
    if how[0] != "--gif":
        np.testing.assert_array_equal(decode("a-aged.png"), decode("a.png"))


def test_younger_models_go_the_other_way(runs, command):
    code, out, _ = command("a.png", "--all", "--from", "60", model="younger")
    assert (code, out) == (0, ["a.png: face, age 60, group 51+ -> 41-50, 31-40, 0-30: a-aged.png"])
    strip = decode("a-aged.png")
    wanted = expected(runs, decode("a.png"), SQUARE, 0, 3, "younger")
    assert np.abs(strip[:, 270:].astype(int) - wanted).max() <= 1


def test_what_is_no_use_among_several_is_named_and_the_others_are_done(command, tmp_path):
    (tmp_path / "photos" / "text.png").write_text("no picture")
    Image.fromarray(photo(70, 7)).save("photos/flat.png")
    whole = (tmp_path / "photos" / "c.png").read_bytes()
    (tmp_path / "photos" / "half.png").write_bytes(whole[: len(whole) // 2])
    code, out, err = command("photos", "gone.png", "--to", "60", "--from", "25")
    assert code == 1 and [line.split(":")[0] for line in out] == ["photos/c.png", "photos/deep/d.png"]
    assert sorted(path.name for path in (tmp_path / "aged").iterdir()) == ["c.png", "d.png"]
    assert len(err) == 1 and err[0].startswith("error: 4 of 6 photos were left out: ")
    for message in (
        "photos/text.png is not a picture of a known kind",
        "photos/flat.png is only 70 x 7 pixels; the network reads faces of 32",
        "photos/half.png cannot be decoded",
        "gone.png cannot be decoded: No such file",
    ):
        assert message in err[0]


def test_a_face_that_is_too_old_among_several_is_named_and_the_others_are_done(command, monkeypatch):
    ages = iter([70.0, 20.0])

    class Estimator:
        image_shape = (64, 64, 3)

        def estimate_age(self, images):
            return np.array([next(ages) for _ in images])

    monkeypatch.setattr(age, "load_helper", lambda name, kind: Estimator())
    code, out, err = command("a.png", "b.png", "--to", "35")
    assert code == 1 and out == [
        "b.png: no face found, centre square, estimated age 20, group 0-30 -> 31-40: aged/b.png"
    ]
    assert err == [
        "error: 1 of 2 photos were left out: a.png: face, estimated age 70, group 51+: this model makes faces older, "
        "it cannot go to 35 years, group 31-40; take one that makes them younger (--younger)."
    ]


ONE = ("a.png", "--from", "25")


@pytest.mark.parametrize(
    ("argv", "model", "message"),
    [
        (("--to", "60"), "older", "Name a picture, several, or a folder"),
        (("empty", "--to", "60"), "older", "There are no pictures in empty"),
        (ONE, "older", "Say how, by one of --to AGE"),
        ((*ONE, "--to", "60", "--all"), "older", "Say how, by one of"),
        ((*ONE, "--all", "--gif"), "older", "Say how, by one of"),
        ((*ONE, "--to", "121"), "older", "--to is an age in years from 0 to 120, got 121"),
        (("a.png", "--to", "60", "--from", "-1"), "older", "--from is an age in years from 0 to 120, got -1"),
        (("a.png", "--to", "nan"), "older", "--to is an age in years from 0 to 120, got nan"),
        (("a.png", "--to", "old"), "older", "--to=old"),
        ((*ONE, "--too", "60"), "older", "Unknown command line flag 'too'"),
        (("gone.png", "--to", "60"), "older", "gone.png cannot be decoded: No such file"),
        (("tiny.png", "--to", "60"), "older", "tiny.png is only 7 x 7 pixels; the network reads faces of 32"),
        (("a.png", "--to", "25", "--from", "60"), "older", "makes faces older, it cannot go to 25 years, group 0-30"),
        (("a.png", "--to", "60", "--from", "25"), "younger", "younger, it cannot go to 60 years, group 51+; take"),
        ((*ONE, "--to", "60", "--out", "old.jpg"), "older", "--out must end in .png, got old.jpg"),
        ((*ONE, "--to", "60", "--out", "photos"), "older", "--out must end in .png, got photos"),
        ((*ONE, "--gif", "--out", "old.png"), "older", "--out must end in .gif, got old.png"),
        (("", "--to", "60"), "older", "A name of a picture is empty; the current folder is `.`."),
        ((*ONE, "--to", "60", "--out", "no/where.png"), "older", "There is no folder no for where.png"),
        ((*ONE, "--to", "60", "--out", "a.png"), "older", "a.png is the photo itself and would be lost"),
        (("photos", "--to", "60", "--out", "photos"), "older", "photos/c.png is the photo itself"),
        (("a.png", "b.png", "--to", "60", "--out", "a.png"), "older", "--out must be a folder for several photos"),
        (("a.png", "twin/a.png", "--to", "60"), "older", "Two photos would both become aged/a.png"),
        ((*ONE, "--to", "60"), "dcgan", "dcgan cannot age; it can generate"),
        ((*ONE, "--to", "60"), "gone", "holds no run"),
        (
            ("a.png", "--to", "60"),
            "helpless",
            "neither trained weights of age_estimator nor a finished run. Name one of",
        ),
        (("a.png", "--to", "60"), "helpless", "Or tell the age of the face with --from"),
        ((*ONE, "--to", "60", "--younger"), "older", "--younger and --run name 2 models; give one"),
        ((*ONE, "--to", "60", "--weights", "pfa_gan/x", "--younger"), None, "--younger and --weights name 2 models"),
        ((*ONE, "--to", "60", "--weights", "pfa_gan/x"), None, "`pfa_gan/x` is not the name of pretrained weights"),
        (
            (*ONE, "--to", "60", "--weights", "pfa_gan/cacd_256"),
            None,
            "`pfa_gan/cacd_256` is not the name of pretrained weights.",
        ),
    ],
)
def test_what_cannot_be_done_is_one_line(command, tmp_path, argv, model, message):
    for folder in ("empty", "twin"):
        (tmp_path / folder).mkdir()
    Image.fromarray(photo(90, 70)).save("twin/a.png")
    Image.fromarray(photo(7, 7)).save("tiny.png")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    code, out, err = command(*argv, model=model)
    assert code == 1 and out == [] and len(err) == 1 and message in err[0]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert not (tmp_path / "aged").exists()


def test_a_small_face_on_a_large_photo_is_named(command, monkeypatch):
    monkeypatch.setattr("tests.cli.test_age.BOX", [20, 10, 5, 5])
    code, _, err = command(*ONE, "--to", "60")
    assert code == 1 and err == ["error: a.png: the face is only 6 pixels wide; the network reads faces of 32."]


def test_weights_that_are_not_there_yet_are_said(command, monkeypatch):
    monkeypatch.setattr(
        "keras_facegan.presets.list_models", lambda pattern="*", pretrained=False: [] if pretrained else ["pfa_gan"]
    )
    monkeypatch.setattr("keras_facegan.presets.preset_names", lambda model: ["utkface_64", "utkface_64_younger"])
    code, _, err = command(*ONE, "--to", "20", "--younger", model=None)
    assert code == 1 and len(err) == 1
    assert "`train.py --model pfa_gan --preset utkface_64_younger` trains them; its run directory will do" in err[0]


def test_a_place_that_cannot_be_written_is_named(command, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = command("a.png", "b.png", "--to", "60", "--from", "25", "--out", "file/aged")
    assert code == 1 and err == ["error: file/aged/a.png cannot be written: Not a directory."]
