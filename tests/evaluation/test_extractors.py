"""Who looks at the pictures: chosen by what they show, named, hashed, and the same as the model itself."""

import numpy as np
import pytest

from keras_facegan import load_pretrained
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.errors import UserError
from keras_facegan.evaluation.extractors import default_extractor, open_extractors
from keras_facegan.pretrained import weights_card


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        ("digits", "digit_net/default"),
        ("mnist", "digit_net/mnist_28"),
        ("tfds:mnist", "digit_net/mnist_28"),
        ("cats", "cat_net/cats_64"),
        ("celeba", "facenet/celeba_96"),
        ("drawn_faces", "facenet/celeba_96"),
        ("image_folder", "facenet/celeba_96"),
    ],
)
def test_the_data_choose_who_looks(dataset, name):
    assert default_extractor(dataset) == name
    assert weights_card(name)


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
    with pytest.raises(UserError, match="--inception_weights belong to"):
        open_extractors("digit_net/default", "somewhere.h5")
