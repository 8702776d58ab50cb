"""Registries: names to builders, found on demand."""

import pytest

from keras_facegan.errors import UserError
from keras_facegan.registry import DATASETS, MODELS, Registry


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A registry of a package that is imported when a name is first asked for."""
    package = tmp_path / "shelf_of_a_test"
    package.mkdir()
    (package / "__init__.py").write_text("imported = []\n")
    for name in ("one", "two", "_template"):
        (package / f"{name}.py").write_text(
            "import shelf_of_a_test\nfrom tests.test_registry import shelf\n"
            f"shelf_of_a_test.imported.append('{name}')\n"
            f"@shelf[0].register('{name}')\ndef build(size=1):\n    return ('{name}', size)\n"
        )
    monkeypatch.syspath_prepend(tmp_path)
    shelf[:] = [Registry("thing", "shelf_of_a_test")]
    yield shelf[0]
    import sys

    for name in [each for each in sys.modules if each.startswith("shelf_of_a_test")]:
        del sys.modules[name]


shelf = []


def test_modules_are_imported_on_demand_and_hidden_ones_not(registry):
    assert registry.names() == ["one", "two"]
    import shelf_of_a_test

    assert sorted(shelf_of_a_test.imported) == ["one", "two"]


def test_create_hands_the_arguments_on(registry):
    assert registry.create("two", size=7) == ("two", 7)
    assert registry.get("one")() == ("one", 1)


def test_names_take_a_pattern(registry):
    assert registry.names("t*") == ["two"] and registry.names("x*") == []


def test_unknown_name_gets_the_nearest(registry):
    with pytest.raises(UserError, match="`tow` is not a thing. Did you mean `two`"):
        registry.get("tow")
    with pytest.raises(UserError, match="Available: `one`, `two`"):
        registry.create("zzzzzz")


def test_a_flavour_is_a_name_with_other_defaults(registry):
    registry.names()
    builder = registry.get("one")
    assert registry.register("three", size=3)(builder) is builder
    assert registry.create("three") == ("one", 3) and registry.create("three", size=4) == ("one", 4)
    assert registry.entry("three").defaults == {"size": 3} and registry.get("three") is builder


def test_a_name_taken_twice_raises(registry):
    registry.names()
    with pytest.raises(ValueError, match="thing `one` is already registered by shelf_of_a_test.one"):
        registry.register("one")(lambda: None)
    assert registry.create("one") == ("one", 1)


def test_the_zoo_is_found():
    assert {"dcgan", "facegan", "gan", "lsgan"} <= set(MODELS.names())
    assert {"celeba", "cats", "digits", "drawn_faces", "image_folder", "mnist"} <= set(DATASETS.names())
