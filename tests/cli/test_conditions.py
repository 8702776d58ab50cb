"""Flags of conditions: what generate, invert and interpolate make of them, and what they refuse."""

import types

import numpy as np
import pytest
from PIL import Image

from keras_facegan import cli, create_model, recipe
from keras_facegan.data.images import image_grid, to_uint8
from keras_facegan.errors import UserError
from keras_facegan.latent.interpolation import spherical
from keras_facegan.latent.inversion import invert
from tests.runs import lively_model

FAST = ("--steps=20", "--restarts=2", "--seed=3", "--learning_rate=0.1")
NAMES = ["Smiling", "Bald", "Male"]


def conditional(condition, **arguments):
    """Return a model of 28 px whose pictures are strong and follow their condition."""
    model = create_model(
        "cgan", image_shape=(28, 28, 1), condition=condition, filters=4, latent_dim=6, seed=0, **arguments
    )
    model.generator.set_weights([value * (12.0 if value.ndim > 1 else 1.0) for value in model.generator.get_weights()])
    return model


@pytest.fixture(scope="module")
def digits():
    return conditional("classes")


@pytest.fixture(scope="module")
def faces():
    model = conditional("attributes", attributes=NAMES)
    rows = np.random.default_rng(0).integers(0, 2, (200, 40))
    model.adapt(types.SimpleNamespace(columns={"attributes": rows}))
    return model


@pytest.fixture
def run(tmp_path, tmp_path_factory, monkeypatch):
    """Run a command on a model in an empty working directory; returns the exit code."""
    monkeypatch.chdir(tmp_path)

    def call(command, model, *flags):
        directory = tmp_path_factory.mktemp("run")
        recipe.write(recipe.resolve(model.name, "tiny"), directory / "recipe.toml", {})
        monkeypatch.setattr("keras_facegan.loading.load_model", lambda source, step=None: model)
        return cli.main([command, "--run", str(directory), *flags])

    return call


def read(path):
    picture = np.asarray(Image.open(path))
    return picture[..., None] if picture.ndim == 2 else picture


def test_a_grid_has_one_named_row_per_class(run, digits, capsys):
    assert run("generate", digits, "--seed", "2", "--out", "grid.png") == 0
    inputs, columns, names = digits.grid(64, seed=2)
    assert (columns, names) == (6, list("0123456789"))
    np.testing.assert_array_equal(
        read("grid.png"), image_grid(to_uint8(digits.decode(**inputs)), columns, row_names=names)
    )
    assert capsys.readouterr().out == "grid.png: 60 pictures of cgan, seed 2.\n"


def test_columns_and_numbers_of_such_a_grid(run, digits):
    assert run("generate", digits, "--columns", "3", "--out", "three.png") == 0
    assert read("three.png").shape[0] == 10 * 30 + 2
    assert run("generate", digits, "--num", "4", "--out", "four.png") == 0
    np.testing.assert_array_equal(read("four.png"), image_grid(to_uint8(digits.generate(4, seed=0))))


def test_one_class_is_asked_for(run, digits):
    assert run("generate", digits, "--label", "3", "--num", "9", "--out", "three.png") == 0
    np.testing.assert_array_equal(read("three.png"), image_grid(to_uint8(digits.generate(9, label=3))))


def test_a_class_per_picture(run, digits):
    assert run("generate", digits, "--label", "3,1,4", "--num", "3", "--out", "pi.png") == 0
    np.testing.assert_array_equal(read("pi.png"), image_grid(to_uint8(digits.generate(3, label=[3, 1, 4]))))


def test_attributes_are_asked_for(run, faces):
    assert run("generate", faces, "--with", "Smiling,Male", "--without", "Bald", "--num", "5", "--out", "a.png") == 0
    expected = faces.generate(5, attributes={"Smiling": 1, "Male": 1, "Bald": 0})
    np.testing.assert_array_equal(read("a.png"), image_grid(to_uint8(expected)))


