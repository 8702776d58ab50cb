"""The layers of a flow: they undo themselves, and their log-determinants are those of brute-force Jacobians."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.layers.act_norm import ActNorm, starting
from keras_facegan.layers.coupling import Coupling
from keras_facegan.layers.edge_convolution import EdgeConv2D
from keras_facegan.layers.invertible_convolution import InvertibleConv2D
from keras_facegan.layers.learned_prior import SplitPrior, TopPrior
from keras_facegan.layers.squeeze import Squeeze
from keras_facegan.layers.zero_convolution import ZeroConv2D

SHAPE = (4, 4, 6)


@pytest.fixture(autouse=True)
def _seed():
    keras.utils.set_random_seed(0)


def pictures(n=3, shape=SHAPE, seed=0):
    return np.random.default_rng(seed).normal(size=(n, *shape)).astype("float32")


def shaken(layer, shape=SHAPE, scale=0.2):
    """Build a layer and move all its weights, so that nothing is zero or one."""
    layer(pictures(1, shape))
    rng = np.random.default_rng(1)
    for weight in layer.trainable_weights:
        weight.assign(np.asarray(weight) + rng.normal(0, scale, weight.shape))
    return layer


LAYERS = {
    "actnorm": ActNorm,
    "convolution": InvertibleConv2D,
    "factored": lambda: InvertibleConv2D(factored=True),
    "affine": lambda: Coupling(8),
    "additive": lambda: Coupling(8, affine=False),
}


def log_det_by_brute_force(layer, picture):
    x = tf.constant(picture[None])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reshape(layer(x)[0], [-1])
    jacobian = tape.jacobian(y, x).numpy().reshape(len(y), -1)
    return np.linalg.slogdet(jacobian.astype("float64"))[1]


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_undoes_itself_and_gives_its_log_determinant(name):
    layer, x = shaken(LAYERS[name]()), pictures()
    y, log_det = layer(x)
    assert np.abs(np.asarray(y) - x).max() > 0.1
    np.testing.assert_allclose(layer(y, inverse=True), x, atol=1e-5)
    expected = [log_det_by_brute_force(layer, each) for each in x]
    assert name == "additive" or np.abs(expected).max() > 0.5
    np.testing.assert_allclose(log_det, expected, atol=1e-4)


@pytest.mark.parametrize("factored", [False, True])
def test_a_convolution_begins_as_a_rotation(factored):
    layer = InvertibleConv2D(factored)
    layer(pictures())
    matrix = np.asarray(layer.matrix())
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(6), atol=1e-5)
    assert np.abs(matrix - np.eye(6)).max() > 0.1


def test_factors_are_the_triangles_of_one_matrix():
    layer = shaken(InvertibleConv2D(factored=True))
    # What lies outside the triangles is not read.
    before = np.asarray(layer.matrix())
    layer.lower.assign(np.asarray(layer.lower) + np.triu(np.ones((6, 6))))
    layer.upper.assign(np.asarray(layer.upper) + np.tril(np.ones((6, 6))))
    np.testing.assert_array_equal(layer.matrix(), before)
    log_det = np.linalg.slogdet(before.astype("float64"))[1]
    assert float(np.sum(layer.log_diagonal)) == pytest.approx(log_det, abs=1e-5)


def test_activations_start_with_mean_0_and_variance_1_once():
    layer = ActNorm()
    x = 3.0 * pictures(64) + np.arange(6, dtype="float32")
    network = keras.Sequential([keras.Input(SHAPE), keras.layers.Lambda(lambda x: x), layer])
    with starting(network) as fresh:
        y = np.asarray(layer(x)[0])
    assert fresh == [layer] and layer.has_started()
    np.testing.assert_allclose(y.mean(axis=(0, 1, 2)), 0.0, atol=1e-5)
    np.testing.assert_allclose(y.var(axis=(0, 1, 2)), 1.0, atol=1e-4)
    with starting(network) as fresh:
        np.testing.assert_array_equal(layer(10.0 * x)[0], layer(10.0 * x)[0])
    assert fresh == []
    np.testing.assert_array_equal(layer(x)[0], y)


def test_scales_learn_three_times_as_fast():
    layer = ActNorm()
    layer(pictures())
    layer.log_scale.assign(np.full(6, np.log(2.0) / 3.0))
    y, log_det = layer(np.ones((1, *SHAPE), "float32"))
    np.testing.assert_allclose(y, 2.0, rtol=1e-6)
    np.testing.assert_allclose(log_det, 4 * 4 * 6 * np.log(2.0), rtol=1e-6)


def test_shift_and_scale_are_interleaved_channels():
    layer = Coupling(4)
    layer(pictures())
    last = layer.network.layers[-1]
    # Even channels shift by 10, 20, 30; odd ones give sigmoid(2 - 2) = 0.5.
    last.bias.assign([10.0, -2.0, 20.0, -2.0, 30.0, -2.0])
    x = np.ones((1, *SHAPE), "float32")
    y, log_det = layer(x)
    np.testing.assert_allclose(y[0, 0, 0], [1, 1, 1, 5.5, 10.5, 15.5], rtol=1e-6)
    np.testing.assert_allclose(log_det, 4 * 4 * 3 * np.log(0.5), rtol=1e-6)


def test_a_fresh_coupling_hardly_scales():
    y, log_det = Coupling(4)(x := pictures())
    np.testing.assert_allclose(y[..., 3:], x[..., 3:] / (1 + np.exp(-2.0)), rtol=1e-5)
    np.testing.assert_allclose(log_det, 48 * -np.log1p(np.exp(-2.0)), rtol=1e-5)


def test_squeezing_moves_blocks_of_places_into_channels_and_back():
    x = np.arange(16, dtype="float32").reshape(1, 4, 4, 1)
    y = Squeeze()(x)
    np.testing.assert_array_equal(y[0, 0, 0], [0, 1, 4, 5])
    np.testing.assert_array_equal(y[0, 1, 1], [10, 11, 14, 15])
    colour = pictures(shape=(4, 6, 3))
    np.testing.assert_array_equal(Squeeze()(Squeeze()(colour), inverse=True), colour)


def test_an_edge_convolution_tells_the_border_from_the_inside():
    layer = EdgeConv2D(1)
    layer(np.zeros((1, 4, 4, 2), "float32"))
    kernel = np.zeros((3, 3, 3, 1), "float32")
    kernel[:, :, -1] = 1.0
    layer.kernel.assign(kernel)
    y = np.asarray(layer(np.zeros((2, 4, 4, 2), "float32")))[1, ..., 0]
    # As many of the nine places lie beyond the border.
    np.testing.assert_array_equal(y, [[5, 3, 3, 5], [3, 0, 0, 3], [3, 0, 0, 3], [5, 3, 3, 5]])


def test_the_rest_of_an_edge_convolution_is_a_convolution():
    layer, x = shaken(EdgeConv2D(5)), pictures()
    kernel = np.asarray(layer.kernel)
    padded = np.pad(np.concatenate([x, np.zeros((3, 4, 4, 1))], -1), ((0, 0), (1, 1), (1, 1), (0, 0)))
    padded[:, [0, -1], :, -1] = padded[:, :, [0, -1], -1] = 1.0
    expected = tf.nn.conv2d(padded.astype("float32"), kernel, 1, "VALID")
    np.testing.assert_allclose(layer(x), expected, atol=1e-5)


def test_a_zero_convolution_begins_as_zero():
    layer = ZeroConv2D(5)
    assert np.abs(layer(pictures())).max() == 0.0
    layer.bias.assign(np.full(5, 2.0))
    layer.log_scale.assign(np.full(5, np.log(3.0) / 3.0))
    np.testing.assert_allclose(layer(pictures()), 6.0, rtol=1e-6)


def test_priors_give_standard_codes_and_take_them_back():
    split, top, x = shaken(SplitPrior()), shaken(TopPrior()), pictures()
    kept, codes, log_det = split(x)
    assert codes.shape == (3, 48) and split.num_codes == 48
    moments = np.asarray(split.prior(x[..., :3]))
    expected = (x[..., 3:] - moments[..., 0::2]) * np.exp(-moments[..., 1::2])
    np.testing.assert_allclose(codes, expected.reshape(3, -1), rtol=1e-5)
    np.testing.assert_allclose(log_det, -moments[..., 1::2].sum(axis=(1, 2, 3)), rtol=1e-4)
    np.testing.assert_allclose(split([kept, codes], inverse=True), x, atol=1e-5)

    codes, log_det = top(x)
    assert codes.shape == (3, 96) and np.ptp(log_det) == 0.0 and abs(float(log_det[0])) > 0.1
    np.testing.assert_allclose(top(codes, inverse=True), x, atol=1e-5)
