import numpy as np
import pytest
import tensorflow_datasets

from keras_facegan.data import load_dataset, open_dataset
from keras_facegan.errors import UserError
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
