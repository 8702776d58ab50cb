"""Settings of every test: a cache of its own, a quiet TensorFlow, one thread an operation."""

import os
import tempfile

# Fix these before TensorFlow is imported. With one thread no order of summation is left open, so equal runs are
# equal bit by bit; set CUDA_VISIBLE_DEVICES to let the tests see a GPU.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Presets and weights of whoever runs the tests are no part of them.
os.environ["KERAS_FACEGAN_ZOO"] = os.path.join(tempfile.gettempdir(), "keras_facegan_tests_have_no_zoo")

import pytest


@pytest.fixture(scope="session", autouse=True)
def session_cache(tmp_path_factory):
    """Decoded pictures and downloads of the session go to a folder that nobody else uses."""
    before = os.environ.get("KERAS_FACEGAN_CACHE")
    folder = tmp_path_factory.mktemp("keras_facegan_cache")
    os.environ["KERAS_FACEGAN_CACHE"] = str(folder)
    yield folder
    if before is None:
        del os.environ["KERAS_FACEGAN_CACHE"]
    else:
        os.environ["KERAS_FACEGAN_CACHE"] = before
