"""Age-cGAN: counts of the sheet, loss of the encoder, search within bounds, both ways, stages, collapse, bad input."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import create_model, train
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.errors import UserError
from keras_facegan.loading import load_model
from keras_facegan.models.age_cgan import BOUND
from tests import contract

SIDE = 32


def tiny(**settings):
    return create_model("age_cgan", "tiny", seed=0, **settings)


@functools.cache
def lively():
    """A tiny model whose generator draws a face of its own for every code and group."""
    model = tiny(iterations=20)
    rng = np.random.default_rng(0)
    for network in (model.generator, model.encoder):
        for each in network.trainable_variables + network.non_trainable_variables:
            if each.name == "kernel":
                each.assign(rng.normal(0, np.sqrt(2 / np.prod(each.shape[:-1])), each.shape))
    return model


def faces(count):
    examples = open_dataset("drawn_faces", "train", image_shape=(SIDE, SIDE, 3), size=count)
    return 0.9 * (examples.images[:].astype("float32") / 127.5 - 1.0)


def drawn(codes, groups):
    inputs = {"latents": codes.astype("float32"), "age_group": np.asarray(groups, "int32")}
    return np.asarray(lively().generator(inputs, training=False)["images"])


def count(network):
    kernels = [each for each in network.weights if "moving" not in each.name and "seed" not in each.path]
    return sum(int(np.prod(each.shape)) for each in kernels)


def test_parameters_are_those_of_the_sheet():
    first, model = create_model("cgan", "paper_ages_64"), create_model("age_cgan", "paper_64")
    assert (count(first.generator), count(first.discriminator)) == (5_184_515, 4_335_745)
    assert (count(model.generator), count(model.encoder)) == (5_184_515, 18_278_180)
    assert not model.generator.trainable_variables


def test_the_small_preset_fits_its_file():
    model = create_model("age_cgan", "utkface_64")
    values = [int(np.prod(each.shape)) for each in (*model.generator.weights, *model.encoder.weights)]
    assert 1_400_000 < 2 * sum(values) < 1_500_000


def test_the_first_stage_and_the_encoder_of_every_preset_have_one_generator():
    for first, whole in (("drawn_ages_32", "default"), ("utkface_ages_64", "utkface_64"), ("tiny_ages", "tiny")):
        one, two = create_model("cgan", first), create_model("age_cgan", whole)
        assert [each.shape for each in one.generator.weights] == [each.shape for each in two.generator.weights]


def test_the_loss_of_the_encoder_is_the_squared_error_of_the_codes_drawn():
    model = tiny()
    model.compile({"name": "sgd", "learning_rate": 1e-6})
    seen, draw = [], model.prior.draw
    model.prior.draw = lambda *args: seen.append(draw(*args)) or seen[-1]
    model.encoder.layers[-1].dtype_policy = "float32"
    bias = model.encoder.layers[-2].bias
    model.encoder.layers[-2].kernel.assign(0 * model.encoder.layers[-2].kernel)
    bias.assign(np.arange(8) / 10)
    logs = model.train_step({"image": tf.zeros((16, SIDE, SIDE, 3))})
    codes = np.asarray(seen[0])
    assert codes.shape == (16, 8)
    np.testing.assert_allclose(logs["code_loss"], np.square(codes - np.arange(8) / 10).mean(), rtol=1e-4)


def test_training_lowers_the_loss_and_leaves_the_generator_alone():
    model = tiny()
    model.generator.set_weights(lively().generator.get_weights())
    before = [np.asarray(each).copy() for each in model.generator.weights]
    model.compile({"name": "adam", "learning_rate": 3e-3})
    data = {"image": tf.zeros((32, SIDE, SIDE, 3))}
    step, losses = tf.function(model.train_step), []
    for _ in range(60):
        losses.append(float(step(data)["code_loss"]))
        model.reset_metrics()
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:5])
    for old, new in zip(before, model.generator.weights, strict=True):
        np.testing.assert_array_equal(old, np.asarray(new))


def test_the_search_of_pixels_finds_the_code_of_a_drawn_face():
    model, groups = lively(), [0, 3, 5]
    codes = np.random.default_rng(1).normal(size=(3, 8)).clip(-2, 2)
    images = drawn(codes, groups)
    initial = np.square(model.reconstruct(images, groups, "initial") - images).mean(axis=(1, 2, 3))
    searched = np.square(model.reconstruct(images, groups, "pixel") - images).mean(axis=(1, 2, 3))
    assert (searched < 0.3 * initial).all()


def test_every_search_lowers_its_own_loss_within_the_bounds():
    model, groups, images = lively(), np.array([1, 4]), faces(2)
    start = np.clip(model.find_codes(images, groups, "initial"), -BOUND, BOUND)
    for mode in ("pixel", "identity", "mixed"):
        found = model.find_codes(images, groups, mode)
        assert np.abs(found).max() <= BOUND
        loss, targets = model._losses[mode], model._targets(mode, images)
        before, after = (loss(codes, *targets, groups.astype("int32"))[0] for codes in (start, found))
        assert (after < before).all(), mode


def test_the_identity_of_a_search_is_that_of_the_embeddings():
    model, groups, images = lively(), np.array([2, 2], "int32"), faces(2)
    codes = np.zeros((2, 8), "float32")
    model.find_codes(images, groups, "identity")
    targets, people = model._targets("identity", images)
    losses, gradients = model._losses["identity"](codes, targets, people, groups)
    embed = create_model("facenet", "tiny", seed=0).embedder
    seen, drawn_ = (np.asarray(embed({"image": x})["embedding"]) for x in (images, drawn(codes, groups)))
    np.testing.assert_allclose(losses, np.square(seen - drawn_).sum(axis=1), rtol=1e-4)
    # Two-sided differences along the gradient itself.
    step = 1e-2 * gradients / np.linalg.norm(gradients, axis=1, keepdims=True)
    ahead, behind = (model._losses["identity"](codes + s, targets, people, groups)[0] for s in (step, -step))
    np.testing.assert_allclose((ahead - behind) / 2e-2, np.linalg.norm(gradients, axis=1), rtol=0.05)


def test_faces_are_drawn_of_one_code_in_every_group_and_stay_in_their_own():
    model, images = lively(), faces(2)
    own = np.array([1, 4])
    codes = model.find_codes(images, own, "initial")
    path = model.age_path(images, own, mode="initial")
    assert path.shape == (2, 6, SIDE, SIDE, 3)
    np.testing.assert_array_equal(path[[0, 1], own], images)
    for group in (0, 2, 3, 5):
        np.testing.assert_allclose(path[:, group], drawn(codes, [group, group]), atol=1e-5)


def test_faces_grow_older_and_younger():
    model, images = tiny(mode="initial"), faces(2)
    model.generator.set_weights(lively().generator.get_weights())
    path = model.age_path(images, 3)
    for target in range(6):
        np.testing.assert_allclose(model.age(images, target, 3), path[:, target], atol=1e-5)
    np.testing.assert_array_equal(model.age(images, to=[10.0, 80.0], source_group=3), path[[0, 1], [0, 5]])


def test_a_generator_that_draws_one_face_is_named():
    model = tiny()
    assert "the generator of stage 1 gives every code the same face" in model.diagnose({"variety": 0.01})
    assert model.diagnose({"variety": 0.2}) is None
    # Cut the codes off: what is left depends on the group alone.
    first = next(each for each in model.generator.weights if each.name == "kernel")
    first.assign(np.where(np.arange(14)[:, None] < 8, 0.0, np.asarray(first)))
    model.compile({"name": "sgd", "learning_rate": 1e-6})
    logs = model.train_step({"image": tf.zeros((4, SIDE, SIDE, 3))})
    assert float(logs["variety"]) < 1e-6 and model.diagnose(logs)


def test_stages_train_one_after_the_other(tmp_path, monkeypatch):
    small = {
        "train.steps": 2,
        "train.batch_size": 8,
        "data.size": 64,
        "train.log_every": 1,
        "train.checkpoint_every": 2,
    }
    small |= {"train.sample_every": 2, "model.filters": 4, "model.latent_dim": 8}
    changes = {f"{stage}.{key}": value for stage in (1, 2) for key, value in small.items()}
    changes |= {"2.model.encoder_filters": 4, "2.model.hidden": 16}
    ended = train("age_cgan", "default", run_dir=tmp_path / "run", changes=changes, report=lambda line: None)
    assert ended.directory.name == "2-drawn_encoder"
    first, loaded = load_model(tmp_path / "run" / "1-drawn_ages"), load_model(tmp_path / "run")
    for a, b in zip(first.network("generator").get_weights(), loaded.generator.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert np.ptp(loaded.group_ages.means) > 20


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"filters": 6}, r"cgan:tiny_ages has model.filters = 4, expected 6 for this model"),
        ({"age_groups": (18, 29, 39, 49, 60)}, r"model.age_groups = \[18, 29, 39, 49, 59\], expected"),
        ({"generator": "cgan:tiny"}, "model.condition = attributes, expected age_groups"),
        ({"generator": "stage:1"}, "`stage:1` is the cgan of an earlier stage"),
    ],
)
def test_a_generator_that_does_not_fit_is_refused(settings, message):
    plan = contract.tiny("age_cgan")
    examples = open_dataset("drawn_faces", "train", image_shape=(SIDE, SIDE, 3), reads=("image", "age"), size=128)
    assert plan.data["dataset"] == "drawn_faces"
    with pytest.raises(UserError, match=message):
        tiny(**settings).adapt(examples)


def test_wrong_arguments_are_named():
    model, images = tiny(), faces(2)
    with pytest.raises(UserError, match="mode must be one of initial, pixel, identity, mixed, got `pixels`"):
        model.find_codes(images, 0, "pixels")
    with pytest.raises(UserError, match="source_group must be 0 to 5"):
        model.reconstruct(images, 6)
    with pytest.raises(UserError, match=r"images must be \(n, 32, 32, 3\)"):
        model.find_codes(images[:, ::2, ::2], 0)
    with pytest.raises(UserError, match="takes no gender"):
        model.age_path(images, 0, gender=1)
    with pytest.raises(UserError, match="model.mode"):
        tiny(mode="pixels")
