"""What models can do, asked of models and of classes that nobody has built yet."""

import types

import pytest

from keras_facegan import create_model
from keras_facegan.abilities import ABILITIES, Ages, Decodes, Embeds, Exports, Generates, Tempers, can, require
from keras_facegan.errors import UserError
from keras_facegan.registry import MODELS


@pytest.mark.parametrize("name", ["dcgan", "lsgan", "pfa_gan", "facenet", "digit_net", "age_estimator"])
def test_a_class_can_what_its_models_can(name):
    model = create_model(name, "tiny")
    assert [ability for ability in ABILITIES if can(MODELS.get(name), ability)] == [
        ability for ability in ABILITIES if can(model, ability)
    ]


def test_a_class_is_asked_for_its_methods_alone():
    dcgan, pfa_gan = MODELS.get("dcgan"), MODELS.get("pfa_gan")
    assert can(dcgan, Decodes) and can(dcgan, Exports) and not can(dcgan, Ages)
    assert can(pfa_gan, Ages) and not can(pfa_gan, Generates)


def test_an_ability_without_methods_is_said_by_the_class():
    assert [name for name in MODELS.names() if can(MODELS.get(name), Tempers)] == ["glow"]


def test_what_is_lacking_is_said_with_what_there_is():
    require(MODELS.get("dcgan"), Generates, Decodes)
    with pytest.raises(
        UserError, match="dcgan/cats_64 cannot embed faces; it can draw new pictures, draw pictures from"
    ):
        require(MODELS.get("dcgan"), Generates, Embeds, name="dcgan/cats_64")
    with pytest.raises(UserError, match="^mine cannot draw new pictures; it can be trained only.$"):
        require(types.SimpleNamespace(name="mine"), Generates)
