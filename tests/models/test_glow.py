"""Glow: the sheet's parameter counts, and that its density is one: exact both ways, with volume 1."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_facegan import checkpoint, create_model
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.errors import UserError
from keras_facegan.latent.arithmetic import add_attribute, attribute_vector
from keras_facegan.layers.act_norm import ActNorm
from keras_facegan.layers.learned_prior import TopPrior
from keras_facegan.metrics.likelihood import bits_per_dim
from keras_facegan.models.glow import density_outputs, flow_steps
from tests import contract


def parameters(network):
    return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)


@pytest.mark.parametrize(("channels", "expected"), [(12, 352_044), (24, 435_576), (48, 603_504)])
def test_a_step_has_the_parameters_of_the_sheet(channels, expected):
    x = keras.Input((4, 4, channels))
    y, _ = flow_steps(x, depth=1, width=512)
    assert parameters(keras.Model(x, y)) == expected


@pytest.mark.parametrize(("width", "depth", "expected"), [(512, 32, 44_603_604), (128, 8, 1_714_932)])
def test_the_flow_has_the_parameters_of_the_sheet(width, depth, expected):
    # All steps of a scale are alike: one step says what many take.
    sizes = [parameters(glow(image_shape=[32, 32, 3], levels=3, depth=1, width=width, ema_decay=0.0).flow)]
    x = [keras.Input((4, 4, channels)) for channels in (12, 24, 48)]
    steps = sum(parameters(keras.Model(each, flow_steps(each, 1, width)[0])) for each in x)
    assert sizes[0] + (depth - 1) * steps == expected


def glow(**arguments):
    return create_model("glow", "tiny", seed=0, **arguments)


def shaken(scale=0.1, **arguments):
    """Return a model none of whose weights is zero or one."""
    model = glow(ema_decay=0.0, **arguments)
    rng = np.random.default_rng(1)
    for weight in model.flow.trainable_variables:
        weight.assign(np.asarray(weight) + rng.normal(0, scale, weight.shape))
    return model


def pictures(n, side=8, channels=3, seed=0):
    levels = np.random.default_rng(seed).integers(0, 256, (n, side, side, channels))
    return (levels / 127.5 - 1.0).astype("float32")


FLAVOURS = [{}, {"factored": True}, {"affine": False}, {"levels": 3}]


@pytest.mark.parametrize("arguments", FLAVOURS, ids=["plain", "factored", "additive", "three levels"])
def test_encoding_and_decoding_undo_each_other(arguments):
    model, x = shaken(0.05, **arguments), pictures(5)
    latents = model.encode(x)
    assert latents.shape == (5, 8 * 8 * 3)
    np.testing.assert_allclose(model.decode(latents), x, rtol=0, atol=1e-4)
    drawn = model.sample_latents(5, seed=1)
    images = np.asarray(model.decoder({"latents": drawn})["images"])
    np.testing.assert_allclose(model.flow({"image": images})["latents"], drawn, rtol=0, atol=1e-4)


@pytest.mark.parametrize("arguments", FLAVOURS[:3], ids=["plain", "factored", "additive"])
def test_the_density_is_that_of_the_brute_force_jacobian(arguments):
    model, x = shaken(image_shape=[4, 4, 3], **arguments), tf.constant(pictures(2, side=4))
    with tf.GradientTape() as tape:
        tape.watch(x)
        latents = model.flow({"image": x})["latents"]
    jacobian = tape.batch_jacobian(latents, x).numpy().reshape(2, 48, 48).astype("float64")
    log_det = np.linalg.slogdet(jacobian)[1]
    normal = -0.5 * (np.square(latents) + np.log(2 * np.pi)).sum(axis=1)
    assert np.abs(log_det).max() > 1.0
    np.testing.assert_allclose(model.log_density(x), normal + log_det, rtol=0, atol=1e-3)


def test_the_density_of_two_pixels_integrates_to_one():
    keras.utils.set_random_seed(0)
    x = keras.Input((1, 1, 2))
    y, log_dets = flow_steps(x, depth=3, width=8)
    codes, log_det = TopPrior()(y)
    flow = keras.Model(x, density_outputs(codes, [*log_dets, log_det]))
    rng = np.random.default_rng(0)
    for weight in flow.trainable_variables:
        weight.assign(np.asarray(weight) + rng.normal(0, 0.3, weight.shape))
    # The density falls below 1e-9 of its mode within this square.
    side, step = np.linspace(-40.0, 40.0, 801, retstep=True)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 1, 1, 2).astype("float32")
    density = np.exp(flow.predict(grid, batch_size=2**16, verbose=0)["log_density"].astype("float64"))
    assert density.sum() * step**2 == pytest.approx(1.0, abs=5e-3)
    # Not by being a plain normal distribution.
    assert abs(np.log(density[density.argmax()]) + np.log(2 * np.pi)) > 0.05


def test_a_fresh_model_starts_every_layer_by_the_data():
    model = glow()
    examples = open_dataset("drawn_faces", image_shape=(8, 8, 3), size=64)
    data = next(iter(examples.batches(64)))
    model.begin(data)
    norms = [layer for layer in model.flow._flatten_layers() if isinstance(layer, ActNorm)]
    assert len(norms) == 6 and all(layer.has_started() for layer in norms)
    first = next(layer for layer in model.flow.layers if isinstance(layer, ActNorm))
    images = model.dequantised(data["image"], 0.5)
    activations = np.asarray(keras.Model(model.flow.input, first.output[0])({"image": images}))
    np.testing.assert_allclose(activations.mean(axis=(0, 1, 2)), 0.0, atol=1e-4)
    np.testing.assert_allclose(activations.var(axis=(0, 1, 2)), 1.0, atol=1e-3)
    for fast, slow in zip(model.flow.weights, model.averages["flow"].weights, strict=True):
        np.testing.assert_array_equal(fast, slow)
    before = [np.asarray(each) for each in model.flow.weights]
    model.begin({"image": -data["image"]})
    for each, value in zip(model.flow.weights, before, strict=True):
        np.testing.assert_array_equal(each, value)
    assert np.isfinite(model.log_prob(data["image"])).all()


def test_the_start_of_a_run_is_saved_with_it(tmp_path):
    model, twin = (glow() for _ in range(2))
    model.begin({"image": ops.convert_to_tensor(pictures(8))})
    checkpoint.save(tmp_path, model, 1, {})
    checkpoint.restore(tmp_path, 1, twin)
    twin.begin({"image": ops.convert_to_tensor(pictures(8, seed=1))})
    assert contract.changed(contract.values(model), contract.values(twin)) == set()


@pytest.mark.parametrize(("bits", "levels"), [(8, 256), (5, 32), (1, 2)])
def test_pictures_are_dequantised_within_their_levels(bits, levels):
    model = glow(bits=bits)
    assert model.level_width == 2 / levels
    images = (np.arange(256, dtype="float32") / 127.5 - 1.0).reshape(1, 1, 256, 1)
    for noise in (0.0, 0.5, 0.999):
        values = np.asarray(model.dequantised(images, noise)).reshape(-1)
        expected = (np.arange(256) // (256 // levels) + noise) * 2 / levels - 1.0
        np.testing.assert_allclose(values, expected, atol=1e-6)


def test_the_noise_of_a_picture_is_its_own():
    model, x = shaken(), pictures(4)
    np.testing.assert_allclose(model.log_prob(x)[:2], model.log_prob(x[:2]), rtol=1e-6)
    assert np.abs(model.log_prob(x) - model.log_prob(x, seed=1)).max() > 1e-3


def test_the_loss_is_bits_per_dim_of_the_levels():
    model = glow(ema_decay=0.0, bits=5)
    model.compile({"name": "sgd", "learning_rate": 1e-6})
    images = ops.convert_to_tensor(pictures(16))
    before = -model.log_prob(images).mean()
    logs = model.train_step({"image": images})
    # 48 values: log p(level) is about log(density) + log(width of a level).
    expected = (before - 192 * np.log(2 / 32)) / (192 * np.log(2))
    assert bits_per_dim(before, 192, 2 / 32) == pytest.approx(expected, rel=1e-6)
    assert float(logs["bits_per_dim"]) == pytest.approx(expected, abs=0.02)
    assert model.validate(np.asarray(images), {})["bits_per_dim"] == pytest.approx(expected, abs=0.02)


def test_uniform_noise_takes_eight_bits_at_most_little_more_after_training():
    model = glow(ema_decay=0.0, depth=2)
    model.compile({"name": "adam", "learning_rate": 3e-3})
    x = pictures(256, seed=3)
    model.fit({"image": x}, batch_size=32, epochs=8, verbose=0)
    bits = model.validate(pictures(64, seed=4), {})["bits_per_dim"]
    # No density does better than the uniform one on what is uniform.
    assert 7.99 < bits < 8.6


def test_half_precision_trains_and_the_way_back_stays_exact():
    with_half = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = shaken()
    finally:
        keras.config.set_dtype_policy(with_half)
    x = pictures(4)
    np.testing.assert_allclose(model.decode(model.encode(x)), x, rtol=0, atol=1e-4)
    trained, used = (np.asarray(model.flow({"image": x}, training=each)["log_density"]) for each in (True, False))
    assert 0 < np.abs(trained - used).max() < 1.0
    assert all(each.dtype == "float32" for each in model.variables if each.dtype.startswith("float"))


def test_the_temperature_scales_the_codes():
    model = glow()
    codes = model.sample_latents(4, seed=2, temperature=1.0)
    np.testing.assert_allclose(model.sample_latents(4, seed=2), 0.7 * codes, rtol=1e-6)
    np.testing.assert_array_equal(model.generate(2, seed=2, temperature=1.0), model.decode(codes[:2]))


@pytest.mark.parametrize("temperature", [0, -0.7, float("nan"), float("inf")])
def test_a_temperature_that_is_not_above_zero_is_refused(temperature):
    with pytest.raises(UserError, match="temperature must be a number above 0"):
        glow().generate(1, temperature=temperature)


@pytest.mark.parametrize(("shape", "levels"), [([6, 6, 3], 2), ([8, 4, 3], 2), ([8, 8, 3], 4)])
def test_a_side_that_cannot_be_halved_is_refused(shape, levels):
    with pytest.raises(UserError, match=rf"can be halved {levels} times \(model.levels\), got \[{shape[0]}"):
        glow(image_shape=shape, levels=levels)


@pytest.mark.parametrize("images", [np.zeros((1, 16, 16, 3)), np.full((1, 8, 8, 3), 1.5), np.zeros((1, 8, 8, 3), int)])
def test_pictures_of_another_size_or_range_are_refused(images):
    for method in (glow().encode, glow().log_prob):
        with pytest.raises(UserError, match="images must be"):
            method(images)


def test_attributes_are_added_to_codes():
    model = shaken()
    dark, light = pictures(8) * 0.2 - 0.5, pictures(8, seed=1) * 0.2 + 0.5
    codes = model.encode(np.concatenate([dark, light]))
    vector = attribute_vector(codes, np.arange(16) >= 8)
    lit = model.decode(add_attribute(codes[:8], vector))
    assert lit.mean() - dark.mean() == pytest.approx(1.0, abs=0.3)
