"""A model begun from the template trains at once, in a checkout of its own; wrong names change nothing."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from keras_facegan import paths
from keras_facegan.cli import new_model
from keras_facegan.errors import UserError

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
# No user is likely to have a model of this name when the tests run.
NAME = "from_test"
BEGIN = f"from keras_facegan.cli import run; raise SystemExit(run('new_model', ['{NAME}']))"


@pytest.fixture
def checkout(tmp_path):
    for name in ("keras_facegan", "zoo"):
        ignored = shutil.ignore_patterns("__pycache__", "*.h5")
        shutil.copytree(CHECKOUT / name, tmp_path / name, ignore=ignored)
    for name in ("README.md", "pyproject.toml", "setup.cfg", "train.py"):
        shutil.copy(CHECKOUT / name, tmp_path)
    return tmp_path


def command(checkout, *words):
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    return subprocess.run([sys.executable, *words], cwd=checkout, env=environment, capture_output=True, text=True)


def test_a_new_model_is_listed_and_trains(checkout):
    before = (checkout / "README.md").read_text()
    begun = command(checkout, "-c", BEGIN)
    assert begun.returncode == 0, begun.stderr
    code = (checkout / "keras_facegan" / "models" / f"{NAME}.py").read_text()
    assert "class FromTest(GAN)" in code and "emplate" not in code
    formatted = command(checkout, "-m", "ruff", "format", "--check", f"keras_facegan/models/{NAME}.py")
    assert formatted.returncode == 0, formatted.stdout
    (row,) = set((checkout / "README.md").read_text().splitlines()) - set(before.splitlines())
    assert row.startswith(f"| `{NAME}` | ")
    trained = command(checkout, "train.py", "--model", NAME, "--preset", "tiny", "--steps", "5")
    assert trained.returncode == 0, trained.stderr
    assert (checkout / "runs" / f"{NAME}-tiny" / "model.weights.h5").is_file()
    again = command(checkout, "-c", BEGIN)
    assert again.returncode == 1 and "already a model" in again.stderr


def test_a_readme_without_a_place_for_the_table_leaves_everything_as_it_was(checkout):
    (checkout / "README.md").write_text("# Mine\n")
    refused = command(checkout, "-c", BEGIN)
    assert refused.returncode == 1 and "README.md has no place for the table of models" in refused.stderr
    assert not list(checkout.glob(f"**/{NAME}*"))


@pytest.mark.parametrize("names", [[], ["a", "b"], ["My-Gan"], ["class"], ["../x"], ["_hidden"]])
def test_names_that_no_model_can_have(names):
    with pytest.raises(UserError, match="new-model expects one name"):
        new_model.main(names)


def test_an_installed_package_is_left_alone(tmp_path, monkeypatch):
    (tmp_path / "zoo").mkdir()
    monkeypatch.setattr(paths, "zoo_root", lambda: tmp_path / "zoo")
    with pytest.raises(UserError, match="installed package"):
        new_model.main(["my_gan"])
    assert list((tmp_path / "zoo").iterdir()) == []
