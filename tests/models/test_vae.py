"""VAE: the sheet's parameter counts, the loss, and its bound against likelihoods that are known exactly."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_facegan import create_model
from keras_facegan.errors import UserError

RNG = np.random.default_rng(0)


def parameters(network):
    return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)


def test_networks_have_the_parameters_of_the_sheet():
    model = create_model("vae", "mnist_28")
    assert parameters(model.encoder) + parameters(model.decoder) == 652_824
    # The learned standard deviation comes on top of the decoder of the sheet.
    model = create_model("vae", "celeba_64")
    assert [parameters(model.encoder), parameters(model.decoder)] == [35_112_768, 4_693_155 + 1]
    assert parameters(create_model("vae", "celeba_64", hidden=1024).encoder) == 18_071_360


def test_the_loss_is_the_negative_bound():
    model = create_model("vae", "tiny", beta=1.0)
    model.compile({"name": "sgd", "learning_rate": 1e-9})
    images = RNG.uniform(-1, 1, (64, 16, 16, 3)).astype("float32")
    means = np.mean([list(model.train_step({"image": ops.convert_to_tensor(images)}).values())[0] for _ in range(1)])
    # One code per picture, drawn differently on both sides, with normalisation by the batch and not by moving means.
    assert float(means) == pytest.approx(-model.log_prob(images, samples=1).mean(), rel=0.2)


def test_beta_weighs_the_divergence():
    images = {"image": ops.convert_to_tensor(RNG.uniform(-1, 1, (4, 16, 16, 3)).astype("float32"))}
    for beta in (0.0, 3.0):
        model = create_model("vae", "tiny", beta=beta, seed=0)
        model.compile({})
        logs = {name: float(value) for name, value in model.train_step(images).items()}
        assert logs["divergence"] > 0
        assert logs["loss"] == pytest.approx(logs["reconstruction_loss"] + beta * logs["divergence"], rel=1e-5)


class Linear:
    """A model whose likelihood is known: z ~ N(0, 1), x = W z + b with noise of deviation sigma."""

    def __init__(self, sigma=0.6, exact=False):
        self.model = create_model(
            "vae", image_shape=[1, 3, 1], likelihood="gaussian", sigma=sigma, hidden=4, latent_dim=2
        )
        self.weights, self.bias = RNG.normal(0, 0.4, (3, 2)), np.array([0.1, -0.2, 0.0])
        self.sigma = sigma
        latents = keras.Input((2,), name="latents")
        x = keras.layers.Dense(3, name="linear")(latents)
        images = keras.layers.Reshape((1, 3, 1), dtype="float32")(x)
        self.model.decoder = keras.Model({"latents": latents}, {"images": images}, name="decoder")
        self.model.decoder.get_layer("linear").set_weights([self.weights.T, self.bias])
        covariance = np.linalg.inv(np.eye(2) + self.weights.T @ self.weights / sigma**2)
        image = keras.Input((1, 3, 1), name="image")
        flat = keras.layers.Flatten()(image)
        mean = keras.layers.Dense(2, name="mean")(flat)
        # A diagonal distribution, wrong wherever the true one is not.
        log_variance = keras.layers.Dense(2, name="spread")(flat)
        self.model.encoder = keras.Model({"image": image}, {"mean": mean, "log_variance": log_variance}, name="encoder")
        back = covariance @ self.weights.T / sigma**2
        self.model.encoder.get_layer("mean").set_weights([back.T, -back @ self.bias])
        self.model.encoder.get_layer("spread").set_weights([np.zeros((3, 2)), np.log(np.diag(covariance)) + 0.3])

    def exact(self, images):
        covariance = self.weights @ self.weights.T + self.sigma**2 * np.eye(3)
        return stats.multivariate_normal.logpdf(images.reshape(-1, 3), self.bias, covariance)


def test_the_bound_is_below_the_weighted_one_and_that_below_the_likelihood():
    linear, images = Linear(), RNG.uniform(-1, 1, (200, 1, 3, 1)).astype("float32")
    exact = linear.exact(images).mean()
    one, ten, many = (linear.model.log_prob(images, samples=count).mean() for count in (1, 10, 1000))
    assert one < ten < many
    assert one < exact - 0.02
    assert many == pytest.approx(exact, abs=0.02)


def test_the_likelihood_of_a_picture_depends_on_the_picture_and_the_seed_alone():
    model = create_model("vae", "mnist_28", seed=1)
    images = np.where(RNG.random((70, 28, 28, 1)) < 0.2, 1.0, -1.0).astype("float32")
    values = model.log_prob(images, samples=3)
    assert values.shape == (70,) and values.dtype == np.float32
    np.testing.assert_array_equal(model.log_prob(images[::-1], samples=3), values[::-1])
    np.testing.assert_array_equal(model.log_prob(images[5:6], samples=3), values[5:6])
    assert (model.log_prob(images, samples=3, seed=1) != values).all()
    assert model.log_prob(images[:0]).shape == (0,)


def test_grey_pictures_have_no_probability_under_a_bernoulli_likelihood():
    model = create_model("vae", "mnist_28")
    with pytest.raises(UserError, match="binary_mnist"):
        model.log_prob(np.zeros((1, 28, 28, 1), "float32"))


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((1, 20, 20, 3), "float32"), r"must be \(n, 16, 16, 3\), got \(1, 20, 20, 3\)"),
        (np.full((1, 16, 16, 3), 3.0, "float32"), r"in \[-1, 1\]"),
    ],
)
def test_other_pictures_are_refused(images, message):
    model = create_model("vae", "tiny")
    for method in (model.encode, model.rebuild, model.log_prob):
        with pytest.raises(UserError, match=message):
            method(images)
    with pytest.raises(UserError, match="samples must be 1 or more, got 0"):
        model.log_prob(np.zeros((1, 16, 16, 3), "float32"), samples=0)


def test_rebuilt_pictures_are_drawn_from_codes():
    model = create_model("vae", "tiny")
    images = RNG.uniform(-1, 1, (5, 16, 16, 3)).astype("float32")
    codes = model.encode(images)
    assert codes.shape == (5, 8) and codes.dtype == np.float32
    np.testing.assert_array_equal(model.rebuild(images), model.decode(codes))


def test_a_side_that_cannot_be_halved_three_times_is_refused():
    with pytest.raises(UserError, match="side a multiple of 8"):
        create_model("vae", "tiny", image_shape=[28, 28, 1])
