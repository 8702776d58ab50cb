"""Penalties on input gradients against closed forms and finite differences, in every precision."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_facegan.losses import penalties
from keras_facegan.models.dcgan import dcgan_discriminator
from keras_facegan.seam import runtime
from keras_facegan.seam.gradients import gradients

POLICIES = ["float32", "mixed_bfloat16", "mixed_float16"]
RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(-1, 1, (5, 4, 4, 2)).astype("float32")
KERNEL = RNG.normal(size=(32, 1)).astype("float32")


def linear_critic(policy):
    """D(x) = <w, x>, whose input gradient is w everywhere."""
    with runtime.precision(policy):
        image = keras.Input((4, 4, 2))
        network = keras.Model(image, keras.layers.Dense(1, use_bias=False)(keras.layers.Flatten()(image)))
    network.layers[-1].kernel.assign(KERNEL)
    return network


@pytest.mark.parametrize("policy", POLICIES)
def test_linear_critic_has_the_gradient_of_its_weights(policy):
    network, norm = linear_critic(policy), np.linalg.norm(KERNEL)
    seed = keras.random.SeedGenerator(0)
    assert float(penalties.r1(network, network, IMAGES)) == pytest.approx(norm**2, rel=1e-5)
    found = penalties.gradient_penalty(network, network, IMAGES, -IMAGES, seed)
    assert float(found) == pytest.approx((norm - 1.0) ** 2, rel=1e-5)
    assert found.dtype == "float32"


def test_quadratic_critic_has_the_gradient_of_its_input():
    network = linear_critic("float32")

    def score(x):
        return 0.5 * ops.sum(ops.square(x), axis=(1, 2, 3))

    squares = np.square(IMAGES).sum(axis=(1, 2, 3))
    assert float(penalties.r1(score, network, IMAGES)) == pytest.approx(squares.mean(), rel=1e-5)
    # Real and fake are the same picture, so every point between is, too.
    found = penalties.gradient_penalty(score, network, IMAGES, IMAGES, keras.random.SeedGenerator(0))
    assert float(found) == pytest.approx(np.square(np.sqrt(squares) - 1.0).mean(), rel=1e-5)


def test_gradient_penalty_looks_between_real_and_fake():
    seen = []

    def score(x):
        seen.append(np.asarray(x))
        return ops.sum(x, axis=(1, 2, 3))

    fake = np.zeros_like(IMAGES) + 3.0
    penalties.gradient_penalty(score, linear_critic("float32"), IMAGES, fake, keras.random.SeedGenerator(1))
    share = (seen[0] - fake) / (IMAGES - fake)
    # One position per picture, all different, all between.
    np.testing.assert_allclose(share, np.broadcast_to(share[:, :1, :1, :1], share.shape), rtol=1e-4)
    places = share[:, 0, 0, 0]
    assert (places > 0).all() and (places < 1).all() and len(np.unique(places)) == len(places)


def test_flat_critic_is_differentiable():
    network = linear_critic("float32")
    network.layers[-1].kernel.assign(np.zeros_like(KERNEL))
    seed = keras.random.SeedGenerator(0)
    loss, _, found = gradients(
        lambda: (penalties.gradient_penalty(network, network, IMAGES, -IMAGES, seed), {}), network.trainable_variables
    )
    assert float(loss) == pytest.approx(1.0, abs=1e-5)
    assert np.isfinite(np.asarray(found[0])).all()


def discriminator(policy):
    keras.utils.set_random_seed(1)
    with runtime.precision(policy):
        network = dcgan_discriminator((32, 32, 3), 4)
    # Larger weights than at the start, so that the penalty is no rounding error.
    network.set_weights([value * (15.0 if value.ndim == 4 else 1.0) for value in network.get_weights()])
    return network


def score_of(network):
    return lambda images: network({"image": images}, training=True)["logits"]


PICTURES = RNG.uniform(-1, 1, (4, 32, 32, 3)).astype("float32")


@pytest.mark.parametrize("policy", POLICIES[1:])
@pytest.mark.parametrize("compiled", [False, True])
def test_half_precision_networks_are_penalised_in_float32(policy, compiled):
    values = []
    for each in ("float32", policy):
        network = discriminator(each)

        def penalty(images, network=network):
            return penalties.r1(score_of(network), network, images)

        values.append(float((tf.function(penalty) if compiled else penalty)(PICTURES)))
        assert {layer.compute_dtype for layer in network.layers[1:-1]} == {runtime_dtype(each)}
    assert values[0] > 1e-3
    assert values[1] == pytest.approx(values[0], rel=1e-5)


def runtime_dtype(policy):
    return keras.dtype_policies.get(policy).compute_dtype


def test_second_derivative_agrees_with_finite_differences():
    network = discriminator("float32")
    weights = network.trainable_variables
    loss, _, found = gradients(lambda: (penalties.r1(score_of(network), network, PICTURES), {}), weights)
    # Stretch every kernel by a hundredth of itself.
    directions = [np.asarray(each) * 1e-2 for each in weights]
    # The last offsets shift the logit, on which no gradient depends.
    assert [each is not None for each in found].count(True) >= len(weights) - 3
    expected = sum(float(np.sum(np.asarray(g) * d)) for g, d in zip(found, directions, strict=True) if g is not None)
    values = []
    for sign in (1.0, -1.0):
        for variable, direction in zip(weights, directions, strict=True):
            variable.assign_add(sign * direction)
        values.append(float(penalties.r1(score_of(network), network, PICTURES)))
        for variable, direction in zip(weights, directions, strict=True):
            variable.assign_sub(sign * direction)
    assert (values[0] - values[1]) / 2 == pytest.approx(expected, rel=2e-2)
    assert abs(expected) > 1e-2 * float(loss)


def test_penalty_of_tanh_has_its_known_gradient():
    # D(x) = tanh(w x): R1 = w^2 (1 - t^2)^2, whose derivative is 2 w (1 - t^2)^2 (1 - 2 w x t).
    w, x = keras.Variable(0.7), np.full((1, 1), 0.9, "float32")
    network = linear_critic("float32")
    loss, _, (found,) = gradients(lambda: (penalties.r1(lambda x: ops.tanh(w * x), network, x), {}), [w])
    t = np.tanh(0.7 * 0.9)
    assert float(loss) == pytest.approx(0.49 * (1 - t**2) ** 2, rel=1e-5)
    assert float(found) == pytest.approx(1.4 * (1 - t**2) ** 2 * (1 - 2 * 0.7 * 0.9 * t), rel=1e-4)


def test_positions_come_from_the_seed_generator():
    network, seed = discriminator("float32"), keras.random.SeedGenerator(3)
    first, second = (
        float(penalties.gradient_penalty(score_of(network), network, PICTURES, -PICTURES, seed)) for _ in range(2)
    )
    assert first != second
    again = penalties.gradient_penalty(score_of(network), network, PICTURES, -PICTURES, keras.random.SeedGenerator(3))
    assert float(again) == pytest.approx(first, rel=1e-5)
