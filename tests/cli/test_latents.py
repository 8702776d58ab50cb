"""invert, denoise, inpaint, interpolate: the strips they write, the numbers they print, and what they refuse."""

import os
import re
import signal
import subprocess
import sys
import time
import types

import numpy as np
import pytest
from PIL import Image

from keras_facegan import cli, recipe
from keras_facegan.cli import _masks
from keras_facegan.cli._latents import unlike_grounds
from keras_facegan.data.images import prepare, to_float, to_uint8
from keras_facegan.latent import search
from keras_facegan.latent.denoising import add_noise, denoise
from keras_facegan.latent.inpainting import inpaint, square_hole
from keras_facegan.latent.interpolation import spherical
from keras_facegan.latent.inversion import invert
from keras_facegan.metrics.signal_to_noise import psnr
from tests.runs import finished_run, lively_model

FAST = {"steps": 30, "restarts": 2, "learning_rate": 0.05, "seed": 3}
FLAGS = [f"--{name}={value}" for name, value in FAST.items()]
# The photo, what was best after 0, 3 and 9 steps, the result.
COLUMNS = 5


@pytest.fixture(scope="module")
def model():
    return lively_model()


@pytest.fixture(scope="module")
def photos(model):
    """What `0.png`, `1.png` and `2.png` hold."""
    return to_float(to_uint8(0.9 * model.generate(3, seed=5)))


