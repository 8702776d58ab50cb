"""Weights of a fixed length, set from data; the logit of "real" of a softmax over K + 1 scores."""

import keras
import numpy as np
import pytest

from keras_facegan.layers.real_logit import RealLogit
from keras_facegan.layers.weight_norm import WeightNormDense

X = np.random.default_rng(0).normal(2.0, 3.0, (200, 6)).astype("float32")


@pytest.fixture
def dense():
    layer = WeightNormDense(4, kernel_initializer="random_normal")
    layer.build((None, 6))
    return layer


def test_it_is_a_dense_layer_whose_columns_have_the_length_scale(dense):
    kernel = np.asarray(dense.kernel)
    dense.scale.assign([1.0, 2.0, 3.0, 4.0])
    dense.bias.assign([0.0, 1.0, 0.0, -1.0])
    unit = kernel / np.linalg.norm(kernel, axis=0)
    np.testing.assert_allclose(dense(X), X @ (unit * [1, 2, 3, 4]) + [0, 1, 0, -1], rtol=1e-4, atol=1e-5)


def test_longer_weights_change_nothing(dense):
    before = np.asarray(dense(X))
    dense.kernel.assign(7.0 * dense.kernel)
    np.testing.assert_allclose(dense(X), before, rtol=1e-4, atol=1e-5)


def test_only_direction_and_bias_are_trained(dense):
    assert [each.name for each in dense.trainable_weights] == ["kernel", "bias"]
    assert [each.name for each in dense.non_trainable_weights] == ["scale"]


def test_standardised_units_have_mean_0_and_variance_1(dense):
    assert np.abs(np.asarray(dense(X)).mean(axis=0)).max() > 0.1
    dense.standardise(X)
    y = np.asarray(dense(X))
    np.testing.assert_allclose(y.mean(axis=0), 0.0, atol=1e-4)
    np.testing.assert_allclose(y.var(axis=0), 1.0, rtol=1e-3)


def test_the_activation_comes_last():
    layer = WeightNormDense(4, "relu")
    assert np.asarray(layer(X)).min() == 0.0 and np.asarray(layer(X)).max() > 0.0


def test_a_saved_layer_is_the_same_layer(dense, tmp_path):
    x = keras.Input((6,))
    model = keras.Model(x, dense(x))
    dense.standardise(X)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(X), model(X))


@pytest.mark.parametrize("generated", [None, [[0.5], [-2.0]]])
def test_the_sigmoid_of_the_real_logit_is_one_minus_the_last_probability(generated):
    scores = np.array([[1.0, 2.0, -1.0], [0.0, 0.0, 3.0]], "float32")
    last = np.zeros((2, 1)) if generated is None else np.array(generated)
    softmax = np.exp(np.concatenate([scores, last], axis=1))
    softmax /= softmax.sum(axis=1, keepdims=True)
    logits = RealLogit()([scores] if generated is None else [scores, last.astype("float32")])
    np.testing.assert_allclose(1 / (1 + np.exp(-np.asarray(logits))), 1 - softmax[:, -1:], rtol=1e-5)
