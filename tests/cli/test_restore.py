"""facegan restore: what it writes, how it goes on, and what it refuses in one line."""

import numpy as np
import pytest
from PIL import Image

from keras_facegan import cli, create_model
from keras_facegan.data.images import decode
from keras_facegan.photos.files import read_photo
from keras_facegan.photos.restoring import restore_photo
from tests.runs import finished_run, lively_model

SIZES = {"a.png": (30, 20), "photos/b.png": (18, 21), "photos/deep/c.jpg": (16, 16)}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Directories of runs of restoring models, and of one that cannot restore."""
    root = tmp_path_factory.mktemp("runs")
    for task in ("sr2", "denoise", "inpaint"):
        model = create_model("restoration_gan", "tiny", seed=0, task=task)
        finished_run(root / task, model, task=task)
    finished_run(root / "dcgan", lively_model())
    return root


@pytest.fixture
def command(models, tmp_path, monkeypatch, capsys):
    """Run `facegan restore` beside some photos; returns (exit code, lines of stdout, lines of stderr)."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name, (width, height) in SIZES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (height, width, 3), dtype="uint8")).save(path)

    def run(*argv, model="sr2"):
        code = cli.main(["restore", *argv, *(["--run", str(models / model)] if model else [])])
        captured = capsys.readouterr()
        return code, captured.out.splitlines(), captured.err.splitlines()

    return run


def error(result):
    """Return the one line of stderr of a command that failed."""
    code, out, err = result
    assert (code, out, len(err)) == (1, [], 1)
    return err[0]


def test_a_photo_becomes_larger(models, command):
    assert command("a.png", "--task", "sr2", "--out", "big.png") == (0, ["a.png: saved as big.png"], [])
    from keras_facegan import load_model

    expected = restore_photo(load_model(models / "sr2"), read_photo("a.png")).pixels
    np.testing.assert_array_equal(decode("big.png"), expected)
    assert expected.shape == (40, 60, 3)


def test_without_out_nothing_is_replaced(command):
    assert command("a.png")[1] == ["a.png: saved as a-restored.png"]
    assert command("a.png")[1] == ["a.png: saved as a-restored-2.png"]


def test_before_and_after_stand_side_by_side(command):
    assert command("a.png", "--compare", "--out", "big.png")[0] == 0
    both = decode("big-before-after.png")
    assert both.shape == (40, 132, 3)
    np.testing.assert_array_equal(both[:, 72:], decode("big.png"))


def test_holes_are_filled_and_the_rest_stays(command, tmp_path):
    mask = np.full((20, 30), 255, "uint8")
    mask[5:11, 8:19] = 0
    Image.fromarray(mask).save("mask.png")
    assert command("a.png", "--mask", "mask.png", "--out", "full.png", model="inpaint")[0] == 0
    before, after = decode("a.png"), decode("full.png")
    np.testing.assert_array_equal(after[mask > 0], before[mask > 0])
    assert (after[mask == 0] != before[mask == 0]).mean() > 0.9


def test_a_folder_keeps_its_structure_and_kinds(command, tmp_path):
    code, out, err = command("photos", "--out", "large", model="denoise")
    assert (code, err) == (0, [])
    assert out == ["photos/b.png: saved as large/b.png", "photos/deep/c.jpg: saved as large/deep/c.jpg"]
    assert Image.open("large/deep/c.jpg").format == "JPEG" and Image.open("large/b.png").size == (18, 21)


def test_a_half_done_folder_goes_on(command, tmp_path):
    assert command("photos", "--out", "large")[0] == 0
    (tmp_path / "large/deep/c.jpg").unlink()
    before = (tmp_path / "large/b.png").stat().st_mtime_ns
    code, out, _ = command("photos", "--out", "large")
    assert (code, out) == (
        0,
        ["1 of 2 photos are in large already and left alone.", "photos/deep/c.jpg: saved as large/deep/c.jpg"],
    )
    assert (tmp_path / "large/b.png").stat().st_mtime_ns == before


