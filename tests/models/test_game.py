"""Goodfellow's game: fresh pictures, separate batches, averages, penalties now and then."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import create_model
from keras_facegan.errors import UserError
from keras_facegan.losses import penalties
from keras_facegan.models._base import ZooModel
from keras_facegan.models._gan import GAN, Game
from keras_facegan.models._latent import LatentModel
from keras_facegan.registry import MODELS

PICTURES = np.random.default_rng(0).uniform(-1, 1, (16, 32, 32, 3)).astype("float32")


def tiny(optimizer=None, **arguments):
    model = create_model("dcgan", "tiny", seed=2, **arguments)
    model.compile({} if optimizer is None else optimizer)
    return model


def batch(images=PICTURES):
    return {"image": tf.constant(images)}


def score(model):
    return lambda images: model.discriminate(images, batch())["logits"]


def test_every_critic_step_takes_fresh_pictures_and_fresh_latents():
    model, seen, drawn = tiny(n_critic=3), [], []
    assert model.batches_per_step == 3
    loss, draw = model.discriminator_loss, model.prior.draw
    model.discriminator_loss = lambda batch: seen.append(batch) or loss(batch)
    model.prior.draw = lambda *args: drawn.append(np.asarray(draw(*args))) or drawn[-1]
    images = np.concatenate([PICTURES[:4] + place for place in (0.0, 0.25, 0.5)])
    model.train_step({"image": tf.constant(images), "index": tf.range(12)})
    # Every column of the data is cut alike.
    np.testing.assert_array_equal(np.concatenate([each["image"] for each in seen]), images)
    assert [each["index"].numpy().tolist() for each in seen] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    # Three for the critic, one for the generator, none twice.
    assert [each.shape for each in drawn] == [(4, 8)] * 4
    assert len(np.unique(np.concatenate(drawn))) == 4 * 4 * 8
    iterations = {name: int(each.iterations) for name, each in model.optimizers.items()}
    assert iterations == {"generator": 1, "discriminator": 3}


def test_real_and_fake_pictures_pass_the_discriminator_apart():
    model, batches = tiny(), []
    inner = model.discriminator.call
    model.discriminator.call = lambda inputs, **kwargs: (
        batches.append(np.asarray(inputs["image"])) or inner(inputs, **kwargs)
    )
    model.discriminator_loss(batch())
    assert [len(each) for each in batches] == [16, 16]
    np.testing.assert_array_equal(batches[0], PICTURES)
    # Fakes of an untrained generator are faint: none of them is in the batch of real ones.
    assert np.abs(batches[1]).max() < 0.99


def test_batch_norm_normalises_each_batch_by_itself():
    model = tiny()
    real = np.asarray(score(model)(tf.constant(PICTURES)))
    other = np.asarray(score(model)(tf.constant(np.concatenate([PICTURES, 0.1 * PICTURES]))))[:16]
    assert np.abs(real - other).max() > 1e-3


def test_average_is_kept_of_weights_and_statistics_and_used_for_pictures():
    model = tiny(ema_decay=0.5)
    average, expected = model.averages["generator"], None
    assert model.network("generator") is average and model.network("discriminator") is model.discriminator
    expected = [value.copy() for value in average.get_weights()]
    for t in range(1, 4):
        model.train_step({"image": tf.constant(PICTURES)})
        d = min(0.5, (1 + t) / (10 + t))
        expected = [d * a + (1 - d) * w for a, w in zip(expected, model.generator.get_weights(), strict=True)]
    for found, value in zip(average.get_weights(), expected, strict=True):
        np.testing.assert_allclose(found, value, rtol=1e-5, atol=1e-7)
    latents = model.sample_latents(4, 1)
    np.testing.assert_allclose(
        model.decode(latents), average({"latents": latents}, training=False)["images"], rtol=1e-5, atol=1e-7
    )
    assert average.trainable_variables == []


def test_r1_is_taken_now_and_then_and_as_much_stronger():
    model = tiny(r1_gamma=2.0, r1_every=4)
    real = tf.constant(PICTURES)
    r1 = float(penalties.r1(score(model), model.discriminator, real))
    assert r1 > 0
    for iteration, factor in ((0, 4.0), (1, 0.0), (3, 0.0), (4, 4.0), (8, 4.0)):
        model.optimizers["discriminator"].iterations.assign(iteration)
        assert float(model.penalty(real, real, batch())) == pytest.approx(factor * 2.0 / 2 * r1, rel=1e-4), iteration


def test_penalties_add_up():
    model = tiny(gp_weight=10.0, r1_gamma=2.0)
    real, fake = tf.constant(PICTURES), tf.constant(PICTURES)
    # Between a picture and itself there is only the picture.
    gap = penalties.gradient_penalty(score(model), model.discriminator, real, fake, keras.random.SeedGenerator(0))
    r1 = penalties.r1(score(model), model.discriminator, real)
    assert float(model.penalty(real, fake, batch())) == pytest.approx(10.0 * float(gap) + float(r1), rel=1e-4)


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_penalised_steps_are_finite_in_half_precision(precision):
    keras.config.set_dtype_policy(precision)
    try:
        model = tiny(loss="wasserstein", gp_weight=10.0, r1_gamma=1.0)
    finally:
        keras.config.set_dtype_policy("float32")
    for _ in range(2):
        logs = model.train_step({"image": tf.constant(PICTURES)})
    assert all(np.isfinite(float(logs[name])) for name in model.terms)
    assert all(np.isfinite(np.asarray(each)).all() for each in model.variables)


def mean_features(network, images):
    """Return the mean of what DCGAN's last dense layer reads."""
    before = next(layer for layer in network.layers if isinstance(layer, keras.layers.Flatten))
    read = keras.Model(network.input, before.output)
    return np.asarray(read({"image": images}, training=True)).mean(axis=0)


