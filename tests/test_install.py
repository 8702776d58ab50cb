"""The zoo is found from a wheel, an editable install and a plain checkout, whatever the working directory."""

import os
import pathlib
import subprocess
import sys
import zipfile

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[1]
ASK = (
    "import keras_facegan, keras_facegan.paths as p; from keras_facegan.pretrained import weights_file;"
    "print(keras_facegan.__file__); print(p.zoo_root()); print(len(keras_facegan.list_models()));"
    "print([weights_file(name).name for name in keras_facegan.list_models(pretrained=True)])"
)


def answer(path, cwd):
    environment = {**os.environ, "PYTHONPATH": str(path)} if path else dict(os.environ)
    result = subprocess.run(
        [sys.executable, "-c", ASK], cwd=cwd, env=environment, capture_output=True, text=True, check=True
    )
    return result.stdout.splitlines()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    # Build from what git tracks or would add, so that ignored leftovers cannot stand in for missing package data.
    source = folder / "source"
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=True).stdout
    for name in files.decode().split("\0"):
        if name and (CHECKOUT / name).is_file():
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((CHECKOUT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)]
    subprocess.run(command, check=True)
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_a_wheel_outside_the_checkout_finds_presets_and_weights(wheel, tmp_path):
    module, zoo, models, weights = answer(wheel, tmp_path)
    assert module.startswith(str(wheel))
    assert zoo == str(wheel / "keras_facegan" / "zoo")
    here = answer(CHECKOUT, tmp_path)
    assert (models, weights) == (here[2], here[3])


def test_a_plain_checkout_finds_presets_and_weights(tmp_path):
    module, zoo, models, _ = answer(CHECKOUT, tmp_path)
    assert module.startswith(str(CHECKOUT))
    assert zoo == str(CHECKOUT / "zoo")
    assert int(models) == len([path for path in (CHECKOUT / "zoo").glob("*.toml") if path.stem[0] != "_"])


def test_an_editable_install_finds_presets_and_weights(tmp_path):
    module, zoo, _, _ = answer(None, tmp_path)
    if not module.startswith(str(CHECKOUT)):
        pytest.skip(f"this environment has no editable install of this checkout, but {module}")
    assert zoo == str(CHECKOUT / "zoo")
