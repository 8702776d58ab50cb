import numpy as np
import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    """A cache folder of its own for every test."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("KERAS_FACEGAN_CACHE", str(folder))
    return folder


@pytest.fixture
def save_picture():
    """Write a picture of noise, the same for the same seed."""

    def save(path, size=(12, 10), mode="RGB", seed=0, **options):
        width, height = size
        noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype="uint8")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise).convert(mode).save(path, **options)
        return path

    return save


@pytest.fixture
def folder(tmp_path, save_picture):
    """A folder of 30 small pictures."""
    for number in range(30):
        save_picture(tmp_path / "pictures" / f"{number:02}.png", seed=number)
    return tmp_path / "pictures"
