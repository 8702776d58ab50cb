"""GLO: a code per picture, moved by its own batches alone, within the unit ball; samples from a Gaussian of them."""

import keras
import numpy as np
import pytest
from keras import ops
from sklearn.decomposition import PCA

from keras_facegan import create_model, load_model, train
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.errors import UserError
from keras_facegan.latent.inversion import invert
from keras_facegan.loading import load_networks
from keras_facegan.losses.laplacian_pyramid import laplacian_distance
from keras_facegan.models.glo import principal_components
from keras_facegan.weights import load_inference_weights, save_inference_weights


def glo(**arguments):
    return create_model("glo", "tiny", seed=0, **arguments)


def compiled(**arguments):
    model = glo(**arguments)
    model.compile()
    return model


def batch(index, seed=0):
    images = np.random.default_rng(seed).uniform(-1, 1, (len(index), 32, 32, 3)).astype("float32")
    return {"image": ops.convert_to_tensor(images), "index": ops.convert_to_tensor(np.asarray(index, "int64"))}


@pytest.fixture(scope="module")
def examples():
    return open_dataset("drawn_faces", image_shape=(32, 32, 3), size=256)


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_only_the_codes_of_the_batch_move(precision):
    before_policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        model = compiled()
    finally:
        keras.config.set_dtype_policy(before_policy)
    before = np.asarray(model.table).copy()
    for step in range(3):
        model.train_step(batch([3, 50, 7, 255], seed=step))
    moved = np.flatnonzero((np.asarray(model.table) != before).any(axis=1))
    np.testing.assert_array_equal(moved, [3, 7, 50, 255])


def test_codes_of_the_batch_return_into_the_ball_and_inner_ones_keep_their_length():
    model = compiled(ema_decay=0.0)
    model.compile(
        {"generator": {"name": "sgd", "learning_rate": 1e-6}, "codes": {"name": "sgd", "learning_rate": 1e-3}}
    )
    start = 5.0 * np.eye(8, dtype="float32")[[0, 1, 2, 3]]
    start[1] *= 0.04
    model.table.assign(np.concatenate([start, np.asarray(model.table)[4:]]))
    model.train_step(batch([0, 1, 2]))
    lengths = np.linalg.norm(np.asarray(model.table)[:4], axis=1)
    np.testing.assert_allclose(lengths, [1.0, 0.2, 1.0, 5.0], atol=1e-2)


@pytest.mark.parametrize("loss", ["laplacian", "mse"])
def test_the_loss_is_that_of_the_pictures_of_the_codes(loss):
    model = compiled(loss=loss)
    data = batch([0, 1, 2, 3])
    drawn = np.asarray(model.generator(model.codes({"index": data["index"]}), training=True)["images"])
    # The call above has moved the statistics of BatchNorm, which training does not read.
    images = np.asarray(data["image"])
    expected = np.square(drawn - images).mean() if loss == "mse" else np.mean(laplacian_distance(drawn, images))
    assert float(model.train_step(data)["loss"]) == pytest.approx(float(expected), rel=1e-4)


def test_codes_begin_as_principal_components_in_the_ball(examples):
    model = compiled()
    model.adapt(examples)
    pixels = to_float(examples.images).reshape(256, -1)
    expected = PCA(8, svd_solver="full").fit_transform(pixels)
    expected /= np.maximum(np.linalg.norm(expected, axis=1, keepdims=True), 1.0)
    found = np.asarray(model.table)
    # The sign of a component is free.
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found, expected * signs, atol=0.02)
    assert np.linalg.norm(found, axis=1).max() <= 1.0 + 1e-6


def test_components_of_large_pictures_are_those_of_their_means():
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (40, 32, 32, 3)).astype("uint8")
    large = small.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_allclose(principal_components(large, 5), principal_components(small, 5), atol=1e-3)


