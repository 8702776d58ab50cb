"""Where caches lie: in the home folder, where one was named, or in a temporary folder where there is no home."""

import os
import pathlib
import tempfile

import pytest

from keras_facegan import paths


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.delenv("KERAS_FACEGAN_CACHE", raising=False)
    paths._temporary_cache.cache_clear()
    yield
    paths._temporary_cache.cache_clear()


def test_the_cache_lies_in_the_home_folder_or_where_it_was_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.cache_root() == tmp_path / ".cache" / "keras_facegan"
    monkeypatch.setenv("KERAS_FACEGAN_CACHE", "~/other")
    assert paths.cache_root() == tmp_path / "other"


def test_without_a_home_a_temporary_folder_is_taken_and_said_once(monkeypatch, capsys):
    # What `os.path.expanduser` does where neither the environment nor the system knows a home.
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    folder = paths.cache_root()
    assert folder.parent == pathlib.Path(tempfile.gettempdir()) and paths.cache_root() == folder
    said = capsys.readouterr().err
    assert said == f"There is no home folder: {folder} caches pictures. KERAS_FACEGAN_CACHE names another.\n"


def test_no_limit_unless_one_is_set(monkeypatch):
    monkeypatch.delenv("KERAS_FACEGAN_CACHE_GB", raising=False)
    assert paths.cache_limit() == float("inf")
    monkeypatch.setenv("KERAS_FACEGAN_CACHE_GB", "2.5")
    assert paths.cache_limit() == 2.5e9