@pytest.mark.parametrize(("norm", "distance"), [("l2", np.square), ("l1", np.abs)])
def test_feature_matching_is_the_distance_of_mean_features(norm, distance):
    model = tiny(feature_matching=2.0, feature_norm=norm)
    drawn = tf.constant(PICTURES[::-1] * 0.5)
    model.draw = lambda batch: drawn
    gap = mean_features(model.discriminator, PICTURES) - mean_features(model.discriminator, drawn)
    assert float(model.generator_loss(batch())[0]) == pytest.approx(2.0 * distance(gap).mean(), rel=1e-4)
    assert distance(gap).mean() > 1e-5


@pytest.mark.parametrize("loss", ["non_saturating", "relativistic"])
def test_feature_matching_replaces_the_adversarial_loss_or_is_added_to_it(loss):
    drawn, values = tf.constant(PICTURES[::-1] * 0.5), {}
    for name, settings in {
        "adversarial": {},
        "features": {"feature_matching": 3000.0},
        "both": {"feature_matching": 3000.0, "feature_only": False},
    }.items():
        model = tiny(loss=loss, **settings)
        model.draw = lambda batch: drawn
        values[name] = float(model.generator_loss(batch())[0])
    assert values["both"] == pytest.approx(values["adversarial"] + values["features"], rel=1e-5)
    assert min(values.values()) > 0.01


def test_features_of_any_layer_can_be_matched():
    first, last = (tiny(feature_matching=1.0, feature_layer=name) for name in ("leaky_re_lu", "leaky_re_lu_2"))
    assert first.discriminator.output["features"].shape == (None, 16, 16, 4)
    assert last.discriminator.output["features"].shape == (None, 4, 4, 16)


def test_feature_matching_adds_no_weights_and_leaves_other_models_alone():
    plain, matching = tiny(), tiny(feature_matching=1.0)
    assert "features" not in plain.discriminator.output
    for one, other in zip(plain.variables, matching.variables, strict=True):
        assert one.name == other.name
        np.testing.assert_array_equal(one, other)
    # The discriminator plays as before, so its first step is the same.
    for model in (plain, matching):
        model.train_step(batch())
    for one, other in zip(plain.discriminator.weights, matching.discriminator.weights, strict=True):
        if "moving" not in one.name:
            np.testing.assert_array_equal(one, other)
    assert any(
        np.any(np.asarray(a) != b) for a, b in zip(plain.generator.weights, matching.generator.weights, strict=True)
    )


