"""facegan translate: what it writes for pictures of any size, how a folder goes on, and what it refuses in one line."""

import numpy as np
import pytest
from PIL import Image

from keras_facegan import cli, create_model
from keras_facegan.data.images import decode, to_float, to_uint8
from keras_facegan.photos.translating import at_scale
from tests.runs import finished_run, lively_model

SIDE = 24


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Directories of runs of a model that translates, and of one that does not."""
    root = tmp_path_factory.mktemp("runs")
    finished_run(root / "cyclegan", create_model("cyclegan", "tiny", seed=1))
    finished_run(root / "dcgan", lively_model())
    return root


@pytest.fixture
def command(runs, tmp_path, monkeypatch, capsys):
    """Run `facegan translate` beside some pictures; returns (exit code, lines of stdout, lines of stderr)."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name, size in {"a": (90, 60), "photos/b": (48, 48), "photos/deep/c": (30, 77), "small": (5, 40)}.items():
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), dtype="uint8")).save(path)

    def run(*argv, model="cyclegan"):
        code = cli.main(["translate", *argv, *(["--run", str(runs / model)] if model else [])])
        captured = capsys.readouterr()
        return code, captured.out.splitlines(), captured.err.splitlines()

    return run


@pytest.mark.parametrize(
    ("size", "expected"), [((60, 90), (24, 36)), ((48, 48), (24, 24)), ((77, 30), (60, 24)), ((24, 25), (24, 24))]
)
def test_the_shorter_side_is_that_of_training(size, expected):
    assert at_scale(np.zeros((*size, 3), "uint8"), SIDE).shape[:2] == expected


def test_a_whole_picture_is_translated(command, tmp_path):
    code, out, _ = command("a.png", "--to", "B", "--out", "x.png")
    assert code == 0 and out == ["a.png: saved as x.png"]
    model = create_model("cyclegan", "tiny", seed=1)
    image = to_float(at_scale(decode("a.png"), SIDE))[None]
    # The weights are rounded to half precision.
    difference = decode("x.png").astype(int) - to_uint8(model.translate(image, "B"))[0]
    assert difference.shape == (24, 36, 3) and np.abs(difference).max() <= 4
    assert command("a.png", "--to", "A", "--out", "y.png")[0] == 0
    assert (decode("x.png") != decode("y.png")).any()


def test_a_folder_keeps_its_structure(command, tmp_path):
    assert command("photos", "--to", "B", "--out", "there")[0] == 0
    assert (tmp_path / "there/b.png").is_file() and decode("there/deep/c.png").shape == (60, 24, 3)


def test_a_picture_that_is_no_use_does_not_stop_the_others(command, tmp_path):
    code, out, err = command("small.png", "a.png", "--to", "A", "--out", "there")
    assert code == 1 and (tmp_path / "there" / "a.png").is_file()
    assert "1 of 2 photos were left out: small.png is only 5 x 40 pixels; the model reads pictures of 24." in err[-1]


@pytest.mark.parametrize(
    ("argv", "model", "message"),
    [
        (["a.png"], "cyclegan", "Say which domain to arrive at: --to A or --to B."),
        (["a.png", "--to", "C"], "cyclegan", "C"),
        (["a.png", "--to", "B"], None, "Name one model that translates: --weights NAME of the zoo, or --run DIR."),
        (["a.png", "--to", "B", "--weights", "cyclegan/x"], "cyclegan", "--weights and --run name 2 models; give one."),
        (["a.png", "--to", "B", "--weights", "cyclegan/nothing"], None, "cyclegan/nothing"),
        (["a.png", "--to", "B"], "dcgan", "cannot translate pictures from one domain to another"),
        (["a.png", "--to", "B", "--out", "x.txt"], "cyclegan", "--out must end in"),
        (["a.png", "--to", "B", "--out", "a.png"], "cyclegan", "a.png is a photo itself"),
        (["none.png", "--to", "B"], "cyclegan", "none.png"),
        (["--to", "B"], "cyclegan", "Name a picture"),
        (["a.png", "--to", "B"], "nothing", "holds no run"),
    ],
)
def test_what_is_wrong_is_one_line(command, argv, model, message):
    code, out, err = command(*argv, model=model)
    assert code == 1 and message in err[-1] and not out
