"""facegan age: what it writes for photos of any size, what it tells, and what it refuses in one line."""

import numpy as np
import pytest
from PIL import Image

from keras_facegan import cli
from keras_facegan.cli._animations import MILLISECONDS
from keras_facegan.data.images import decode
from keras_facegan.photos import ageing, search, strips
from keras_facegan.photos.ageing import age_photos
from keras_facegan.photos.detector import Face
from tests.photos.ageing_runs import ageing_runs, loaded_once
from tests.runs import finished_run, lively_model

SIDE = 32
# A face of photos of 90 x 70 pixels, and another one of those of 180 x 70.
FACES = [Face(40.0, 27.0, 9.0, 0.0), Face(130.0, 27.0, 9.0, 0.2)]


def find_faces(pixels):
    return {(70, 90): FACES[:1], (70, 180): FACES, (33, 33): [Face(16.0, 16.0, 5.0, 0.0)]}.get(pixels.shape[:2], [])


def photo(width, height, seed=0):
    small = np.random.default_rng(seed).integers(60, 200, (height // 10 + 1, width // 10 + 1, 3), dtype="uint8")
    return np.asarray(Image.fromarray(small).resize((width, height)))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Directories of runs of an older, a younger, a helpless and no ageing model."""
    root = tmp_path_factory.mktemp("runs")
    ageing_runs(root)
    finished_run(root / "dcgan", lively_model())
    return root


@pytest.fixture(scope="module", autouse=True)
def networks():
    with loaded_once():
        yield


@pytest.fixture
def command(runs, tmp_path, monkeypatch, capsys):
    """Run `facegan age` beside some photos; returns (exit code, lines of stdout, lines of stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(search, "find_faces", find_faces)
    # Strips and animations of a size that is written quickly.
    monkeypatch.setattr(strips, "WIDTH", 120)
    sizes = {"a": (90, 70), "two": (180, 70), "none": (60, 100), "photos/c": (90, 70), "photos/deep/d": (33, 33)}
    for name, size in sizes.items():
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo(*size)).save(path)

    def run(*argv, model="older"):
        code = cli.main(["age", *argv, *(["--run", str(runs / model)] if model else [])])
        captured = capsys.readouterr()
        return code, captured.out.splitlines(), captured.err.splitlines()

    return run


def aged(runs, path, *arguments, model="older", **options):
    """What `age_photos` makes of a photo."""
    return next(age_photos(path, *arguments, model=str(runs / model), **options))


def test_the_face_is_aged_and_the_rest_of_the_photo_is_untouched(runs, command):
    code, out, err = command("a.png", "--to", "45", "--from", "25", "--out", "old.png")
    told = ["a.png: face 1, age 25, group 0-30 -> 41-50", "a.png: saved as old.png"]
    assert (code, out, err) == (0, told, [])
    before, after = decode("a.png"), decode("old.png")
    np.testing.assert_array_equal(after, aged(runs, "a.png", 45, from_=25).pictures[0])
    # The square of the face is 48 pixels wide.
    outside = np.ones((70, 90), bool)
    outside[4:52, 16:64] = False
    np.testing.assert_array_equal(after[outside], before[outside])
    assert np.abs(after.astype(int) - before).max() > 8


def test_an_age_is_estimated_with_its_error_unless_it_is_said(runs, command):
    code, out, _ = command("a.png", "--to", "100")
    face = aged(runs, "a.png", 100).faces[0]
    assert code == 0 and out[-1] == "a.png: saved as a-aged.png"
    assert out[0].startswith(
        f"a.png: face 1, estimated age {face.age:.0f} (wrong by {face.age_error:.1f} years on average), group "
    )


def test_all_faces_are_aged_or_the_one_that_is_picked(runs, command, monkeypatch):
    monkeypatch.setattr(ageing, "estimate_ages", lambda network, found: {n: (15.0 + 20 * n, 3.0) for n in found.faces})
    code, out, err = command("two.png", "--to", "60")
    assert (code, err) == (0, []) and out == [
        "two.png: face 1, estimated age 35 (wrong by 3.0 years on average), group 31-40 -> 51+",
        "two.png: face 2, estimated age 55 (wrong by 3.0 years on average), group 51+ -> unchanged, it is in the group "
        "of 60 already",
        "two.png: saved as two-aged.png",
    ]
    code, out, err = command("two.png", "--to", "35", "--out", "middle.png")
    assert (code, err) == (0, []) and out[1] == (
        "two.png: face 2 stays as it is, age 55, group 51+: this model makes faces older, it cannot go to 35 years, "
        "group 31-40; take one that makes them younger (--younger)"
    )
    code, out, _ = command("two.png", "--to", "60", "--face", "1", "--from", "20", "--out", "first.png")
    assert code == 0 and out == ["two.png: face 1, age 20, group 0-30 -> 51+", "two.png: saved as first.png"]
    np.testing.assert_array_equal(decode("first.png")[:, 90:], decode("two.png")[:, 90:])


def test_a_photo_without_a_face_is_said_and_nothing_is_written(command, tmp_path):
    code, out, err = command("none.png", "--to", "45", "--from", "25")
    assert (code, out, err) == (1, [], ["error: none.png: no face was found."])
    assert not (tmp_path / "none-aged.png").exists()
    code, out, err = command("none.png", "a.png", "--to", "45", "--from", "25")
    assert code == 1 and out[-1] == "a.png: saved as aged/a.png"
    assert err == ["error: 1 of 2 photos were left out: none.png: no face was found."]


def test_square_saves_what_the_network_saw_and_made(runs, command):
    assert command("a.png", "--to", "60", "--from", "35", "--square", "--out", "face.png")[0] == 0
    wanted = strips.squares(aged(runs, "a.png", 60, from_=35))
    np.testing.assert_array_equal(decode("face.png"), wanted)
    assert wanted.shape == (SIDE, 2 * SIDE, 3)


def test_a_strip_shows_all_groups_from_the_own_on(runs, command):
    code, out, _ = command("a.png", "--all", "--from", "33")
    assert (code, out[0]) == (0, "a.png: face 1, age 33, group 31-40 -> 41-50, 51+")
    np.testing.assert_array_equal(decode("a-aged.png"), strips.strip(aged(runs, "a.png", from_=33)))
    code, out, _ = command("a.png", "--all", "--from", "60", "--out", "young.png", model="younger")
    assert (code, out[0]) == (0, "a.png: face 1, age 60, group 51+ -> 41-50, 31-40, 0-30")


def test_an_animation_goes_through_all_groups_and_back(runs, command):
    code, out, _ = command("a.png", "--gif", "--from", "42", "--square")
    assert code == 0 and out[0].endswith("group 41-50 -> 51+")
    with Image.open("a-aged.gif") as animation:
        # Ten pictures at rest, eleven to the next group, ten at rest, and all of them back, as one frame where they
        # are equal.
        assert animation.size == (SIDE, SIDE) and animation.info["loop"] == 0
        durations = []
        for frame in range(animation.n_frames):
            animation.seek(frame)
            durations.append(animation.info["duration"])
        assert sum(durations) == MILLISECONDS * 2 * (10 + 11 + 10) and max(durations) >= 10 * MILLISECONDS
    assert command("a.png", "--gif", "--from", "42", "--out", "whole.gif")[0] == 0
    with Image.open("whole.gif") as animation:
        first = np.asarray(animation.convert("RGB")).astype(int)
    wanted = strips.morph(aged(runs, "a.png", from_=42))[0]
    assert first.shape == wanted.shape and np.abs(first - wanted).mean() < 6


def test_folders_keep_their_structure_and_photos_their_kind(command, tmp_path):
    Image.fromarray(photo(90, 70)).save("photos/deep/e.jpg")
    code, out, err = command("photos", "a.png", "--to", "45", "--from", "25", "--out", "new/aged")
    assert (code, err) == (0, [])
    root = tmp_path / "new" / "aged"
    written = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    assert written == ["a.png", "c.png", "deep/d.png", "deep/e.jpg", "made_by.jsonl"]
    with Image.open(root / "deep" / "e.jpg") as image:
        assert image.format == "JPEG" and image.size == (90, 70)
    assert command("photos/deep", "--gif", "--from", "25")[0] == 0
    assert sorted(path.name for path in (tmp_path / "aged").iterdir()) == ["d.gif", "e.gif", "made_by.jsonl"]


def test_out_says_the_kind_and_quality_how_fine(command, tmp_path):
    for name, quality in (("fine", "98"), ("coarse", "5")):
        argv = ("a.png", "--to", "45", "--from", "25", "--out", f"{name}.jpg", "--quality", quality)
        assert command(*argv)[0] == 0
    with Image.open("fine.jpg") as image:
        assert image.format == "JPEG"
    assert (tmp_path / "fine.jpg").stat().st_size > 2 * (tmp_path / "coarse.jpg").stat().st_size


def test_bits_that_pillow_cannot_read_are_said_to_be_lost(command, monkeypatch):
    monkeypatch.setattr("keras_facegan.photos.files._is_reduced", lambda image: True)
    _, out, _ = command("a.png", "--to", "45", "--from", "25")
    assert out[1] == "a.png: of 16 bits per channel, eight are kept; only grey photos keep all"


@pytest.mark.parametrize("model", ["older", "younger"])
@pytest.mark.parametrize("how", [("--to", "35"), ("--all",), ("--gif",)])
def test_a_face_that_has_nowhere_to_go_stays_as_it_is(command, model, how):
    years = "38" if how[0] == "--to" else {"older": "70", "younger": "20"}[model]
    code, out, _ = command("a.png", *how, "--from", years, model=model)
    why = "it is in the group of 35 already" if how[0] == "--to" else "no group comes after its own"
    assert code == 0 and out[0].endswith(f" -> unchanged, {why}")
    if how[0] == "--to":
        np.testing.assert_array_equal(decode("a-aged.png"), decode("a.png"))


def test_what_is_no_use_among_several_is_named_and_the_others_are_done(command, tmp_path):
    (tmp_path / "photos" / "text.png").write_text("no picture")
    whole = (tmp_path / "photos" / "c.png").read_bytes()
    (tmp_path / "photos" / "half.png").write_bytes(whole[: len(whole) // 2])
    code, out, err = command("photos", "gone.png", "--to", "60", "--from", "25")
    saved = [line for line in out if "saved as" in line]
    assert code == 1 and [line.split(":")[0] for line in saved] == ["photos/c.png", "photos/deep/d.png"]
    assert sorted(path.name for path in (tmp_path / "aged").rglob("*.png")) == ["c.png", "d.png"]
    assert len(err) == 1 and err[0].startswith("error: 3 of 5 photos were left out: ")
    for message in (
        "photos/text.png is not a picture of a known kind",
        "photos/half.png cannot be decoded",
        "gone.png cannot be decoded: No such file",
    ):
        assert message in err[0]


ONE = ("a.png", "--from", "25")


@pytest.mark.parametrize(
    ("argv", "model", "message"),
    [
        (("--to", "60"), "older", "Name a picture, several, or a folder"),
        (("empty", "--to", "60"), "older", "There are no pictures in empty"),
        (ONE, "older", "Say how, by one of --to AGE"),
        ((*ONE, "--to", "60", "--all"), "older", "Say how, by one of"),
        ((*ONE, "--all", "--gif"), "older", "Say how, by one of"),
        ((*ONE, "--to", "121"), "older", "--to=121"),
        (("a.png", "--to", "60", "--from", "-1"), "older", "--from=-1"),
        (("a.png", "--to", "nan"), "older", "--to must be a finite number, got nan"),
        (("a.png", "--to", "old"), "older", "--to=old"),
        ((*ONE, "--too", "60"), "older", "Unknown command line flag 'too'"),
        (("gone.png", "--to", "60"), "older", "gone.png cannot be decoded: No such file"),
        (("tiny.png", "--to", "60"), "older", "tiny.png: no face was found"),
        ((*ONE, "--to", "60", "--face", "2"), "older", "a.png has 1 face; there is no face 2"),
        ((*ONE, "--to", "60", "--face", "0"), "older", "--face=0"),
        ((*ONE, "--to", "60", "--quality", "101"), "older", "--quality=101"),
        (("two.png", "--to", "60", "--from", "25"), "older", "two.png has 2 faces: say which one is 25 years old"),
        (("a.png", "--to", "25", "--from", "60"), "older", "makes faces older, it cannot go to 25 years, group 0-30"),
        (("a.png", "--to", "60", "--from", "25"), "younger", "younger, it cannot go to 60 years, group 51+; take"),
        ((*ONE, "--to", "60", "--out", "old.tiff"), "older", "--out must end in .jpg or .jpeg or .png or .webp"),
        ((*ONE, "--to", "60", "--out", "photos"), "older", ".pgm, got photos."),
        ((*ONE, "--gif", "--out", "old.png"), "older", "--out must end in .gif, got old.png"),
        (("", "--to", "60"), "older", "A name of a picture is empty; the current folder is `.`."),
        ((*ONE, "--to", "60", "--out", "no/where.png"), "older", "There is no folder no for where.png"),
        ((*ONE, "--to", "60", "--out", "a.png"), "older", "a.png is a photo itself and would be lost"),
        (("photos", "--to", "60", "--out", "photos"), "older", "photos/c.png is a photo itself"),
        (("a.png", "b.png", "--to", "60", "--out", "a.png"), "older", "--out must be a folder for several photos"),
        (("a.png", "twin/a.png", "--to", "60"), "older", "Two photos would both become aged/a.png"),
        ((*ONE, "--to", "60"), "dcgan", "dcgan cannot age faces; it can draw new pictures"),
        ((*ONE, "--to", "60"), "gone", "holds no run"),
        (("a.png", "--to", "60"), "helpless", "`age_estimator/nobody` is not the name of pretrained weights"),
        ((*ONE, "--to", "60", "--step", "7"), "older", "keeps no checkpoint of step 7"),
        ((*ONE, "--to", "60", "--step", "7"), None, "--step is of a run"),
        ((*ONE, "--to", "60", "--step", "last"), "older", "--step is the number of a step, or `best`; got `last`"),
        (("a.png", "--to", "60"), "helpless", "Or say the age of the face: --from"),
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


def test_a_face_that_is_too_small_is_named(command, monkeypatch):
    small = Face(130.0, 27.0, 1.0, 0.0)
    monkeypatch.setattr(search, "find_faces", lambda pixels: [small])
    code, _, err = command(*ONE, "--to", "60")
    assert code == 1 and err == ["error: a.png: the face is only 5 pixels wide; the network reads faces of 32."]
    monkeypatch.setattr(search, "find_faces", lambda pixels: [FACES[0], small])
    monkeypatch.setattr(ageing, "estimate_ages", lambda network, found: {1: (25.0, None)})
    code, out, _ = command("two.png", "--to", "60")
    assert code == 0 and "face 2 stays as it is, the face is only 5 pixels wide" in out[1]


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
    code, _, err = command("a.png", "two.png", "--to", "60", "--face", "1", "--from", "25", "--out", "file/aged")
    assert code == 1 and err == ["error: file/aged cannot be made: Not a directory."]
