"""SavedModels: what a process without Keras reads back, and what a failed export leaves alone."""

import types

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import cli, export
from keras_facegan.data.images import to_uint8
from keras_facegan.errors import UserError
from keras_facegan.seam import replay
from keras_facegan.seam.gradients import float32_compute
from tests.runs import finished_run, lively_model

WATCHED = f"""
import runpy, sys
runpy.run_path({replay.__file__!r}, run_name="replay")["main"](*sys.argv[1:])
found = [name for name, module in sys.modules.items() if module and name.split(".")[0] in ("keras", "keras_facegan")]
sys.exit(f"imported {{found}}" if found else None)
"""


@pytest.fixture(scope="module")
def model():
    return lively_model("mixed_bfloat16")


@pytest.fixture
def quick(monkeypatch):
    """Exports that neither trace nor start a process; a dict that tests fill decides what is read back."""
    received = {}

    def write(endpoints, folder):
        (folder / "saved_model.pb").write_bytes(b"new")

    monkeypatch.setattr(export, "_write", write)
    monkeypatch.setattr(export, "_fresh_process", lambda folder, inputs: received)
    return received


def _tree(folder):
    return {path.relative_to(folder): path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def test_a_process_without_keras_draws_the_same_pictures(model, tmp_path, monkeypatch):
    (tmp_path / "watched.py").write_text(WATCHED)
    monkeypatch.setattr(replay, "__file__", str(tmp_path / "watched.py"))
    folder, lines = tmp_path / "deep" / "out", []
    difference = export.export(model, folder, report=lines.append)
    assert 0 <= difference < 1e-4 and len(lines) == 1
    assert [path.name for path in folder.parent.iterdir()] == ["out"]

    loaded = tf.saved_model.load(str(folder))
    assert set(loaded.signatures) == {"generate", "generate_uint8", "serving_default"}
    for size in (1, 70):
        latents = model.sample_latents(size, seed=size)
        with float32_compute(model.network("generator")):
            live = model.decode(latents)
        assert live.std() > 0.1
        floats, levels = (
            loaded.signatures[name](latents=tf.constant(latents)) for name in ("generate", "generate_uint8")
        )
        assert floats["images"].dtype == tf.float32 and levels["images"].dtype == tf.uint8
        np.testing.assert_allclose(floats["images"], live, atol=1e-4)
        assert np.abs(levels["images"].numpy().astype(int) - to_uint8(live)).max() <= 1
    # The discriminator, and the generator that the average stands for, stay behind.
    variables = tf.train.list_variables(str(folder / "variables" / "variables"))
    assert len(variables) == 1 + len(model.network("generator").weights)


def test_half_precision_comes_back_after_an_export(model):
    assert model.network("generator").layers[-2].compute_dtype == "bfloat16"


def test_cli_exports_a_run_over_an_earlier_export(model, tmp_path, quick, capsys):
    run, out = finished_run(tmp_path / "run", model), tmp_path / "out"
    out.mkdir()
    (out / "saved_model.pb").write_bytes(b"old")
    assert cli.main(["export", "--run", str(run), str(out)]) == 1
    assert "overwrite" in capsys.readouterr().err
    assert cli.main(["export", "--run", str(run), str(out), "--overwrite"]) == 0
    assert "differs by at most" in capsys.readouterr().out
    assert (out / "saved_model.pb").read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "run"]


@pytest.mark.parametrize("spoil", [lambda x: x + 0.01, lambda x: np.full_like(x, np.nan), lambda x: x[1:]])
@pytest.mark.parametrize("existing", [False, True])
def test_another_picture_is_no_export(model, tmp_path, quick, spoil, existing):
    with float32_compute(model.network("generator")):
        quick["generate/None/images"] = spoil(model.decode(model.sample_latents(5)))
    if existing:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "saved_model.pb").write_bytes(b"old")
    before = _tree(tmp_path)
    with pytest.raises(UserError, match="does not give what the model gives"):
        export.export(model, tmp_path / "out", overwrite=True)
    assert _tree(tmp_path) == before


def test_one_level_is_allowed_and_two_are_not(model, tmp_path, quick):
    with float32_compute(model.network("generator")):
        live = to_uint8(model.decode(model.sample_latents(5)))
    quick["generate_uint8/None/images"] = np.where(live < 128, live + 1, live - 1).astype(np.uint8)
    export.export(model, tmp_path / "one")
    quick["generate_uint8/None/images"] = np.where(live < 128, live + 2, live - 2).astype(np.uint8)
    with pytest.raises(UserError, match="`generate_uint8` differs by 2"):
        export.export(model, tmp_path / "two")


def test_a_model_that_cannot_be_read_back_is_no_export(model, tmp_path, monkeypatch):
    (tmp_path / "replay.py").write_text("import sys\nsys.exit('line 1\\nthe graph is broken')")
    monkeypatch.setattr(export, "_write", lambda endpoints, folder: None)
    monkeypatch.setattr(replay, "__file__", str(tmp_path / "replay.py"))
    with pytest.raises(UserError, match="cannot be read back: the graph is broken"):
        export.export(model, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["replay.py"]


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("names", [["thesis.txt"], ["saved_model.pb", "thesis.txt"]])
def test_foreign_files_stay(model, tmp_path, names, overwrite):
    for name in names:
        (tmp_path / name).write_text("mine")
    with pytest.raises(UserError, match="something else than an export"):
        export.export(model, tmp_path, overwrite)
    assert _tree(tmp_path) == {path.relative_to(tmp_path): b"mine" for path in map(tmp_path.joinpath, names)}


def test_an_empty_folder_is_filled(model, tmp_path, quick):
    (tmp_path / "out").mkdir()
    export.export(model, tmp_path / "out")
    assert (tmp_path / "out" / "saved_model.pb").read_bytes() == b"new"


def test_places_that_cannot_be_written(model, tmp_path, quick):
    (tmp_path / "file").write_text("mine")
    for place in ("file", "file/out"):
        with pytest.raises(UserError, match=str(tmp_path / place)):
            export.export(model, tmp_path / place, overwrite=True)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_read_only_folder(model, tmp_path, quick):
    tmp_path.chmod(0o500)
    try:
        (tmp_path / "probe").touch()
    except OSError:
        with pytest.raises(UserError, match="cannot be written"):
            export.export(model, tmp_path / "out")
    else:
        pytest.skip("this user may write to read-only folders")
    finally:
        tmp_path.chmod(0o700)


def test_a_model_without_signatures(tmp_path):
    with pytest.raises(UserError, match="bag has no signatures"):
        export.export(types.SimpleNamespace(name="bag"), tmp_path / "out")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Expected a model and a folder"),
        (["dcgan/cats_64"], "Expected a model and a folder"),
        (["--run", "runs/x", "dcgan/cats_64", "OUT"], "Expected a model and a folder"),
        (["dcgan/no_such_weights", "OUT"], "`dcgan/no_such_weights` is not the name of pretrained weights"),
        (["--run", "no_such_run", "OUT"], "holds no run"),
        (["--overwrit", "a", "b"], "Unknown command line flag"),
    ],
)
def test_wrong_usage_is_one_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["export", *arguments]) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())