def test_a_photo_that_has_changed_is_restored_anew(command, tmp_path):
    assert command("photos", "--out", "large")[0] == 0
    Image.new("RGB", (10, 10), "red").save("photos/b.png")
    later = (tmp_path / "large/b.png").stat().st_mtime + 10
    import os

    os.utime("photos/b.png", (later, later))
    assert command("photos", "--out", "large")[1][1:] == ["photos/b.png: saved as large/b.png"]
    assert Image.open("large/b.png").size == (20, 20)


def test_a_comparison_that_is_missing_is_made(command, tmp_path):
    assert command("photos", "--out", "large", "--compare")[0] == 0
    (tmp_path / "large/b-before-after.png").unlink()
    assert command("photos", "--out", "large", "--compare")[1][1:] == ["photos/b.png: saved as large/b.png"]
    assert (tmp_path / "large/b-before-after.png").is_file()


def test_one_broken_photo_does_not_stop_the_others(command, tmp_path):
    (tmp_path / "photos/a.png").write_bytes(b"no picture")
    code, out, err = command("photos", "--out", "large")
    assert code == 1 and len(out) == 2 and len(err) == 1
    assert err[0].startswith("error: 1 of 3 photos were left out: photos/a.png is not a picture")


def test_grey_and_transparent_photos_stay_what_they_are(command):
    Image.new("L", (9, 7), 90).save("grey.png")
    Image.new("LA", (9, 7), (90, 128)).save("clear.png")
    assert command("grey.png", "--out", "g.png")[0] == 0 and command("clear.png", "--out", "c.png")[0] == 0
    assert Image.open("g.png").mode == "L" and Image.open("c.png").mode == "LA"
    assert Image.open("c.png").size == (18, 14)


@pytest.mark.parametrize(
    ("argv", "model", "message"),
    [
        (["a.png"], None, "Say what to do: --task sr2, sr4, denoise, deblur, inpaint"),
        (["a.png", "--task", "sharpen"], None, "--task=sharpen: value should be one of"),
        (["a.png", "--task", "sr4"], "sr2", "is trained for sr2, not for sr4"),
        (["a.png", "--task", "denoise"], "inpaint", "is trained for inpaint, not for denoise"),
        (["a.png"], "inpaint", "is trained for inpaint and needs --mask mask.png"),
        (["a.png", "--task", "inpaint"], None, "--task inpaint needs --mask"),
        (["a.png", "--task", "sr2", "--mask", "a.png"], None, "--task sr2 takes no --mask"),
        (["a.png"], "dcgan", "cannot restore pictures"),
        (["a.png", "--out", "a.png"], "sr2", "a.png is a photo itself and would be lost"),
        (["a.png", "--out", "a.txt"], "sr2", "--out must end in"),
        (["photos", "--out", "a.png"], "sr2", "--out must be a folder for several photos, a.png is a file"),
        (["nothing.png"], "sr2", "nothing.png"),
        (["a.png", "--weights", "restoration_gan/mine"], None, "`restoration_gan/mine` is not the name of pretrained"),
    ],
)
def test_what_is_refused(command, argv, model, message):
    assert message in error(command(*argv, model=model))


def test_a_mask_of_another_size_is_refused(command):
    Image.fromarray(np.pad(np.full((10, 10), 255, "uint8"), 3)).save("mask.png")
    told = error(command("a.png", "--mask", "mask.png", model="inpaint"))
    assert told == "error: The mask is 16 x 16 pixels, a.png is 30 x 20: they must be of one size."


def test_weights_that_the_zoo_lacks_are_named_with_the_way_to_train_them(command, monkeypatch):
    from keras_facegan import presets

    zoo_file = presets.zoo_file
    monkeypatch.setattr(
        presets, "zoo_file", lambda name: {key: table for key, table in zoo_file(name).items() if key != "weights"}
    )
    told = error(command("a.png", "--task", "deblur", model=None))
    assert "--model restoration_gan --preset celeba_64_deblur` trains them" in told