def test_new_codes_have_the_mean_and_the_covariance_of_the_codes():
    model = compiled()
    rng = np.random.default_rng(0)
    codes = (rng.normal(size=(256, 8)) @ rng.normal(0, 0.02, (8, 8)) + 0.1).astype("float32")
    model.table.assign(codes)
    model.prior.fit_to(model.table)
    drawn = model.sample_latents(20_000, seed=0)
    np.testing.assert_allclose(drawn.mean(axis=0), codes.mean(axis=0), atol=3e-3)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(codes.T, bias=True), atol=3e-4)
    assert np.abs(np.cov(codes.T) - np.diag(np.diag(np.cov(codes.T)))).max() > 1e-3
    np.testing.assert_array_equal(model.sample_latents(3, seed=0), drawn[:3])


def test_new_codes_lie_in_the_ball():
    model = compiled()
    model.prior.factor.assign(10.0 * np.eye(8))
    assert np.linalg.norm(model.sample_latents(100), axis=1).max() <= 1.0 + 1e-6


def test_a_step_fits_the_gaussian_to_all_codes():
    model = compiled()
    model.train_step(batch([0, 1]))
    np.testing.assert_allclose(model.prior.mean, np.asarray(model.table).mean(axis=0), atol=1e-6)
    factor = np.asarray(model.prior.factor)
    np.testing.assert_allclose(factor @ factor.T, np.cov(np.asarray(model.table).T, bias=True), atol=1e-5)


def test_other_optimizers_than_plain_sgd_are_refused_for_codes():
    for table in ({"name": "adam"}, {"name": "sgd", "learning_rate": 1.0, "momentum": 0.9}):
        with pytest.raises(UserError, match="train.optimizer.codes must be SGD without momentum"):
            glo().compile({"generator": {"name": "adam", "learning_rate": 1e-3}, "codes": table})


def test_another_number_of_pictures_is_refused_with_the_number_to_set(examples):
    with pytest.raises(UserError, match="256 pictures, 255 codes. Set model.num_codes to 256"):
        glo(num_codes=255).check_examples(examples)


@pytest.mark.parametrize("number", [256, -1])
def test_a_picture_without_a_code_is_refused(number):
    model = compiled()
    with pytest.raises(UserError, match=f"Picture {number} has no code: glo knows the training pictures 0 to 255"):
        model.codes_of([0, number])
    with pytest.raises(UserError, match=f"Picture {number} has no code"):
        model.evaluate(batch([0, number]))


def test_more_components_than_pictures_are_refused():
    with pytest.raises(UserError, match="must be at least model.latent_dim"):
        glo(num_codes=7)
    assert glo(num_codes=7, start="normal").num_codes == 7


def test_weights_hold_no_codes_and_draw_the_same(tmp_path):
    model, other = compiled(), glo()
    model.train_step(batch([0, 1]))
    save_inference_weights(model, tmp_path / "model.weights.h5")
    load_inference_weights(other, tmp_path / "model.weights.h5")
    with pytest.raises(
        UserError, match="hold no codes of pictures.*load the run with keras_facegan.loading.load_networks"
    ):
        other.codes_of([0])
    np.testing.assert_allclose(other.sample_latents(4), model.sample_latents(4), atol=2e-3)
    assert (tmp_path / "model.weights.h5").stat().st_size < 2 * sum(
        np.prod(w.shape) for w in model.generator.weights
    ) + 20_000


def test_a_run_learns_its_pictures_and_finds_the_codes_of_others(tmp_path, examples):
    changes = {"train.steps": 40, "train.checkpoint_every": 40, "data.size": 64, "model.num_codes": 64}
    run = train("glo", "tiny", run_dir=tmp_path / "run", changes=changes, report=lambda line: None)
    losses = run.history["loss"]
    assert losses[-1] < 0.8 * losses[0]
    assert run.model.codes_of([0, 63]).shape == (2, 8)
    codes = load_networks(str(tmp_path / "run")).codes_of([0, 63])
    np.testing.assert_array_equal(codes, run.model.codes_of([0, 63]))
    loaded = load_model(str(tmp_path / "run"))
    found = invert(loaded, to_float(examples.images[100:102]), steps=20, learning_rate=0.05, restarts=1)
    assert (found.losses < found.curves[:, 0]).all()
