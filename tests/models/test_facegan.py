"""FaceGAN and LSGAN: the sheets' parameter counts, the losses in both readings, their values where p = q."""

import math

import numpy as np
import pytest

from keras_facegan import create_model
from keras_facegan.errors import UserError
from keras_facegan.models.facegan import LOSSES


def parameters(model):
    return [
        sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)
        for network in (model.generator, model.discriminator)
    ]


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        ("celeba_64", [35_100_835, 34_278_241]),
        ("mid_celeba_64", [9_244_835, 8_833_505]),
        ("light_celeba_64", [2_418_771, 2_213_105]),
    ],
)
def test_networks_have_the_parameters_of_the_sheet(preset, expected):
    assert parameters(create_model("facegan", preset)) == expected


def test_capacities_are_alike():
    generator, discriminator = parameters(create_model("facegan", "celeba_64"))
    assert generator / discriminator == pytest.approx(1.0, abs=0.05)


def loss_at(name, real, fake):
    loss = LOSSES[name]()
    real, fake = np.full((4, 1), real, "float32"), np.full((4, 1), fake, "float32")
    return float(loss.discriminator(real, fake)), float(loss.generator(None, fake))


def test_standard_losses_at_equilibrium():
    assert loss_at("standard", 0.0, 0.0) == pytest.approx((2 * math.log(2), math.log(2)), rel=1e-5)


def test_literal_losses_at_equilibrium():
    # Equal logits a of both: sigma(-a) = sigma(a - 1), so a = 1/2.
    assert loss_at("literal", 0.5, 0.5) == pytest.approx((0.9482, 0.4741), abs=1e-4)
    lower, upper = (loss_at("literal", 0.5 + e, 0.5 + e)[0] for e in (-0.1, 0.1))
    assert min(lower, upper) > loss_at("literal", 0.5, 0.5)[0]


def test_literal_shifts_the_logit_of_generated_pictures_by_one():
    real, fake = 0.7, -1.3
    expected = math.log1p(math.exp(-real)) + math.log1p(math.exp(fake - 1))
    assert loss_at("literal", real, fake)[0] == pytest.approx(expected, rel=1e-5)


def test_unknown_loss_is_named():
    with pytest.raises(UserError, match="Did you mean `literal`"):
        create_model("facegan", "tiny", loss="literl")


def test_lsgan_is_dcgan_with_squared_distances():
    model = create_model("lsgan", "tiny", seed=3)
    twin = create_model("dcgan", "tiny", seed=3, loss="least_squares", ema_decay=0.0)
    assert (model.name, model.config["loss"]) == ("lsgan", "least_squares")
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    real, fake = np.array([[0.5]], "float32"), np.array([[0.5]], "float32")
    assert float(model.adversarial.discriminator(real, fake)) == pytest.approx(0.25)
    assert float(model.adversarial.generator(None, fake)) == pytest.approx(0.125)
