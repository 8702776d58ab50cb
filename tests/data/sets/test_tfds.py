import types

import numpy as np
import pytest
import tensorflow_datasets

from keras_facegan.data import load_dataset, open_dataset
from keras_facegan.data.sets.tfds import _split_of as split_of
from keras_facegan.errors import DataError, UserError
from keras_facegan.registry import DATASETS

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def made_up_sets():
    with tensorflow_datasets.testing.mock_data(num_examples=12):
        yield


@pytest.mark.parametrize(("name", "shape"), [("mnist", (28, 28)), ("cifar10", (32, 32)), ("svhn_cropped", (32, 32))])
def test_sets_with_classes(name, shape, capsys):
    source = DATASETS.create("tfds", dataset=name)
    assert source.name == f"tfds:{name}" and len(set(source.keys)) == 12
    assert source.columns["label"].shape == (12,) and source.columns["label"].dtype == np.int32
    assert len(source.class_names) == 10
    assert source.read(3, 32).shape == (*shape, 3)
    assert f"tfds:{name} is not prepared" in capsys.readouterr().err


def test_celeba_gives_its_attributes_in_the_official_order():
    source = DATASETS.create("tfds", dataset="celeb_a", split="test")
    builder = tensorflow_datasets.builder("celeb_a")
    first = next(builder.as_dataset(split="test").as_numpy_iterator())["attributes"]
    from keras_facegan.attributes import CELEBA_ATTRIBUTES

    assert source.columns["attributes"].shape == (12, 40)
    assert source.columns["attributes"][0].tolist() == [float(first[name]) for name in CELEBA_ATTRIBUTES]


def test_pictures_come_in_any_order():
    source = DATASETS.create("tfds", dataset="cifar10")
    in_order = [source.read(index, 32) for index in range(12)]
    for index in (7, 2, 2, 11, 0):
        assert np.array_equal(source.read(index, 32), in_order[index])
    examples = open_dataset("tfds:cifar10", image_shape=(32, 32, 3))
    assert np.array_equal(examples.images, in_order)


def test_batches_by_the_prefixed_name():
    element = next(iter(load_dataset("tfds:mnist", image_shape=(32, 32, 1), batch_size=4)))
    assert element["image"].shape == (4, 32, 32, 1) and element["label"].shape == (4,)


def test_unknown_sets_are_refused():
    with pytest.raises(UserError, match="`mnits` is not a set of TensorFlow Datasets.*Did you mean `mnist`"):
        DATASETS.create("tfds", dataset="mnits")


def test_without_a_network_a_line_says_where_files_may_be_put(monkeypatch, tmp_path):
    class Builder:
        data_dir = str(tmp_path / "mnist" / "3.0.1")
        info = types.SimpleNamespace(full_name="mnist/3.0.1", download_size="11 MiB")
        url_infos = {"https://example.org/b.gz": None, "https://example.org/a.gz": None}

        def is_prepared(self):
            return False

        def download_and_prepare(self):
            raise ConnectionError("no route\nto the host")

    monkeypatch.setattr(tensorflow_datasets, "builder", lambda name, data_dir: Builder())
    with pytest.raises(DataError) as error:
        DATASETS.create("tfds", dataset="mnist")
    assert str(error.value) == (
        "`tfds:mnist` cannot be downloaded (ConnectionError: no route). Without a network, put what another computer "
        f"downloads (https://example.org/a.gz, https://example.org/b.gz) into {tmp_path}/downloads/manual, or copy a "
        f"set that it prepared to {tmp_path}/mnist/3.0.1."
    )


@pytest.mark.parametrize(
    ("there", "split", "words"),
    [
        (("train", "test"), "all", "train[:90%]+train[90%:]+test"),
        (("train",), "all", "train[:90%]+train[90%:]"),
        (("train", "validation"), "all", "train+validation"),
        (("test",), "all", "test"),
        (("train", "validation", "test"), "train+test", "train+test"),
        ((), "all", "train[:90%]+train[90%:]+test"),
    ],
)
def test_all_means_the_splits_that_there_are(there, split, words):
    builder = types.SimpleNamespace(name="mine", info=types.SimpleNamespace(splits=dict.fromkeys(there)))
    assert split_of(builder, split) == words


def test_a_split_that_a_set_lacks_is_named():
    builder = types.SimpleNamespace(name="mine", info=types.SimpleNamespace(splits={"train": None}))
    with pytest.raises(UserError, match="`tfds:mine` has no test split, only train"):
        split_of(builder, "train+test")
