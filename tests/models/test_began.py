"""BEGAN: the sheet's parameter counts, the losses, and the controller by its equations."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_facegan import create_model
from keras_facegan.errors import UserError


def parameters(network):
    return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)


@pytest.mark.parametrize(
    ("filters", "expected"), [(128, [1_716_611, 13_405_379]), (64, [563_395, 4_011_651])], ids=["paper", "half"]
)
def test_networks_have_the_parameters_of_the_sheet(filters, expected):
    model = create_model("began", "celeba_64", filters=filters)
    assert [parameters(model.generator), parameters(model.discriminator)] == expected


def test_the_encoder_of_the_paper_has_its_parameters():
    discriminator = create_model("began", "celeba_64").discriminator
    assert parameters(discriminator) - parameters(create_model("began", "celeba_64").generator) == 11_688_768


@pytest.mark.parametrize("shape", [[24, 24, 3], [8, 8, 3], [32, 16, 3]])
def test_a_side_without_a_ladder_is_refused(shape):
    with pytest.raises(UserError, match="side 16, 32, 64, 128 or 256"):
        create_model("began", "tiny", image_shape=shape)


@pytest.fixture
def model():
    model = create_model("began", "tiny", seed=0, diversity_ratio=0.5, balance_rate=0.1)
    model.compile({"name": "sgd", "learning_rate": 1e-6})
    return model


@pytest.fixture
def data():
    return {"image": ops.convert_to_tensor(np.random.default_rng(0).uniform(-1, 1, (6, 16, 16, 3)).astype("float32"))}


def error(model, images):
    return float(np.abs(np.asarray(images) - np.asarray(model({"image": images}))).mean())


@pytest.mark.parametrize(("before", "bound"), [(0.3, None), (0.0, None), (1.0, 1.0)])
def test_the_balance_follows_its_equation_within_its_bounds(model, data, before, bound):
    # An untrained auto-encoder rebuilds generated pictures, which are all near zero, better than noise.
    model.balance.assign(before)
    logs = {name: float(value) for name, value in model.train_step(data).items()}
    gap = 0.5 * logs["real_error"] - logs["g_loss"]
    expected = min(max(before + 0.1 * gap, 0.0), 1.0)
    assert float(model.balance) == pytest.approx(expected, abs=1e-6)
    assert bound is None or float(model.balance) == bound
    assert logs["balance"] == pytest.approx(expected, abs=1e-6)
    assert logs["convergence"] == pytest.approx(logs["real_error"] + abs(gap), abs=1e-6)
    assert logs["real_error"] == pytest.approx(error(model, data["image"]), abs=1e-3)


def test_both_players_minimise_the_losses_of_the_paper(model, data):
    latents = ops.convert_to_tensor(model.sample_latents(6))
    model.prior.draw = lambda n, seed_generator: latents
    model.balance.assign(0.25)
    fake = model.generator({"latents": latents})["images"]
    real_error, fake_error = error(model, data["image"]), error(model, fake)
    logs = {name: float(value) for name, value in model.train_step(data).items()}
    assert logs["d_loss"] == pytest.approx(real_error - 0.25 * fake_error, abs=1e-4)
    assert logs["g_loss"] == pytest.approx(fake_error, abs=1e-4)


def test_the_balance_stands_still_while_a_model_is_evaluated(data):
    model = create_model("began", "tiny", seed=0, balance_rate=0.1)
    model.compile()
    images = np.asarray(data["image"])
    losses = [model.evaluate({"image": images}, batch_size=size, verbose=0, return_dict=True) for size in (1, 4)]
    assert losses[0]["balance"] == losses[1]["balance"] == 0.0


def test_the_balance_leaves_zero_where_generated_pictures_are_rebuilt_well(model, data):
    assert float(model.balance) == 0.0
    model.train_step(data)
    assert float(model.balance) > 0.0


def test_pictures_are_clipped_where_they_are_handed_out(model):
    dense = next(layer for layer in model.network("generator").layers if isinstance(layer, keras.layers.Dense))
    dense.kernel.assign(dense.kernel * 1000)
    images = model.generate(4)
    assert (images.min(), images.max()) == (-1.0, 1.0)
