"""VAE/GAN: the sheet's parameter counts, who gets which gradient, and the balance of the players."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_facegan import create_model
from keras_facegan.models.vaegan import balance, feature_distance

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(-1, 1, (6, 16, 16, 3)).astype("float32")


def parameters(network):
    return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)


def test_networks_have_the_parameters_of_the_sheet():
    model = create_model("vaegan", "celeba_64")
    assert [parameters(getattr(model, name)) for name in model.networks] == [35_112_768, 4_693_155, 10_953_857]
    assert model.discriminator.output["features"].shape == (None, 8, 8, 256)


@pytest.fixture
def model():
    model = create_model("vaegan", "tiny", seed=0)
    model.compile({})
    return model


def state_of(model):
    return {variable.path: np.array(variable) for variable in model.variables}


def gradients(model, state=None):
    """Return `{network: gradients of its own loss}`, from a state of the model that is put back first."""
    for variable in model.variables if state else ():
        variable.assign(state[variable.path])
    values = {name: [each.value for each in getattr(model, name).trainable_variables] for name in model.networks}
    with tf.GradientTape(persistent=True) as tape:
        losses, _ = model.losses(tf.constant(IMAGES))
    return {name: tape.gradient(losses[name], values[name]) for name in model.networks}


def norm(gradients):
    return float(tf.linalg.global_norm(gradients))


def test_every_network_moves_down_its_own_loss():
    # One step of plain gradient descent is the gradient, and nobody rests.
    model = create_model("vaegan", "tiny", seed=0, margin=10.0)
    model.compile({"name": "sgd", "learning_rate": 1.0})
    before = state_of(model)
    expected = gradients(model)
    for variable in model.variables:
        variable.assign(before[variable.path])
    model.train_step({"image": tf.constant(IMAGES)})
    for name in model.networks:
        steps = [before[each.path] - np.asarray(each) for each in getattr(model, name).trainable_variables]
        assert norm(expected[name]) > 0
        for step, gradient in zip(steps, expected[name], strict=True):
            np.testing.assert_allclose(step, gradient, rtol=1e-3, atol=1e-5 * norm(expected[name]))


def test_the_encoder_gets_nothing_of_the_game(model):
    before = state_of(model)
    first = gradients(model)
    # The game alone sees the discriminator's last layer.
    (name,) = (
        each.path for each in model.discriminator.weights if each.shape[-1] == 1 and each.path.endswith("kernel")
    )
    second = gradients(model, before | {name: 100.0 * before[name]})
    for one, other in zip(first["encoder"], second["encoder"], strict=True):
        np.testing.assert_array_equal(one, other)
    assert norm(second["decoder"]) > 2 * norm(first["decoder"])


def test_the_distance_of_features_has_no_part_in_the_discriminator():
    norms = []
    for weight in (0.0, 1e6):
        model = create_model("vaegan", "tiny", seed=0, likelihood_weight=weight)
        model.compile({})
        norms.append({name: norm(each) for name, each in gradients(model).items()})
    assert norms[0]["discriminator"] == norms[1]["discriminator"]
    assert norms[0]["decoder"] < norms[1]["decoder"] / 100


def test_the_weight_of_the_features_grows_to_its_own():
    model = create_model("vaegan", "tiny", seed=0, margin=10.0, likelihood_weight=1e6, likelihood_ramp=3)
    model.compile({})
    before, norms = state_of(model), []
    for step in range(5):
        # Of the optimizer nothing but its count has a part in the gradients.
        norms.append(norm(gradients(model, before)["decoder"]))
        model.optimizers["decoder"].iterations.assign(step + 1)
    np.testing.assert_allclose(np.array(norms) / norms[-1], [1 / 3, 2 / 3, 1, 1, 1], rtol=1e-3)


def test_the_distance_of_features_is_half_the_squares():
    real, rebuilt = RNG.normal(size=(2, 3, 2, 2, 5)).astype("float32")
    expected = 0.5 * np.square(real - rebuilt).sum(axis=(1, 2, 3)).mean()
    assert float(feature_distance({"features": real}, {"features": rebuilt})) == pytest.approx(expected, rel=1e-5)


def test_the_distance_of_features_sees_each_picture_alone(model, monkeypatch):
    # Pictures that do not depend on their batch either.
    monkeypatch.setattr(model, "_draw", lambda latents: ops.zeros((len(latents), 16, 16, 3)))
    before = state_of(model)

    def distance(images):
        for variable in model.variables:
            variable.assign(before[variable.path])
        # The moving averages stay as they were.
        for layer in model.discriminator._flatten_layers():
            layer.momentum = 1.0
        return float(model.losses(tf.constant(images))[1]["feature_loss"])

    alone = [distance(IMAGES[n : n + 1]) for n in range(len(IMAGES))]
    assert distance(IMAGES) == pytest.approx(np.mean(alone), rel=1e-4)


@pytest.mark.parametrize(
    ("real", "fake", "expected"),
    [
        (0.68, 0.68, (True, True)),
        (0.30, 0.68, (False, True)),
        (0.68, 0.30, (False, True)),
        (1.10, 0.68, (True, False)),
        (0.68, 1.10, (True, False)),
        # Neither would move, so both do.
        (0.30, 1.10, (True, True)),
    ],
)
def test_a_player_that_is_too_strong_rests(real, fake, expected):
    found = balance(ops.convert_to_tensor(real), ops.convert_to_tensor(fake), 0.68, 0.35)
    assert tuple(bool(each) for each in found) == expected


@pytest.mark.parametrize(("equilibrium", "rests"), [(5.0, "discriminator"), (0.01, "decoder")])
def test_the_weights_of_a_player_that_rests_stay(equilibrium, rests):
    model = create_model("vaegan", "tiny", seed=0, equilibrium=equilibrium, margin=0.001)
    model.compile({})
    before = {name: [np.array(each) for each in getattr(model, name).trainable_variables] for name in model.networks}
    logs = model.train_step({"image": tf.constant(IMAGES)})
    for name in model.networks:
        moved = any(
            np.any(a != np.asarray(b))
            for a, b in zip(before[name], getattr(model, name).trainable_variables, strict=True)
        )
        assert moved == (name != rests), name
    assert float(logs[f"{rests}_moves"]) == 0


def test_rebuilt_pictures_are_drawn_from_codes(model):
    codes = model.encode(IMAGES)
    assert codes.shape == (6, 8)
    np.testing.assert_array_equal(model.rebuild(IMAGES), model.decode(codes))
