"""`facegan complete`: what is kept, what is drawn, what stands beside it, and what is refused."""

import numpy as np
import pytest
from PIL import Image

from keras_facegan import cli, create_model
from keras_facegan.cli import _sources, complete
from keras_facegan.cli._strips import captioned_strip
from keras_facegan.data.images import to_float, to_uint8
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.data.sets.binary_mnist import black_or_white
from keras_facegan.errors import UserError
from tests.runs import finished_run

SIDE = 8


@pytest.fixture(scope="module")
def model():
    return create_model("pixelcnn", "tiny", network="gated", num_classes=10, seed=0)


@pytest.fixture
def call(model, tmp_path, monkeypatch):
    """Run the command on the model in a working directory with two pictures; returns the exit code."""
    run_dir = finished_run(tmp_path / "mine", model)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("keras_facegan.loading.load_model", lambda source, step=None: model)
    rng = np.random.default_rng(0)
    (tmp_path / "digits").mkdir()
    for name in ("a", "b"):
        picture = rng.choice([0, 255], (SIDE, SIDE)).astype("uint8")
        Image.fromarray(picture).save(tmp_path / "digits" / f"{name}.png")
    Image.fromarray(rng.integers(1, 255, (SIDE, SIDE), "uint8")).save(tmp_path / "grey.png")
    Image.fromarray(rng.integers(0, 255, (SIDE, SIDE + 1), "uint8")).save(tmp_path / "wide.png")
    return lambda *arguments: cli.main(["complete", "--run", str(run_dir), *arguments])


def pictures(*paths):
    return to_float(np.stack([np.asarray(Image.open(path))[..., None] for path in paths]))


def strip(images, completed, rows):
    """Return the strip of pictures (n, 8, 8, 1) and their completions (n, k, 8, 8, 1)."""
    kept = images.copy()
    kept[:, rows:] = 0.0
    columns = np.concatenate([kept[:, None], completed, images[:, None]], axis=1)
    captions = [f"upper {rows} rows", *(f"completion {k + 1}" for k in range(completed.shape[1])), "truth"]
    return captioned_strip(to_uint8(columns), captions)


def test_a_row_shows_what_is_kept_the_completions_and_the_truth(model, call, capsys):
    assert call("digits", "--num", "3", "--rows", "5", "--seed", "7", "--label", "2") == 0
    images = pictures("digits/a.png", "digits/b.png")
    completed = model.complete(np.repeat(images, 3, axis=0), 5, 7, label=2).reshape(2, 3, SIDE, SIDE, 1)
    np.testing.assert_array_equal(completed[:, :, :5], np.broadcast_to(images[:, None, :5], (2, 3, 5, SIDE, 1)))
    assert (completed[:, 0, 5:] != completed[:, 1, 5:]).any()
    np.testing.assert_array_equal(np.asarray(Image.open("mine-completed.png")), strip(images, completed, 5))
    printed = capsys.readouterr()
    assert printed.out == "mine-completed.png: pictures 2, completions 3, rows kept 5, by pixelcnn.\n"
    assert not printed.err


def test_every_picture_may_have_a_label_of_its_own(model, call):
    assert call("digits", "--num", "2", "--label", "2,9", "--out", "two.png") == 0
    images = pictures("digits/a.png", "digits/b.png")
    completed = model.complete(np.repeat(images, 2, axis=0), 4, 0, label=[2, 2, 9, 9]).reshape(2, 2, SIDE, SIDE, 1)
    np.testing.assert_array_equal(np.asarray(Image.open("two.png")), strip(images, completed, 4))


def test_without_pictures_the_first_held_out_ones_are_completed(model, call):
    assert call("--num", "1", "--label", "0") == 0
    held_out = open_dataset("binary_digits", "validation+test", image_shape=model.image_shape)
    images = to_float(np.asarray(held_out.images[: complete.HELD_OUT]))
    completed = model.complete(images, 4, 0, label=0)[:, None]
    np.testing.assert_array_equal(np.asarray(Image.open("mine-completed.png")), strip(images, completed, 4))


def test_grey_pictures_are_drawn_in_black_and_white_and_that_is_said(model, call, capsys):
    assert call("grey.png", "--rows", "7", "--num", "1", "--label", "0", "--seed", "3") == 0
    drawn = black_or_white(np.asarray(Image.open("grey.png"))[None, ..., None], np.random.default_rng(3))
    assert set(np.unique(drawn)) == {0, 255}
    images = to_float(drawn)
    completed = model.complete(images, 7, 3, label=0)[:, None]
    np.testing.assert_array_equal(np.asarray(Image.open("mine-completed.png")), strip(images, completed, 7))
    error = capsys.readouterr().err
    assert "white with the probability of its grey value" in error and error.count("\n") == 1


def test_how_often_a_grey_value_becomes_white():
    drawn = black_or_white(np.full((200, 200), 51, "uint8"), np.random.default_rng(0))
    # Four standard errors of a share of 40,000 draws.
    assert abs((drawn == 255).mean() - 0.2) < 4 * (0.2 * 0.8 / 40_000) ** 0.5
    np.testing.assert_array_equal(black_or_white(np.array([0, 255], "uint8"), np.random.default_rng(0)), [0, 255])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["wide.png"], "wide.png is 9 x 8 pixels; pixelcnn completes pictures of 8 x 8. Resize it."),
        (["none.png"], "none.png cannot be decoded"),
        (["digits", "--data_dir", "."], "name pictures, or give it, not both"),
        (["digits", "--rows", "8"], "--rows must be below 8, the rows of a picture, got 8."),
        (["digits", "--rows", "-1"], "--rows"),
        (["digits", "--num", "0"], "--num"),
        (["digits", "--num", "100000"], "name fewer pictures, or lower --num."),
        (["digits", "--gender", "male"], "--gender does not fit pixelcnn: it takes --label"),
        (["digits", "--out", "a.jpg"], "--out must end in .png"),
        (["digits", "--out", "none/a.png"], "There is no folder none"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments, message, call, capsys, tmp_path):
    before = sorted(tmp_path.iterdir())
    assert call(*arguments) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


def test_a_model_that_cannot_complete_names_those_that_can(monkeypatch):
    monkeypatch.setattr("keras_facegan.loading.load_model", None)
    with pytest.raises(UserError, match="dcgan/cats_64 cannot complete .* Models that can: pixelcnn, pixelrnn.$"):
        _sources.open_model("dcgan/cats_64", complete.Completes)
