import struct
import zlib

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

# A time limit an example would measure how busy the machine is.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


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


@pytest.fixture
def png_header():
    """Make a PNG that announces a size and holds next to nothing."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    def make(width, height):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")

    return make
