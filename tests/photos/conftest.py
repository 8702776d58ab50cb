import struct
import zlib

import pytest
from hypothesis import settings

# A time limit per example would measure how busy the machine is.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def deep_png():
    """Write a PNG of 5 x 4 pixels in colour with 16 bits per channel, which Pillow cannot write."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    def write(path):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", 5, 4, 16, 2, 0, 0, 0))
        rows = chunk(b"IDAT", zlib.compress(bytes(4 * (1 + 5 * 6))))
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + rows + chunk(b"IEND", b""))

    return write
