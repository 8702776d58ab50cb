import subprocess
import sys

import pytest

from keras_facegan.arguments import Age
from keras_facegan.data import dataset_options
from keras_facegan.data.options import check_options, resolve
from keras_facegan.errors import UserError


def test_options_come_from_the_signature_of_the_builder():
    options = dataset_options("utkface")
    assert {name: option.default for name, option in options.items()} == {"min_age": 0, "max_age": 116}
    assert all(option.kind is Age for option in options.values())
    assert dataset_options("cats") == {} and dataset_options("tfds:mnist") == {}


def test_a_prefix_fixes_an_option():
    assert resolve("cats") == ("cats", {})
    assert resolve("tfds:mnist") == ("tfds", {"dataset": "mnist"})


@pytest.mark.parametrize(
    ("name", "option", "words"),
    [
        ("utkface", "min_aeg", "`min_aeg` is not an option.*Did you mean `min_age`"),
        ("catz", "x", "Did you mean `cats`"),
        ("tfds", "x", "tfds:mnist"),
        ("tfds:mnist", "dataset", "not an option"),
    ],
)
def test_wrong_names_are_refused(name, option, words):
    with pytest.raises(UserError, match=words):
        check_options(name, {option: 1})


def test_names_and_options_import_nothing_heavy():
    code = (
        "import sys; from keras_facegan.data import dataset_options; dataset_options('celeba');"
        "print([m for m in ('tensorflow', 'keras', 'sklearn', 'tensorflow_datasets', 'keras_cv') if m in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "[]\n"
