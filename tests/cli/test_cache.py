"""facegan cache: what is kept of which set, and how it is cleared away."""

import pytest

from keras_facegan.cli import run
from keras_facegan.data import open_dataset
from keras_facegan.data.cache import entries


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_FACEGAN_CACHE", str(tmp_path / "cache"))


def test_entries_are_listed_and_cleared_by_set(tmp_path, capsys):
    assert run("cache", []) == 0 and "0 entries of 0.0 MB" in capsys.readouterr().out
    open_dataset("digits", "train", image_shape=(8, 8, 1))
    open_dataset("drawn_faces", "validation", image_shape=(8, 8, 3), size=100)
    assert run("cache", []) == 0
    said = capsys.readouterr().out
    assert "digits" in said and "validation, size=100" in said and "8x8x3" in said and "2 entries of" in said
    assert run("cache", ["clear", "digit"]) == 1
    assert "There are no decoded pictures of `digit`. Did you mean `digits`" in capsys.readouterr().err
    assert run("cache", ["clear", "digits"]) == 0 and "Removed 1 entries" in capsys.readouterr().out
    assert [entry.about["set"] for entry in entries()] == ["drawn_faces"]
    assert run("cache", ["clear"]) == 0 and entries() == []


def test_what_it_does_not_know_is_one_line(capsys):
    assert run("cache", ["purge"]) == 1
    assert "usage: facegan cache, or facegan cache clear [SET ...]; received `purge`" in capsys.readouterr().err
