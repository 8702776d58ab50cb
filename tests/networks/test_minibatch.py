"""Minibatch discrimination inside the discriminators: nothing changes without it, and with it runs start and resume."""

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import checkpoint, create_model, dry_run, recipe
from keras_facegan.errors import UserError
from keras_facegan.layers.minibatch_discrimination import MinibatchDiscrimination
from keras_facegan.memory import training_memory
from keras_facegan.networks.minibatch import LARGE, REDUCED, similarity_layers
from keras_facegan.run import train

MODELS = ("gan", "dcgan", "lsgan", "facegan")
KERNELS = {"minibatch_kernels": 6, "minibatch_dims": 3}


def made(name, **arguments):
    model = create_model(name, "tiny", seed=4, **arguments)
    model.compile({"name": "adam", "learning_rate": 1e-3})
    return model


def pictures(model, n=8):
    return np.random.default_rng(0).uniform(-1, 1, (n, *model.image_shape)).astype("float32")


@pytest.mark.parametrize("name", MODELS)
def test_without_kernels_a_discriminator_is_what_it_was(name):
    plain, asked = made(name), made(name, minibatch_kernels=0, minibatch_dims=9)
    assert similarity_layers(plain.discriminator) == []
    names = [[layer.__class__ for layer in each.discriminator.layers] for each in (plain, asked)]
    assert names[0] == names[1]
    for one, other in zip(plain.discriminator.weights, asked.discriminator.weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", MODELS)
def test_kernels_enter_before_the_final_layer(name):
    plain, model = made(name), made(name, **KERNELS)
    (layer,) = similarity_layers(model.discriminator)
    features = int(layer.input.shape[-1])
    # T, its scales, the bias, and one flag; six more weights of the last layer.
    more = features * 6 * 3 + 6 * 3 + 6 + 1 + 6
    assert model.discriminator.count_params() - plain.discriminator.count_params() == more
    assert model.generator.count_params() == plain.generator.count_params()


def test_many_features_are_reduced_first():
    model = create_model("dcgan", image_shape=(32, 32, 3), filters=32, **KERNELS)
    (layer,) = similarity_layers(model.discriminator)
    assert layer.input.shape == (None, REDUCED)
    last = model.discriminator.layers[-2]
    assert last.kernel.shape == (4 * 4 * 128 + 6, 1) and LARGE < 4 * 4 * 128


@pytest.mark.parametrize("name", MODELS)
def test_a_picture_is_judged_beside_the_others_of_its_batch(name):
    model = made(name, **KERNELS)
    images = pictures(model)
    model.begin({"image": tf.constant(images)})
    (layer,) = similarity_layers(model.discriminator)
    layer.log_scale.assign(layer.log_scale + 5.0)
    model.discriminator.layers[-2].kernel.assign(0.5 * np.ones(model.discriminator.layers[-2].kernel.shape))

    def logit(others):
        batch = tf.constant(np.concatenate([images[:1], others]))
        return float(model.discriminator({"image": batch}, training=False)["logits"][0, 0])

    copies = np.repeat(images[:1], 7, axis=0)
    assert abs(logit(copies) - logit(images[1:])) > 0.05


def test_fit_starts_it_by_the_first_real_pictures_of_one_call():
    model = made("dcgan", n_critic=2, **KERNELS)
    images, seen = pictures(model, 12), []
    (layer,) = similarity_layers(model.discriminator)
    start = layer.start
    layer.start = lambda features: seen.append(len(features)) or start(features)
    data = tf.data.Dataset.from_tensors({"image": images}).repeat()
    assert not float(layer.started)
    model.fit(data, steps_per_epoch=1, verbose=0, shuffle=False)
    first = [np.asarray(each).copy() for each in layer.weights]
    model.fit(data, steps_per_epoch=1, verbose=0, shuffle=False)
    # The second call finds it started, so the optimizer alone has moved its weights, by about two learning rates.
    assert seen == [6] and float(layer.started) == 1
    for before, after in zip(first, layer.weights, strict=True):
        assert np.abs(before - np.asarray(after)).max() < 0.005


@pytest.mark.parametrize("precision", ["bfloat16", pytest.param("off", marks=pytest.mark.slow)])
def test_a_run_that_goes_on_is_one_that_never_stopped(tmp_path, precision):
    changes = {"train.log_every": 1, "train.checkpoint_every": 1, "train.batch_size": 8, "train.sample_every": 3}
    changes |= {"model.minibatch_kernels": 4, "train.mixed_precision": precision, "model.r1_gamma": 1.0}
    whole = train("gan", "tiny", run_dir=tmp_path / "whole", changes={**changes, "train.steps": 3}, report=lambda _: 0)
    train("gan", "tiny", run_dir=tmp_path / "cut", changes={**changes, "train.steps": 1}, report=lambda _: 0)
    cut = train("gan", "tiny", run_dir=tmp_path / "cut", changes={**changes, "train.steps": 3}, report=lambda _: 0)
    one, other = (checkpoint.training_state(run.model) for run in (whole, cut))
    for name, variable in one.items():
        np.testing.assert_array_equal(variable, other[name], err_msg=name)
    assert whole.history == cut.history


def test_a_batch_of_one_is_refused_before_a_run_begins(tmp_path):
    changes = {"model.minibatch_kernels": 4, "train.batch_size": 1}
    with pytest.raises(UserError, match="a batch must hold at least 2 of them, got 1. Raise train.batch_size") as error:
        train("gan", "tiny", run_dir=tmp_path / "run", changes=changes, report=lambda _: 0)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "run" / "recipe.toml").exists()
    with pytest.raises(UserError, match="at least 2"):
        dry_run.show(recipe.resolve("gan", "tiny", changes.items()), tmp_path / "run")


def test_a_batch_of_one_is_refused_by_fit_too():
    model = made("dcgan", **KERNELS)
    with pytest.raises(UserError, match="at least 2"):
        model.fit(tf.data.Dataset.from_tensors({"image": pictures(model, 1)}), verbose=0, shuffle=False)
    plain = made("dcgan")
    plain.fit(tf.data.Dataset.from_tensors({"image": pictures(plain, 1)}), verbose=0, shuffle=False)


def test_memory_of_the_pairs_is_counted():
    plain, model = made("dcgan"), made("dcgan", **KERNELS)
    pairs = [training_memory(each, 1000) - 2 * training_memory(each, 500) for each in (plain, model)]
    # Twice: for real and generated pictures; a distance of each of 3 numbers and its exponential, in 4 bytes.
    own = 2 * 4 * 6 * 4 * (1000**2 - 2 * 500**2)
    fixed = training_memory(plain, 1000) - training_memory(plain, 500)
    assert pairs[1] - pairs[0] == pytest.approx(own, abs=2 * fixed)


@pytest.mark.parametrize(
    ("value", "message"),
    [(-1, "model.minibatch_kernels must be a whole number from 0 to 1,000, got -1"), (1001, "got 1001")],
)
def test_wrong_numbers_of_kernels(value, message):
    with pytest.raises(UserError, match=message):
        create_model("dcgan", "tiny", minibatch_kernels=value)


def test_the_layer_is_public():
    from keras_facegan import layers

    assert layers.MinibatchDiscrimination is MinibatchDiscrimination
