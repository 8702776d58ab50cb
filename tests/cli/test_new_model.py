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


@pytest.fixture
def checkout(tmp_path):
    for name in ("keras_facegan", "zoo"):
        ignored = shutil.ignore_patterns("__pycache__", "*.h5")
        shutil.copytree(CHECKOUT / name, tmp_path / name, ignore=ignored)
    for name in ("setup.cfg", "train.py"):
        shutil.copy(CHECKOUT / name, tmp_path)
    return tmp_path


def command(checkout, *words):
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    return subprocess.run([sys.executable, *words], cwd=checkout, env=environment, capture_output=True, text=True)


def test_a_new_model_is_listed_and_trains(checkout):
    begun = command(checkout, "-c", "from keras_facegan.cli import run; raise SystemExit(run('new_model', ['my_gan']))")
    assert begun.returncode == 0, begun.stderr
    code = (checkout / "keras_facegan" / "models" / "my_gan.py").read_text()
    assert "class MyGan(GAN)" in code and "emplate" not in code
    trained = command(checkout, "train.py", "--model", "my_gan", "--preset", "tiny", "--steps", "5")
    assert trained.returncode == 0, trained.stderr
    assert (checkout / "runs" / "my_gan-tiny" / "model.weights.h5").is_file()
    again = command(checkout, "-c", "from keras_facegan.cli import run; raise SystemExit(run('new_model', ['my_gan']))")
    assert again.returncode == 1 and "already a model" in again.stderr


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
