"""Who looks at the pictures: declared by their data set, named, hashed, and the same as the model itself."""

import subprocess
import sys

import numpy as np
import pytest

from keras_facegan import load_pretrained
from keras_facegan.data.images import to_float
from keras_facegan.data.options import declared_extractor
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.errors import UserError
from keras_facegan.evaluation.extractors import check_extractor, fitting_extractor, open_extractors
from keras_facegan.pretrained import weights_card
from keras_facegan.registry import DATASETS


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        ("digits", "digit_net/default"),
        ("mnist", "digit_net/mnist_28"),
        ("tfds:mnist", "digit_net/mnist_28"),
        ("cats", "cat_net/cats_64"),
        ("celeba", "facenet/celeba_96"),
        ("drawn_faces", "facenet/celeba_96"),
        ("celeba_identity", "facenet/celeba_96"),
        ("orl_faces", "facenet/celeba_96"),
        ("utkface", "facenet/celeba_96"),
        ("cacd", "facenet/celeba_96"),
        ("tfds:celeb_a", "facenet/celeba_96"),
        ("tfds:mnist:3.0.1", "digit_net/mnist_28"),
    ],
)
def test_a_data_set_declares_who_looks(dataset, name):
    assert fitting_extractor(dataset, "--extractor") == name
    assert weights_card(name)


@pytest.mark.parametrize(
    "dataset",
    ["image_folder", "identity_folder", "age_list", "tfds:cifar10", "tfds:fashion_mnist", "tfds:cats_vs_dogs"],
)
def test_nobody_guesses_what_other_pictures_show(dataset):
    with pytest.raises(UserError) as caught:
        fitting_extractor(dataset, "--extractor")
    message = str(caught.value)
    assert (
        message.startswith(f"`{dataset}` does not say what its pictures show") and "named with --extractor" in message
    )
    for words in ("facenet/celeba_96 fits faces", "cat_net/cats_64 cats", "digit_net/mnist_28 digits", "inception_v3"):
        assert words in message


def test_what_is_declared_can_look():
    declared = {declared_extractor(name) for name in DATASETS.names() if name != "tfds"} - {None}
    declared |= set(DATASETS.entry("tfds").about["extractor"].values())
    assert len(declared) == 4
    for name in declared:
        check_extractor(name)


def test_declarations_are_read_without_loading_anything():
    code = (
        "import sys; from keras_facegan.data.options import declared_extractor as d;"
        "print(d('cats'), d('tfds:celeb_a'), d('image_folder'));"
        "print([m for m in ('tensorflow', 'keras', 'sklearn', 'tensorflow_datasets') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == ["cat_net/cats_64 facenet/celeba_96 None", "[]"]


def test_a_classifier_gives_features_and_probabilities():
    features, probabilities = open_extractors("digit_net/default")
    images = np.asarray(open_dataset("digits", "test", image_shape=(8, 8, 1)).images[:9])
    model = load_pretrained("digit_net/default")
    np.testing.assert_allclose(features(images), model.features(to_float(images)), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(probabilities(images), model.classify(to_float(images)), rtol=1e-5, atol=1e-6)
    assert features.identity["weights"] == weights_card("digit_net/default")[1]["sha256"]
    # Another size is brought to the network's.
    assert features(np.repeat(np.repeat(images, 4, 1), 4, 2)).shape == (9, 32)


def test_an_embedding_serves_as_features_and_tells_no_classes():
    features, probabilities = open_extractors("facenet/celeba_96")
    rows = features(np.zeros((2, 32, 32, 3), "uint8"))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    assert probabilities is None and features.image_shape == (96, 96, 3)


def test_what_cannot_look_is_refused():
    with pytest.raises(
        UserError, match=r"gives no features of pictures; these do: .*cat_net/cats_64.*inception_v3_keras"
    ):
        open_extractors("dcgan/mnist_32")
    with pytest.raises(UserError, match="Did you mean `cat_net/cats_64`"):
        open_extractors("cat_net/cats_46")
    with pytest.raises(UserError, match="Did you mean `cat_net/cats_64`"):
        check_extractor("cat_net/cats_46")
