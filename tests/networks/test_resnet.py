"""The residual networks: sizes by hand, what each keeps of the places in a picture, sides that are too small."""

import keras
import numpy as np
import pytest

from keras_facegan.errors import UserError
from keras_facegan.networks.backbones import backbone_features


def network(name, side=64, **settings):
    keras.utils.set_random_seed(0)
    image, features = backbone_features(name, (side, side, 3), **settings)
    return keras.Model(image, features)


def convolution(kernel, channels, filters):
    return kernel * kernel * channels * filters


def test_parameters_are_those_of_a_sum_by_hand():
    for name, last in (("resnet", 64), ("face_resnet", 48)):
        channels = [8, 16, 32, last]
        stem = {"resnet": convolution(4, 3, 8), "face_resnet": convolution(4, 3, 4) + 2 * 4 + convolution(4, 4, 8)}
        expected = stem[name] + 2 * last
        for before, after in zip([8, *channels], channels, strict=False):
            # Two convolutions with a normalisation before each, and a 1 x 1 convolution where channels change.
            expected += convolution(3, before, after) + convolution(3, after, after) + 2 * before + 2 * after
            expected += convolution(1, before, after) if before != after else 0
        model = network(name, width=8)
        assert sum(int(np.prod(each.shape)) for each in model.trainable_variables) == expected


@pytest.mark.parametrize(("side", "places"), [(32, 1), (64, 4), (80, 9), (96, 9), (112, 16), (128, 16)])
def test_face_resnet_hands_on_every_place_of_the_last_map(side, places):
    assert network("face_resnet", side, width=8).output_shape == (None, places * 48)
    assert network("resnet", side, width=8).output_shape == (None, 64)


def test_face_resnet_tells_places_apart_and_resnet_does_not():
    # One bright square on grey, and the same half a picture further.
    images = np.zeros((2, 128, 128, 3), "float32")
    images[0, 24:40, 24:40] = images[1, 88:104, 88:104] = 1.0
    change = {}
    for name in ("face_resnet", "resnet"):
        here, there = np.asarray(network(name, 128, width=8)(images))
        change[name] = np.linalg.norm(here - there) / np.linalg.norm(here)
    assert change["resnet"] < 0.6 and change["face_resnet"] > 1.0


def test_a_side_that_cannot_be_halved_is_refused():
    with pytest.raises(UserError, match="backbone face_resnet needs an image side of 32 or more, got 16"):
        network("face_resnet", 16, width=8)
