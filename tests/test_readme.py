"""What the README shows exists: every model, preset, weight, command and picture it names."""

import pathlib
import re

from keras_facegan import list_models
from keras_facegan.presets import preset_names

CHECKOUT = pathlib.Path(__file__).resolve().parents[1]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_models_is_the_registry():
    table = README.split("## Models")[1].split("\n## ")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == list_models()


def test_its_commands_name_presets_that_exist():
    for model, preset in re.findall(r"--model (\w+) --preset (\w+)", README):
        assert preset in preset_names(model)


def test_the_weights_it_names_exist():
    named = set(re.findall(r"`?\"?(\w+/\w+_\d+(?:_narrow)?)\"?`? ", README)) & {
        f"{model}/{name}" for model in list_models() for name in preset_names(model)
    }
    assert named and named <= set(list_models(pretrained=True))


def test_its_links_and_pictures_exist():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("https://"):
            assert (CHECKOUT / target).is_file(), target