@pytest.fixture
def command(model, photos, tmp_path, monkeypatch):
    """Run a command beside the photos; returns the exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("keras_facegan.loading.load_model", lambda source, step=None: model)
    (tmp_path / "mine").mkdir()
    recipe.write(recipe.resolve("dcgan", "tiny"), tmp_path / "mine" / "recipe.toml", {})
    (tmp_path / "folder").mkdir()
    for i, photo in enumerate(to_uint8(photos)):
        Image.fromarray(photo).save(f"{i}.png")
        Image.fromarray(photo).save(f"folder/{i}.png")
    return lambda name, *argv: cli.main([name, "--run", "mine", *argv, *FLAGS])


def cells(path, columns, rows, side=32):
    """Return uint8 pictures (rows, columns, side, side, 3) of a grid with 2 pixels of padding."""
    grid, step = np.asarray(Image.open(path)), side + 2
    assert grid.shape == (rows * step + 2, columns * step + 2, 3)
    return grid[2:, 2:].reshape(rows, step, columns, step, 3).swapaxes(1, 2)[:, :, :side, :side]


def strip_cells(path, columns, rows, side=32, factor=4):
    """Return the pictures of a captioned strip as `cells` does, each at its own size again."""
    strip, step = np.asarray(Image.open(path)), side * factor + 2
    head, grid = np.split(strip, [strip.shape[0] - rows * step - 2])
    # Every column has a caption, in black on white.
    middles = [slice(2 + column * step, (column + 1) * step) for column in range(columns)]
    assert len(head) < 60 and all(head[:, middle].min() < 64 for middle in middles)
    assert grid.shape == (rows * step + 2, columns * step + 2, 3)
    pictures = grid[2:, 2:].reshape(rows, step, columns, step, 3).swapaxes(1, 2)[:, :, :-2, :-2]
    small = pictures[:, :, ::factor, ::factor]
    np.testing.assert_array_equal(small.repeat(factor, axis=2).repeat(factor, axis=3), pictures)
    return small


def same(pictures, floats):
    """Hold bytes of a file against what was computed again: rounding may differ."""
    assert np.abs(pictures.astype(int) - to_uint8(np.asarray(floats, "float32"))).max() <= 1


def test_the_result_stands_alone_beside_a_strip_of_photo_way_and_result(model, photos, command, capsys, tmp_path):
    before = {path.name for path in tmp_path.iterdir()}
    assert command("invert", "0.png") == 0
    found = invert(model, photos[:1], **FAST)
    same(np.asarray(Image.open("0-inverted.png")), found.images[0])
    strip = strip_cells("0-inverted-strip.png", COLUMNS, 1)[0]
    same(strip[0], photos[0])
    same(strip[1:-1], found.way[0])
    same(strip[-1], found.images[0])
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(rf"0.png: l2 {found.losses[0]:.4f}, PSNR \d+\.\d dB, SSIM 0\.\d{{3}}", lines[0])
    assert f"PSNR {psnr(found.images, photos[:1])[0]:.1f} dB" in lines[0]
    assert lines[1] == "Result: 0-inverted.png, with the way to it in 0-inverted-strip.png"
    assert {path.name for path in tmp_path.iterdir()} == before | {"0-inverted.png", "0-inverted-strip.png"}


def test_a_second_result_does_not_replace_the_first(command, tmp_path):
    assert command("invert", "0.png") == 0
    first = (tmp_path / "0-inverted.png").read_bytes()
    assert command("invert", "0.png", "--loss", "l1") == 0
    assert (tmp_path / "0-inverted.png").read_bytes() == first
    assert (tmp_path / "0-inverted-2.png").exists() and (tmp_path / "0-inverted-2-strip.png").exists()


def test_a_folder_and_a_photo_in_one_sheet_with_curves(model, photos, command, capsys):
    assert command("invert", "folder", "1.png", "--out", "sheet.png", "--curves", "losses.png", "--loss", "l1") == 0
    found = invert(model, photos[[0, 1, 2, 1]], **FAST, loss="l1")
    same(cells("sheet.png", 2, 2).reshape(4, 32, 32, 3), found.images)
    rows = strip_cells("sheet-strip.png", COLUMNS, 4)
    same(rows[:, -1], found.images)
    np.testing.assert_array_equal(rows[1], rows[3])
    assert Image.open("losses.png").size == (800, 450)
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "folder/0.png", "folder/1.png", "folder/2.png", "1.png", "Result",
    ]  # fmt: skip


def test_noise_is_added_and_the_gain_printed(model, photos, command, capsys):
    assert command("denoise", "0.png", "1.png", "--add_noise", "0.4", "--out", "clean.png") == 0
    noisy = np.clip(add_noise(photos[:2], 0.4, FAST["seed"]), -1, 1)
    found = denoise(model, noisy, **FAST)
    rows = strip_cells("clean-strip.png", COLUMNS + 1, 2)
    same(rows[:, 0], photos[:2])
    same(rows[:, 1], noisy)
    same(rows[:, -1], found.images)
    before, after = psnr(noisy, photos[:2]), psnr(found.images, photos[:2])
    for line, low, high in zip(capsys.readouterr().out.splitlines(), before, after, strict=False):
        assert line.endswith(f"PSNR {low:.1f} dB noisy, {high:.1f} dB denoised: gain {high - low:+.1f} dB")


def test_noisy_photos_are_taken_as_they_are(model, photos, command, capsys):
    assert command("denoise", "2.png", "--literal_fresh_noise", "0.2") == 0
    found = denoise(model, photos[2:], literal_fresh_noise=0.2, **FAST)
    same(np.asarray(Image.open("2-denoised.png")), found.images[0])
    same(strip_cells("2-denoised-strip.png", COLUMNS, 1)[0, 0], photos[2])
    assert capsys.readouterr().out.startswith(f"2.png: l2 {found.losses[0]:.4f}\n")


def test_a_hole_is_filled(model, photos, command, capsys):
    assert command("inpaint", "0.png", "--hole", "8") == 0
    known = square_hole((32, 32, 3), 8)
    found = inpaint(model, photos[:1], known, **FAST)
    strip = strip_cells("0-inpainted-strip.png", COLUMNS + 1, 1)[0]
    same(strip[0], photos[0])
    assert (strip[1][~known] == 128).all()
    same(strip[1][known], photos[0][known])
    same(strip[-1], found.images[0])
    same(np.asarray(Image.open("0-inpainted.png")), found.images[0])
    error = np.square(found.images - photos[:1])[:, ~known].mean() / 4
    expected = f"0.png: l1 {found.losses[0]:.4f}, PSNR {-10 * np.log10(error):.1f} dB in the hole"
    assert capsys.readouterr().out.splitlines()[0] == expected


def test_a_mask_hides_what_it_paints_black(model, photos, command, capsys):
    known = square_hole((32, 32, 3), 8, (2, -3))
    Image.fromarray(known).save("mask.png")
    assert command("inpaint", "0.png", "1.png", "--mask", "mask.png", "--composite", "--out", "filled.png") == 0
    rows = strip_cells("filled-strip.png", COLUMNS, 2)
    assert (rows[:, 0][:, ~known] == 128).all()
    same(rows[:, -1][:, known], photos[:2][:, known])
    found = inpaint(model, photos[:2], known, **FAST)
    same(rows[:, -1][:, ~known], found.images[:, ~known])
    assert "dB" not in capsys.readouterr().out


@pytest.mark.parametrize(("size", "shape"), [((90, 70), (32, 32, 3)), ((20, 24), (32, 32, 1)), ((64, 64), (32, 32, 3))])
def test_what_a_mask_hides_does_not_leak_when_it_is_resized(size, shape, tmp_path):
    rng = np.random.default_rng(0)
    height, width = size
    smooth = np.array(Image.fromarray(rng.integers(0, 255, (4, 4, 3), dtype="uint8")).resize((width, height)))
    known = np.ones(size, bool)
    known[height // 3 : height // 2, width // 3 : width // 2] = False
    results = []
    for name, garbage in (("black.png", 0), ("white.png", 255)):
        picture = smooth.copy()
        picture[~known] = garbage
        Image.fromarray(picture).save(tmp_path / name)
        results.append(_masks.read_masked_photo(tmp_path / name, known, shape))
    (black, seen), (white, also) = results
    np.testing.assert_array_equal(seen, also)
    assert seen.any() and not seen.all()
    np.testing.assert_array_equal(black[seen], white[seen])
    whole = prepare(smooth, shape)
    assert np.abs(black[seen].astype(int) - whole[seen]).max() <= 12
    assert np.abs(black[seen].astype(int) - whole[seen]).mean() < 1


def test_a_walk_begins_and_ends_with_the_photos(model, photos, command, capsys):
    assert command("interpolate", "0.png", "1.png", "2.png", "--frames", "5", "--out", "rows.png") == 0
    found = invert(model, photos, **FAST)
    rows = cells("rows.png", 7, 2)
    same(rows[:, 0], photos[:2])
    same(rows[:, -1], photos[1:])
    same(rows[:, 1], found.images[:2])
    same(rows[:, -2], found.images[1:])
    same(rows[1, 3], model.decode(spherical(found.latents[1], found.latents[2], 0.5)[None])[0])
    assert capsys.readouterr().out.splitlines()[-1] == "rows.png: a walk of 2 legs."


def test_a_walk_as_an_animation_goes_there_and_back(command, tmp_path):
    assert command("interpolate", "0.png", "1.png", "--frames", "4", "--out", "walk.gif") == 0
    with Image.open("walk.gif") as animation:
        assert (animation.n_frames, animation.size, animation.info["loop"]) == (6, (32, 32), 0)
    assert not (tmp_path / "walk.gif.state").exists()


def test_a_search_that_was_stopped_goes_on(model, photos, command, monkeypatch, capsys, tmp_path):
    assert command("invert", "0.png", "--out", "whole.png") == 0
    go_on, calls = search._go_on, []

    def stopped(at, part, run, first, last, data):
        calls.append(first)
        if len(calls) == 3:
            raise KeyboardInterrupt
        go_on(at, part, run, first, last, data)

    monkeypatch.setattr(search, "_go_on", stopped)
    monkeypatch.setattr("keras_facegan.latent.state.SECONDS_BETWEEN_SAVES", 0)
    assert command("invert", "0.png", "--out", "strip.png") == 130
    assert not (tmp_path / "strip.png").exists()
    capsys.readouterr()
    assert command("invert", "0.png", "--out", "strip.png") == 0
    assert calls == [0, 1, 4, 4, 10]
    assert capsys.readouterr().out.startswith("strip.png.state is there: the search goes on where it was stopped.\n")
    assert (tmp_path / "strip.png").read_bytes() == (tmp_path / "whole.png").read_bytes()
    assert not (tmp_path / "strip.png.state").exists()


def test_the_state_of_other_settings_is_left_alone(command, capsys, tmp_path):
    (tmp_path / "taken.png").mkdir()
    assert command("invert", "0.png", "--out", "taken.png") == 1
    error = capsys.readouterr().err
    assert error.startswith("error: taken.png cannot be written: ") and error.count("\n") == 1
    assert "safe in taken.png.state: make room" in error
    (tmp_path / "taken.png").rmdir()
    assert command("invert", "1.png", "--out", "taken.png") == 1
    assert "taken.png.state is the state of a search for other pictures" in capsys.readouterr().err
    assert command("invert", "0.png", "--out", "taken.png") == 0
    assert np.asarray(Image.open("taken.png")).std() > 10


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("invert",), "Name a picture"),
        (("invert", "empty"), "There are no pictures in empty"),
        (("invert", "0.png", "--steps", "0"), "steps must be a whole number from 1 to"),
        (("invert", "0.png", "--restarts", "0"), "restarts must be a whole number from 1 to"),
        (("invert", "0.png", "--learning_rate", "-1"), "learning_rate must be a number above 0"),
        (("invert", "0.png", "--loss", "l3"), "--loss=l3: value should be one of <l1|l2>"),
        (("invert", "0.png", "--regulariser", "-1"), "regulariser must be a number from 0 to"),
        (("invert", "0.png", "--seed", "-1"), "seed must be a whole number from 0 to"),
        (("invert", "0.png", "--out", "strip.jpg"), "--out must end in .png"),
        (("invert", "0.png", "--out", "nowhere/strip.png"), "There is no folder nowhere for strip.png"),
        (("invert", "0.png", "--curves", "losses.pdf"), "--curves must end in .png"),
        (("invert", "0.png", "--curves", "nowhere/losses.png"), "There is no folder nowhere for losses.png"),
        (
            ("denoise", "0.png", "--add_noise", "12.75"),
            "--add_noise=12.75: 12.75 is not a number in the range [0.0, 1.0]",
        ),
        (
            ("denoise", "0.png", "--literal_fresh_noise", "-1"),
            "--literal_fresh_noise=-1: -1.0 is not a number in the range",
        ),
        (("inpaint", "0.png", "--hole", "0"), "--hole=0: 0 is not an integer in the range [1, 1024]"),
        (("inpaint", "0.png"), "Say what is missing: --hole 8 for a square at the centre, or --mask mask.png"),
        (("inpaint", "0.png", "--hole", "8", "--mask", "0.png"), "Say what is missing"),
        (("inpaint", "0.png", "--mask", "text.png"), "text.png is not a picture"),
        (("inpaint", "0.png", "--mask", "black.png"), "black.png hides all"),
        (("inpaint", "0.png", "--mask", "white.png"), "white.png hides nothing"),
        (("interpolate", "0.png"), "Expected 2 photos or more, got 1"),
        (("interpolate", "0.png", "1.png", "--frames", "1"), "--frames=1: 1 is not an integer in the range [2, 100]"),
        (("interpolate", "0.png", "1.png", "--out", "walk.jpg"), "--out must end in .png or .gif"),
    ],
)
def test_what_is_wrong_is_told_before_the_model_is_loaded(argv, message, command, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("keras_facegan.loading.load_model", None)
    _bad_pictures(tmp_path)
    # Flags of `command` come last, and the last of two counts.
    monkeypatch.setattr(sys.modules[__name__], "FLAGS", [])
    assert command(*argv) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("invert", "0.png", "nobody.png"), "nobody.png"),
        (("invert", "0.png", "text.png"), "text.png is not a picture"),
        (("invert", "0.png", "small.png"), "small.png is only 4 x 4 pixels; the network reads"),
        (("inpaint", "0.png", "--hole", "32"), "a side of 1 to 31, got 32"),
        (("inpaint", "0.png", "--mask", "wide.png"), "The mask is 40 x 32 pixels, 0.png is 32 x 32"),
        (("inpaint", "small.png", "--mask", "wide.png"), "small.png is only 4 x 4"),
        (("inpaint", "wide.png", "--mask", "edge.png"), "leaves nothing of wide.png at 32 pixels"),
    ],
)
def test_photos_that_do_not_fit(argv, message, command, capsys, tmp_path):
    _bad_pictures(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert command(*argv) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


def _bad_pictures(folder):
    (folder / "empty").mkdir()
    (folder / "text.png").write_text("no picture")
    for name, shape, value in (("black", (32, 32), 0), ("white", (32, 32), 255), ("small", (4, 4), 9)):
        Image.fromarray(np.full(shape, value, "uint8")).save(folder / f"{name}.png")
    # Known only where the centre square does not reach.
    wide = np.zeros((32, 40), "uint8")
    wide[:, :2] = 255
    for name in ("wide", "edge"):
        Image.fromarray(wide).save(folder / f"{name}.png")


def test_models_without_latents_say_what_they_can(command, monkeypatch, capsys):
    embedder = types.SimpleNamespace(name="facenet", embed=lambda images: images, image_shape=(32, 32, 3))
    monkeypatch.setattr("keras_facegan.loading.load_model", lambda source, step=None: embedder)
    for name, more in (("invert", []), ("denoise", []), ("inpaint", ["--hole=8"]), ("interpolate", ["1.png"])):
        assert command(name, "0.png", *more) == 1
        assert capsys.readouterr().err == (
            "error: facenet cannot draw pictures from latent codes; it can embed faces.\n"
        )


def test_more_photos_than_one_picture_holds(command, monkeypatch, capsys):
    monkeypatch.setattr("keras_facegan.cli._latents.MAX_PIXELS", 2 * 8 * 128 * 128)
    assert command("invert", "folder") == 1
    assert "3 photos are too many for one picture; give 2 or fewer." in capsys.readouterr().err


@pytest.mark.parametrize("name", ["invert", "denoise", "inpaint", "interpolate"])
def test_a_name_comes_first(name, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert cli.main([name, "photo.png"]) == 1
    assert "`photo.png`" in capsys.readouterr().err
    assert cli.main([name]) == 1
    assert "Name pretrained weights" in capsys.readouterr().err


@pytest.mark.slow
def test_a_killed_command_goes_on_to_the_same_strip(model, photos, tmp_path):
    run = finished_run(tmp_path / "run", model)
    Image.fromarray(to_uint8(photos[0])).save(tmp_path / "0.png")
    code = "import keras_facegan.latent.state as s; s.SECONDS_BETWEEN_SAVES = 0\n"
    code += "import sys; from keras_facegan.cli import main; sys.exit(main(sys.argv[1:]))"
    base = [sys.executable, "-c", code, "invert", "--run", str(run), str(tmp_path / "0.png")]
    base += ["--steps=4000", "--restarts=4", "--learning_rate=0.05"]
    whole, strip, state = (tmp_path / name for name in ("whole.png", "strip.png", "strip.png.state"))
    subprocess.run([*base, f"--out={whole}"], check=True, capture_output=True)
    process = subprocess.Popen([*base, f"--out={strip}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 300
    while not state.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert state.exists() and not strip.exists()
    done = subprocess.run([*base, f"--out={strip}"], check=True, capture_output=True, text=True)
    assert "goes on where it was stopped" in done.stdout
    assert strip.read_bytes() == whole.read_bytes()
    assert not state.exists()


def drawing(ground):
    """Return what draws strokes on an even ground, in an eighth of its pixels."""
    pictures = np.full((64, 8, 8, 1), ground, "float32")
    pictures[:, 3] = -ground
    return types.SimpleNamespace(name="mine", sample_inputs=lambda n, seed: {}, decode=lambda: pictures)


def test_ink_on_paper_is_said_where_a_model_draws_light_on_dark():
    # Grey paper under a lamp, with ink on a fifth of it, and the same in negative.
    paper = np.full((1, 8, 8, 1), 0.3, "float32")
    paper[:, 2:4, 1:7] = -0.9
    photos, paths = np.concatenate([paper, -paper]), ["me [old].png", "b.png"]
    assert unlike_grounds(paths, photos, drawing(-1.0)) == [
        "me [old].png looks dark on light, and mine draws light on dark: --negative swaps light and dark."
    ]
    assert unlike_grounds(paths, photos, drawing(0.95)) == [
        "b.png looks light on dark, and mine draws dark on light: --negative swaps light and dark."
    ]
    # Faces have no even ground.
    assert unlike_grounds(paths, photos, drawing(-0.5)) == []


def test_negative_swaps_light_and_dark_before_the_search(command, photos):
    assert command("invert", "1.png", "--negative", "--out", "n.png") == 0
    same(strip_cells("n-strip.png", COLUMNS, 1)[0, 0], -photos[1])