@pytest.mark.parametrize("flags", [("--age_group", "31-40"), ("--age", "35"), ("--age_group", "1")])
def test_an_age_is_asked_for(run, flags):
    model = conditional("age_groups", age_groups=[30, 40])
    assert run("generate", model, *flags, "--num", "3", "--out", "b.png") == 0
    np.testing.assert_array_equal(read("b.png"), image_grid(to_uint8(model.generate(3, age_group=1))))


def test_a_gender_is_asked_for(run):
    model = conditional("gender")
    assert run("generate", model, "--gender", "female", "--num", "3", "--out", "c.png") == 0
    np.testing.assert_array_equal(read("c.png"), image_grid(to_uint8(model.generate(3, gender=1))))


@pytest.mark.parametrize("label", [None, 7])
def test_a_walk_holds_the_condition(run, digits, label):
    flags = () if label is None else (f"--label={label}",)
    assert run("generate", digits, "--interpolate", "--num", "3", "--frames", "4", "--out", "walk.png", *flags) == 0
    codes = digits.sample_latents(3)
    held = digits.sample_inputs(1)["label"][0] if label is None else label
    walk = spherical(codes[:, None], np.roll(codes, -1, axis=0)[:, None], np.linspace(0, 1, 4)).reshape(12, -1)
    np.testing.assert_array_equal(read("walk.png"), image_grid(to_uint8(digits.decode(walk, label=held)), 4))


def test_an_animation_holds_it_too(run, digits):
    assert run("generate", digits, "--num", "2", "--frames", "3", "--label", "1", "--out", "walk.gif") == 0
    with Image.open("walk.gif") as animation:
        assert animation.n_frames == 6


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--label", "10"), "label must be a whole number from 0 to 9, got 10."),
        (("--label", "three"), "label `three` is unknown. Available: `0`"),
        (("--label", "1,2"), "label must be one value or 64 of them"),
        (("--gender", "female"), "--gender does not fit cgan: it takes --label."),
        (("--with", "Smiling"), "--with does not fit cgan: it takes --label."),
    ],
)
def test_what_is_refused_of_digits(run, digits, flags, message, capsys, tmp_path):
    assert run("generate", digits, *flags) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--with", "Smilling"), "`Smilling` is not an attribute of this model. Did you mean `Smiling`?"),
        (("--with", "Bald", "--without", "Bald"), "`Bald` is named in --with and in --without; it can"),
        (("--label", "3"), "--label does not fit cgan: it takes --with, --without."),
    ],
)
def test_what_is_refused_of_faces(run, faces, flags, message, capsys):
    assert run("generate", faces, *flags) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--age", "35", "--age_group", "0-30"), "--age and --age_group say the same thing; give one of them."),
        (("--age", "old"), "--age must be an age from 0 to 120 years, got 'old'."),
        (("--age_group", "31-41"), "age_group `31-41` is unknown. Did you mean `31-40`?"),
    ],
)
def test_what_is_refused_of_ages(run, flags, message, capsys):
    assert run("generate", conditional("age_groups", age_groups=[30, 40]), *flags) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_a_model_on_no_condition_takes_no_flag(run, capsys):
    assert run("generate", lively_model(), "--label", "3") == 1
    assert capsys.readouterr().err == "error: --label does not fit dcgan: it draws pictures on no condition.\n"


def test_more_rows_than_memory_are_refused(run, digits, capsys):
    assert run("generate", digits, "--columns", "1000000") == 1
    assert "ask for fewer" in capsys.readouterr().err


def test_inversion_holds_the_class(run, digits, tmp_path):
    photos = to_uint8(digits.generate(2, seed=9, label=[4, 8]))
    for name, photo in zip("ab", photos, strict=True):
        Image.fromarray(photo[..., 0]).save(f"{name}.png")
    assert run("invert", digits, "a.png", "--label", "4", "--out", "found.png", *FAST) == 0
    options = {"steps": 20, "restarts": 2, "seed": 3, "learning_rate": 0.1}
    images = photos.astype("float32") / 127.5 - 1
    found = invert(digits, images[:1], label=4, **options)
    assert np.abs(read("found.png").astype(int) - to_uint8(found.images[0])).max() <= 1
    assert run("invert", digits, "a.png", "b.png", "--label", "4,8", "--out", "both.png", *FAST) == 0
    found = invert(digits, images, label=[4, 8], **options)
    assert np.abs(read("both.png").astype(int) - image_grid(to_uint8(found.images))).max() <= 1


