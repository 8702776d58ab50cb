"""Grids and walks: the files they are written to, and what is refused."""

import types

import numpy as np
import pytest
from PIL import Image

from keras_facegan import cli, create_model
from keras_facegan.abilities import Generates
from keras_facegan.cli import _animations, _sources, generate
from keras_facegan.data.images import image_grid, to_uint8
from keras_facegan.errors import UserError
from keras_facegan.latent import interpolation
from tests.runs import finished_run, lively_model


@pytest.fixture(scope="module")
def model():
    return lively_model()


@pytest.fixture(scope="module")
def run_dir(model, tmp_path_factory):
    return finished_run(tmp_path_factory.mktemp("runs") / "mine", model)


@pytest.fixture
def draw(model, run_dir, tmp_path, monkeypatch):
    """Run the command on the model in an empty working directory; returns the exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("keras_facegan.loading.load_model", lambda source, step=None: model)
    return lambda *flags: cli.main(["generate", "--run", str(run_dir), *flags])


def _cells(path, columns, rows, side=32):
    """Return uint8 pictures (rows, columns, side, side, 3) of a grid with 2 pixels of padding."""
    grid, step = np.asarray(Image.open(path)), side + 2
    assert grid.shape == (rows * step + 2, columns * step + 2, 3)
    return grid[2:, 2:].reshape(rows, step, columns, step, 3).swapaxes(1, 2)[:, :, :side, :side]


def test_a_grid_is_what_the_model_generates(model, draw, tmp_path):
    assert draw("--num", "70", "--seed", "3", "--columns", "10", "--out", "grid.png") == 0
    pictures = to_uint8(model.generate(70, seed=3))
    assert pictures.std() > 10
    np.testing.assert_array_equal(np.asarray(Image.open("grid.png")), image_grid(pictures, 10))
    assert [path.name for path in tmp_path.iterdir()] == ["grid.png"]


def test_default_name_and_number(draw, capsys):
    assert draw() == 0
    assert _cells("mine.png", 8, 8).shape[:2] == (8, 8)
    assert capsys.readouterr().out == "mine.png: 64 pictures of dcgan, seed 0.\n"
    assert draw("--num", "4") == 0
    assert _cells("mine-2.png", 2, 2).shape[:2] == (2, 2) and _cells("mine.png", 8, 8).shape[:2] == (8, 8)


def test_scale_repeats_pixels(model, draw):
    assert draw("--num", "1", "--scale", "3", "--out", "one.PNG") == 0
    picture = _cells("one.PNG", 1, 1, side=96)[0, 0]
    np.testing.assert_array_equal(picture[1::3, 1::3], to_uint8(model.generate(1))[0])
    np.testing.assert_array_equal(picture[::3], picture[2::3])


def test_rows_walk_from_code_to_code_and_back_to_the_first(model, draw):
    assert draw("--interpolate", "--num", "3", "--frames", "5", "--out", "rows.png") == 0
    rows, stops = _cells("rows.png", 5, 3).astype(int), to_uint8(model.generate(3)).astype(int)
    assert np.abs(rows[:, 0] - stops).max() <= 1
    assert np.abs(rows[:, -1] - np.roll(stops, -1, axis=0)).max() <= 1
    middle = interpolation.spherical(*model.sample_latents(2, 0), 0.5)
    assert np.abs(rows[0, 2] - to_uint8(model.decode(middle[None])[0])).max() <= 1


def test_a_gif_loops_without_a_halt(model, draw, tmp_path):
    assert draw("--num", "2", "--frames", "4", "--scale", "2", "--out", "walk.gif") == 0
    with Image.open("walk.gif") as animation:
        assert (animation.n_frames, animation.size, animation.info["loop"]) == (8, (64, 64), 0)
        assert animation.info["duration"] == _animations.MILLISECONDS
    assert [path.name for path in tmp_path.iterdir()] == ["walk.gif"]


@pytest.mark.parametrize("latent", ["normal", "uniform"])
def test_a_walk_keeps_to_the_prior(latent):
    codes = np.random.default_rng(0).uniform(-1, 1, (2, 6)).astype("float32")
    model = types.SimpleNamespace(
        sample_latents=lambda n, seed: codes,
        sample_inputs=lambda n, seed, **wanted: {"latents": codes[:n], "label": np.full(n, wanted["label"])},
        prior=types.SimpleNamespace(latent=latent),
    )
    path = {"normal": interpolation.spherical, "uniform": interpolation.linear}[latent]
    inputs = generate._walk(model, 2, 0, np.array([0.0, 0.25]), {"label": 3})
    steps = inputs["latents"]
    np.testing.assert_array_equal(inputs["label"], [3, 3, 3, 3])
    np.testing.assert_array_equal(steps[1], path(codes[0], codes[1], 0.25))
    np.testing.assert_array_equal(steps[3], path(codes[1], codes[0], 0.25))


def test_a_model_without_latents_draws_a_grid_but_no_walk(draw, monkeypatch, capsys):
    def generate(n, seed, advance):
        advance(n)
        return np.full((n, 8, 8, 1), 1.0, "float32")

    pixels = types.SimpleNamespace(name="pixels", image_shape=(8, 8, 1), conditions=(), generate=generate)
    monkeypatch.setattr("keras_facegan.loading.load_model", lambda source, step=None: pixels)
    assert draw("--num", "4", "--out", "grey.png") == 0
    assert Image.open("grey.png").mode == "L"
    assert draw("--interpolate") == 1
    assert "pixels cannot draw pictures from latent codes; it can draw new pictures." in capsys.readouterr().err


def test_a_model_that_cannot_generate_says_what_it_can(draw, monkeypatch, capsys):
    embedder = types.SimpleNamespace(name="facenet", embed=lambda images: images)
    monkeypatch.setattr("keras_facegan.loading.load_model", lambda source, step=None: embedder)
    assert draw() == 1
    assert capsys.readouterr().err == "error: facenet cannot draw new pictures; it can embed faces.\n"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--num", "0"], "--num"),
        (["--num", "-3"], "--num"),
        (["--num", "1", "--interpolate"], "--num must be at least 2"),
        (["--num", "many"], "--num"),
        (["--frames", "1", "--out", "a.gif"], "--frames"),
        (["--scale", "0"], "--scale"),
        (["--columns", "0"], "--columns"),
        (["--seed", "-1"], "--seed"),
        (["--temperature", "0"], "--temperature must be above 0"),
        (["--temperature", "-0.7"], "--temperature must be above 0"),
        (["--temperature", "11"], "--temperature must be above 0 and at most 10, got 11"),
        (["--temperature", "nan"], "--temperature must be a finite number"),
        (["--out", "grid.jpg"], "must end in .png or .gif"),
        (["--out", "grid"], "must end in .png or .gif"),
        (["--out", "nowhere/grid.png"], "no folder nowhere"),
        (["--columns", "3", "--interpolate"], "--columns is for a grid"),
        (["--frames", "3"], "--frames is for a walk"),
        (["dcgan/cats_64"], "are two models"),
    ],
)
def test_bad_flags_are_refused_before_the_model_is_loaded(flags, message, draw, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("keras_facegan.loading.load_model", None)
    assert draw(*flags) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_more_pictures_than_memory_are_refused(draw, capsys):
    assert draw("--num", "64000000") == 1
    assert "ask for fewer" in capsys.readouterr().err


def test_a_model_without_codes_draws_its_pictures_too(tmp_path, monkeypatch, capsys):
    pixels = create_model(
        "pixelcnn", image_shape=(4, 4, 1), network="gated", filters=4, blocks=1, head=4, num_classes=3
    )
    run_dir = finished_run(tmp_path / "run", pixels)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("keras_facegan.loading.load_model", lambda source, step=None: pixels)
    assert cli.main(["generate", "--run", str(run_dir), "--num", "6", "--columns", "3", "--label", "2"]) == 0
    expected = image_grid(to_uint8(pixels.generate(6, seed=0, label=2)), 3)
    np.testing.assert_array_equal(np.asarray(Image.open("run.png")), expected[..., 0])
    assert cli.main(["generate", "--run", str(run_dir), "--gif"]) == 1
    assert "cannot draw pictures from latent codes" in capsys.readouterr().err
    assert cli.main(["generate", "--run", str(run_dir), "--gender", "male"]) == 1
    assert "--gender does not fit pixelcnn: it takes --label" in capsys.readouterr().err


def test_a_temperature_scales_the_codes_of_a_grid_and_of_a_walk(tmp_path, monkeypatch):
    flow = create_model("glow", "tiny", seed=0)
    run_dir = finished_run(tmp_path / "run", flow)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("keras_facegan.loading.load_model", lambda source, step=None: flow)
    draw = ["generate", "--run", str(run_dir), "--num", "4"]
    drawn = {}
    for temperature in (0.1, 0.7, 1.0):
        assert cli.main([*draw, "--temperature", str(temperature), "--out", "some.png"]) == 0
        drawn[temperature] = np.asarray(Image.open("some.png"))
        np.testing.assert_array_equal(
            drawn[temperature], image_grid(to_uint8(flow.generate(4, temperature=temperature)))
        )
    assert not np.array_equal(drawn[0.1], drawn[1.0])
    assert cli.main([*draw, "--out", "own.png"]) == 0
    np.testing.assert_array_equal(np.asarray(Image.open("own.png")), drawn[0.7])
    walk = generate._walk(flow, 2, 0, np.array([0.0]), {"temperature": 0.25})
    np.testing.assert_array_equal(walk["latents"], flow.sample_latents(2, 0, temperature=0.25))


def test_a_temperature_is_refused_by_models_without_one_before_weights_are_loaded(draw, monkeypatch, capsys):
    monkeypatch.setattr("keras_facegan.loading.load_model", None)
    assert draw("--temperature", "0.7") == 1
    error = capsys.readouterr().err
    assert "mine cannot draw pictures at a temperature; it can draw new pictures" in error and error.count("\n") == 1


@pytest.mark.parametrize("name", ["taken.png", "taken.gif"])
def test_a_place_that_cannot_be_written(draw, name, tmp_path, capsys):
    (tmp_path / name).mkdir()
    assert draw("--num", "2", "--out", name) == 1
    assert f"{name} cannot be written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_run_is_loaded_with_its_weights(model, tmp_path):
    loaded = _sources.open_model(str(finished_run(tmp_path / "run", model)), Generates)
    # Kernels are kept in float16.
    np.testing.assert_allclose(loaded.generate(3), model.generate(3), atol=0.02)


def test_runs_that_cannot_be_used(model, tmp_path):
    with pytest.raises(UserError, match="holds no run"):
        _sources.open_model(str(tmp_path))
    run = finished_run(tmp_path / "run", model)
    (run / "model.weights.h5").unlink()
    with pytest.raises(UserError, match=r"neither weights nor a checkpoint.*facegan train --run_dir"):
        _sources.open_model(str(run))
    (run / "recipe.toml").write_text("preset = 'tiny'")
    with pytest.raises(UserError, match="recipe.toml is damaged: it has no .*name"):
        _sources.open_model(str(run))


def test_names(monkeypatch, tmp_path):
    with pytest.raises(UserError, match="Available: `.*`dcgan/cats_64`"):
        _sources.model_source([], None)
    with pytest.raises(UserError, match="Expected one model, got a b"):
        _sources.model_source(["a", "b"], None)
    with pytest.raises(UserError, match="Did you mean `dcgan/cats_64`"):
        _sources.model_source(["dcgan/cat_64"], None)
    with pytest.raises(UserError, match="`dcgan/cats_64` and --run runs/x are two models"):
        _sources.model_source(["dcgan/cats_64"], "runs/x")
    with pytest.raises(UserError, match=r"runs/x holds no run: there is no recipe.toml in it"):
        _sources.model_source([], "runs/x")
    (tmp_path / "recipe.toml").touch()
    assert _sources.model_source([str(tmp_path)], None) == str(tmp_path)
    assert _sources.model_source([], str(tmp_path)) == str(tmp_path)
    assert _sources.source_name("dcgan/cats_64") == "dcgan-cats_64"
    assert _sources.source_name(str(tmp_path)) == tmp_path.name