@pytest.mark.parametrize("name", ["gan", "dcgan", "facegan", "cgan", "acgan"])
@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_every_gan_can_match_features(name, precision):
    keras.config.set_dtype_policy(precision)
    try:
        model = create_model(name, "tiny", seed=2, feature_matching=1.0, n_critic=2)
        model.compile({})
    finally:
        keras.config.set_dtype_policy("float32")
    images = np.resize(PICTURES, (8, *model.image_shape))
    columns = {"attributes": tf.constant(np.eye(8, 40, dtype="float32")), "label": tf.range(8)}
    before = [np.array(each) for each in model.generator.trainable_variables]
    data = {"image": tf.constant(images), **{key: columns[key] for key in model.reads if key != "image"}}
    # In half precision the first steps may only halve the loss scale.
    for _ in range(1 if precision == "float32" else 6):
        logs = model.train_step(data)
        assert all(np.isfinite(float(logs[term])) for term in model.terms)
    # Every weight has a gradient.
    moved = [np.any(a != np.asarray(b)) for a, b in zip(before, model.generator.trainable_variables, strict=True)]
    assert all(moved)


def test_a_misspelt_feature_layer_is_refused():
    with pytest.raises(UserError, match="The discriminator has no layer `leaky_relu_2`. Did you mean `leaky_re_lu_2`"):
        tiny(feature_matching=1.0, feature_layer="leaky_relu_2")
    with pytest.raises(UserError, match="model.feature_norm `l3` is unknown"):
        tiny(feature_matching=1.0, feature_norm="l3")


def test_scores_are_mean_probabilities():
    model = tiny()
    _, terms = model.discriminator_loss(batch())
    logits = np.asarray(score(model)(tf.constant(PICTURES)))
    assert float(terms["real_score"]) == pytest.approx(np.mean(1 / (1 + np.exp(-logits))), rel=1e-4)


def test_one_named_optimizer_per_network_and_nothing_else():
    model = tiny({"learning_rate": 1e-3, "discriminator": {"learning_rate": 4e-3}}, ema_decay=0.0)
    assert [each.name for each in model.optimizers.values()] == ["generator_optimizer", "discriminator_optimizer"]
    rates = {name: float(each.learning_rate) for name, each in model.optimizers.items()}
    assert rates == pytest.approx({"generator": 1e-3, "discriminator": 4e-3})
    assert not any("optimizer" in each.path for each in model.variables)


def test_a_saved_model_is_the_same_model(tmp_path):
    model = tiny(ema_decay=0.9)
    model.train_step({"image": tf.constant(PICTURES)})
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded) is type(model) and loaded.get_config() == model.get_config()
    np.testing.assert_array_equal(loaded.generate(3, seed=1), model.generate(3, seed=1))


def test_every_gan_takes_the_settings_of_the_game_and_says_them_in_its_config():
    for name in ("gan", "dcgan", "facegan", "lsgan"):
        model = create_model(name, "tiny", n_critic=2, ema_decay=0.25)
        assert model.game == Game(n_critic=2, ema_decay=0.25) and model.batches_per_step == 2
        assert model.get_config()["n_critic"] == 2 and "game" not in model.get_config()


def test_no_paper_is_a_subclass_of_another():
    bases = {ZooModel, LatentModel, GAN}
    classes = {MODELS.get(name) for name in MODELS.names()}
    for cls in classes:
        assert not classes & set(cls.__mro__[1:]), f"{cls.__name__} is built on another paper"
    assert GAN.__mro__[1:3] == (LatentModel, ZooModel)
    assert all(issubclass(base, ZooModel) for base in bases)


def test_the_means_of_an_epoch_are_its_logs():
    model, steps = tiny(), []
    step = model.train_step

    def watched(data):
        logs = step(data)
        steps.append(logs)
        return logs

    first = {name: float(value) for name, value in watched(batch()).items()}
    second = {name: float(value) for name, value in watched(batch(PICTURES[::-1])).items()}
    model.reset_metrics()
    assert first["d_loss"] != second["d_loss"]
    twin = tiny()
    twin.train_step(batch())
    twin.reset_metrics()
    alone = {name: float(value) for name, value in twin.train_step(batch(PICTURES[::-1])).items()}
    for name in model.terms:
        assert second[name] == pytest.approx((first[name] + alone[name]) / 2, rel=1e-4)
