"""facegan recognise and transform: what they print and write for photos, and what they refuse in one line."""

import types

import numpy as np
import pytest
from PIL import Image

from keras_facegan import cli
from keras_facegan.cli import recognise
from keras_facegan.cli._strips import captioned_strip
from keras_facegan.data.framing import USUAL
from keras_facegan.data.images import decode, to_uint8
from keras_facegan.photos import search, transforming
from keras_facegan.photos.alignment import cut, square_of
from keras_facegan.photos.detector import Face
from keras_facegan.photos.networks import Network
from keras_facegan.photos.transforming import transform_photos
from tests.runs import finished_run, lively_model

SIDE = 16
FACES = [Face(40.0, 27.0, 9.0, 0.0), Face(130.0, 27.0, 9.0, 0.2)]
NAMES = ("Bald", "Eyeglasses", "Smiling")


def find_faces(pixels):
    return {90: FACES[:1], 180: FACES}.get(pixels.shape[1], [])


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """Run a command beside some photos; returns (exit code, lines of stdout, lines of stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(search, "find_faces", find_faces)
    for name, width in {"a": 90, "two": 180, "none": 60, "photos/c": 90}.items():
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.random.default_rng(width).integers(60, 180, (70, width, 3), dtype="uint8")).save(path)
    (tmp_path / "run").mkdir()
    model = types.SimpleNamespace(name="stub", image_shape=(SIDE, SIDE, 3), attributes=NAMES)
    model.transform = lambda images, changes: np.clip(images + 0.3 * sum(changes.values()) - 0.1, -1, 1)
    # The second face has other attributes than the first.
    model.recognise = lambda images: np.array([[0.1, 0.964, 0.5], [0.7, 0.2, 0.3]], "float32")[-len(images) :]
    for module in (recognise, transforming):
        monkeypatch.setattr(module, "load_network", lambda name, ability, step: Network(name, model, USUAL))
    monkeypatch.setattr(transforming, "data_set_of", lambda name: "celeba")
    monkeypatch.setattr("keras_facegan.cli._photos.network_source", lambda given: (given.weights, None))

    def run(*argv):
        code = cli.main([*argv])
        captured = capsys.readouterr()
        return code, captured.out.splitlines(), captured.err.splitlines()

    return run


def test_recognise_ranks_the_attributes_of_each_face(command):
    code, out, err = command("recognise", "two.png")
    assert (code, err) == (0, [])
    assert [line.split() for line in out] == [
        ["two.png"],
        ["rank", "face", "1", "%", "face", "2", "%"],
        ["1", "Eyeglasses", "96", "Bald", "70"],
        ["2", "Smiling", "50", "Smiling", "30"],
        ["3", "Bald", "10", "Eyeglasses", "20"],
    ]
    code, out, _ = command("recognise", "two.png", "--face", "2", "--top", "1")
    assert code == 0 and [line.split() for line in out[1:]] == [["rank", "face", "2", "%"], ["1", "Bald", "70"]]


def test_recognise_goes_on_where_a_photo_has_no_face(command):
    code, out, err = command("recognise", "none.png", "a.png")
    assert (
        code == 1
        and out[0].strip() == "a.png"
        and err == ["error: 1 of 2 photos were left out: none.png: no face was found."]
    )


def test_transform_writes_the_photo_with_its_faces_changed(command):
    code, out, err = command("transform", "two.png", "--with", "Eyeglasses,Smiling", "--without", "Bald")
    assert (code, out, err) == (0, ["two.png: saved as two-changed.png"], [])
    (expected,) = transform_photos("two.png", {"Bald": 0, "Eyeglasses": 1, "Smiling": 1})
    np.testing.assert_array_equal(decode("two-changed.png"), expected.pictures[0])
    assert np.abs(decode("two-changed.png").astype(int) - decode("two.png")).max() > 20
    code, _, _ = command("transform", "two.png", "--with", "Smiling", "--face", "1", "--out", "one.png")
    assert code == 0
    np.testing.assert_array_equal(decode("one.png")[:, 90:], decode("two.png")[:, 90:])


def test_a_folder_becomes_a_folder(command):
    code, out, _ = command("transform", "photos", "--with", "Smiling", "--out", "smiling")
    assert (code, out) == (0, ["photos/c.png: saved as smiling/c.png"])


def test_a_grid_shows_one_attribute_per_column(command):
    argv = ("transform", "two.png", "--with", "Smiling,Eyeglasses", "--without", "Bald", "--grid", "--out", "grid.png")
    code, out, err = command(*argv)
    assert (code, out, err) == (0, ["two.png: saved as grid.png"], [])
    seen = np.stack([cut(decode("two.png"), square_of(face, USUAL), SIDE) for face in FACES])
    columns = [seen, *(np.clip(seen + change, -1, 1) for change in (-0.1, 0.2, 0.2))]
    expected = captioned_strip(to_uint8(np.stack(columns, axis=1)), ["as it is", "- Bald", "+ Smiling", "+ Eyeglasses"])
    assert np.abs(decode("grid.png").astype(int) - expected).max() <= 1


def test_the_columns_of_a_grid_may_exclude_each_other_but_not_the_changes_of_a_photo(command):
    assert command("transform", "a.png", "--with", "Straight_Hair,Wavy_Hair")[2] == [
        "error: Straight_Hair and Wavy_Hair exclude each other: ask for one of them."
    ]
    code, _, err = command("transform", "a.png", "--with", "Straight_Hair,Wavy_Hair", "--grid")
    assert code == 1 and "`Straight_Hair` is not an attribute of iterative_gan/celeba_64." in err[0]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("transform", "a.png"), "Say what to change: --with NAMES, --without NAMES or both"),
        (("transform", "a.png", "--with", "Smilling"), "`Smilling` is not an attribute of CelebA. Did you mean"),
        (("transform", "a.png", "--with", ""), "`` is not an attribute of CelebA"),
        (("transform", "a.png", "--with", "Bald", "--without", "Bald"), "`Bald` is named in --with and in --without"),
        (("transform", "a.png", "--with", "Male"), "`Male` is not an attribute of iterative_gan/celeba_64."),
        (("transform", "a.png", "--with", "Bald", "--out", "a.png"), "is a photo itself and would be lost"),
        (("transform", "a.png", "--with", "Bald", "--out", "x.txt"), "--out must end in .jpg or .jpeg or .png"),
        (("transform", "none.png", "--with", "Bald"), "none.png: no face was found."),
        (("transform", "gone.png", "--with", "Bald"), "gone.png cannot be decoded"),
        (("transform", "--with", "Bald"), "Name a picture"),
        (("recognise",), "Name a picture"),
        (("recognise", "gone.png"), "gone.png cannot be decoded"),
        (("recognise", "a.png", "--face", "3"), "a.png has 1 face; there is no face 3."),
        (("recognise", "a.png", "--top", "0"), "--top=0"),
    ],
)
def test_what_cannot_be_done_is_one_line(command, argv, message, tmp_path):
    before = sorted(tmp_path.iterdir())
    code, out, err = command(*argv)
    assert code == 1 and out == [] and len(err) == 1 and err[0].startswith("error: ") and message in err[0]
    assert sorted(tmp_path.iterdir()) == before


def test_models_without_the_ability_are_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(search, "find_faces", find_faces)
    Image.fromarray(np.full((70, 90, 3), 100, "uint8")).save("a.png")
    run = str(finished_run(tmp_path / "dcgan", lively_model()))
    assert cli.main(["recognise", "a.png", "--run", run]) == 1
    assert "cannot recognise attributes; it can draw new pictures" in capsys.readouterr().err
    assert cli.main(["transform", "a.png", "--with", "Bald", "--run", run]) == 1
    assert "cannot change attributes of faces; it can draw new pictures" in capsys.readouterr().err