def test_a_walk_between_pictures_is_on_the_condition_of_the_nearer(run, digits):
    photos = to_uint8(digits.generate(2, seed=9, label=[4, 8]))
    for name, photo in zip("ab", photos, strict=True):
        Image.fromarray(photo[..., 0]).save(f"{name}.png")
    assert run("interpolate", digits, "a.png", "b.png", "--label", "4,8", "--frames=5", "--out=w.png", *FAST) == 0
    images = photos.astype("float32") / 127.5 - 1
    found = invert(digits, images, label=[4, 8], steps=20, restarts=2, seed=3, learning_rate=0.1)
    walk = spherical(found.latents[:1], found.latents[1:], np.linspace(0, 1, 5)[:, None])[:, 0]
    drawn = digits.decode(walk, label=[4, 4, 8, 8, 8])
    row = image_grid(np.concatenate([photos[:1], to_uint8(drawn), photos[1:]]), 7)
    assert np.abs(read("w.png").astype(int) - row).max() <= 1


def test_inversion_wants_the_class(run, digits, capsys, tmp_path):
    Image.fromarray(np.zeros((28, 28), "uint8")).save("a.png")
    assert run("invert", digits, "a.png") == 1
    error = capsys.readouterr().err
    assert "condition `label`: give label=..., or --label on the command line" in error and error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_walk_between_two_classes_holds_the_codes(run, digits):
    flags = ("--interpolate", "--num", "3", "--frames", "5", "--label", "4,8", "--out", "walk.png")
    assert run("generate", digits, *flags) == 0
    codes = digits.sample_latents(3)
    drawn = digits.decode_between(codes, 4, 8, np.linspace(0, 1, 5))
    np.testing.assert_array_equal(read("walk.png"), image_grid(to_uint8(drawn.reshape(-1, 28, 28, 1)), 5))
    np.testing.assert_allclose(drawn[:, 0], digits.decode(codes, label=4), atol=1e-5)
    np.testing.assert_allclose(drawn[:, -1], digits.decode(codes, label=8), atol=1e-5)
    assert np.abs(drawn[:, 2] - drawn[:, 0]).max() > 0.01 and np.abs(drawn[:, 2] - drawn[:, -1]).max() > 0.01
    assert run("generate", digits, *flags[:-1], "walk.gif") == 0
    with Image.open("walk.gif") as animation:
        assert animation.n_frames == 3 * 8


def test_a_walk_between_attributes(faces):
    codes, (start, end) = faces.sample_latents(2), ([1.0, 0.0, 1.0], [0.0, 0.0, 1.0])
    drawn = faces.decode_between(codes, {"Smiling": 1, "Male": 1}, end, [0.0, 0.25, 1.0])
    np.testing.assert_allclose(drawn[:, 0], faces.decode(codes, attributes=start), atol=1e-5)
    np.testing.assert_allclose(drawn[:, 1], faces.decode(codes, attributes=[0.75, 0.0, 1.0]), atol=1e-5)
    np.testing.assert_allclose(drawn[:, 2], faces.decode(codes, attributes=end), atol=1e-5)


def test_walks_between_classes_that_cannot_be(run, digits, capsys):
    assert run("generate", digits, "--interpolate", "--label", "1,2,3") == 1
    assert "between two values of a condition, got 3." in capsys.readouterr().err
    with pytest.raises(UserError, match="dcgan has 0 conditions"):
        lively_model().decode_between(np.zeros((1, 8), "float32"), 1, 2, [0.0])
