"""Two folders of pictures: which domain each is, and what is said where one is missing."""

import pytest

from keras_facegan.data import open_dataset
from keras_facegan.errors import DataError, UserError
from keras_facegan.registry import DATASETS


@pytest.fixture
def pair(tmp_path, save_picture):
    for number, name in enumerate(("A/1.png", "A/old/2.png", "B/1.png", "trainB/3.jpg", "other/4.png")):
        save_picture(tmp_path / name, seed=number)
    return tmp_path


def test_the_folders_are_the_domains(pair):
    source = DATASETS.create("folder_pair", data_dir=pair, split="all")
    assert source.keys == ("A/1.png", "A/old/2.png", "B/1.png")
    assert source.columns["domain"].tolist() == [0, 0, 1] and source.columns["domain"].dtype == "int32"


def test_folders_of_other_names(pair):
    source = DATASETS.create("folder_pair", data_dir=pair, split="all", a="other", b="trainB")
    assert source.keys == ("other/4.png", "trainB/3.jpg") and source.columns["domain"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"a": "horses"}, "expects pictures in .*horses, and found none.*--set data.a=NAME"),
        ({"b": "zebras"}, "expects pictures in .*zebras, and found none.*--set data.b=NAME"),
    ],
)
def test_a_folder_that_is_not_there(pair, options, message):
    (pair / "zebras").mkdir()
    with pytest.raises(DataError, match=message):
        DATASETS.create("folder_pair", data_dir=pair, **options)


def test_one_folder_is_no_pair(pair):
    with pytest.raises(UserError, match="data.a and data.b are the same folder, `A`"):
        DATASETS.create("folder_pair", data_dir=pair, b="A")


def test_no_folder_at_all():
    with pytest.raises(UserError, match="say with --data_dir which folder holds A/ and B/"):
        DATASETS.create("folder_pair")


def test_a_split_that_leaves_a_domain_without_pictures(pair):
    # Three names: the hash puts all of them into the training split.
    with pytest.raises(UserError, match="has no pictures of domain A in this split"):
        open_dataset("folder_pair", "validation", image_shape=(8, 8, 3), data_dir=pair)
