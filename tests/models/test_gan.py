"""The first GAN: the sheet's parameter counts, its maxout units, its optimizer and its output bias."""

import types

import keras
import numpy as np
import pytest

from keras_facegan import create_model
from keras_facegan.momentum_ramp import MomentumRampSGD


def parameters(network):
    return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)


def test_mnist_networks_have_the_parameters_of_the_paper():
    model = create_model("gan", "mnist_28")
    assert (parameters(model.generator), parameters(model.discriminator)) == (2_503_984, 1_231_441)


def test_discriminator_is_two_maxout_layers():
    model = create_model("gan", "tiny", seed=0)
    images = np.random.default_rng(0).uniform(-1, 1, (3, 8, 8, 1)).astype("float32")
    x = (images.reshape(3, -1) + 1) / 2
    kernels = [np.asarray(variable) for variable in model.discriminator.trainable_variables]
    for kernel, bias in zip(kernels[0:4:2], kernels[1:4:2], strict=True):
        # Unit i is the largest of the pieces next to each other in columns i * pieces ...
        x = (x @ kernel + bias).reshape(3, 8, 2).max(axis=-1)
    expected = x @ kernels[4] + kernels[5]
    np.testing.assert_allclose(model.discriminator({"image": images})["logits"], expected, atol=1e-6)


def test_latents_are_uniform_with_unit_variance():
    codes = create_model("gan", "mnist_28").sample_latents(500, seed=0)
    assert np.abs(codes).max() <= 3**0.5
    assert codes.std() == pytest.approx(1.0, abs=0.01)


def test_output_bias_starts_at_the_mean_picture():
    model = create_model("gan", "tiny", seed=0)
    pictures = np.random.default_rng(1).integers(40, 200, (50, 8, 8, 1), dtype=np.uint8)
    model.adapt(types.SimpleNamespace(images=pictures))
    bias = np.asarray(model.generator.get_layer("pixels").bias).reshape(8, 8, 1)
    np.testing.assert_allclose(255 / (1 + np.exp(-bias)), pictures.mean(axis=0), rtol=1e-5)


def test_optimizer_follows_its_schedules():
    settings = {"learning_rate": 0.1, "decay": 1.5, "floor": 0.04, "momentum": 0.5, "final_momentum": 0.7}
    optimizer = MomentumRampSGD(**settings, ramp_steps=4)
    variable = keras.Variable(np.array([1.0, -2.0], "float32"))
    optimizer.build([variable])
    value, velocity = np.array([1.0, -2.0]), np.zeros(2)
    for step in range(8):
        gradient = np.array([0.3, -0.1]) * (step + 1)
        optimizer.apply([keras.ops.convert_to_tensor(gradient.astype("float32"))], [variable])
        rate = max(0.1 / 1.5**step, 0.04)
        velocity = (0.5 + 0.2 * min(step / 4, 1)) * velocity - rate * gradient
        value = value + velocity
        np.testing.assert_allclose(np.asarray(variable), value, rtol=1e-5)


def test_optimizer_comes_back_from_its_config():
    optimizer = MomentumRampSGD(learning_rate=0.2, decay=1.01, ramp_steps=7)
    twin = MomentumRampSGD.from_config(optimizer.get_config())
    assert twin.get_config() == optimizer.get_config()
