"""Moving averages of weights and BatchNorm statistics against NumPy."""

import keras
import numpy as np
import pytest

from keras_facegan.networks.ema import average_towards, averaged_copy


@pytest.fixture
def network():
    x = keras.Input((3,))
    network = keras.Model(x, keras.layers.BatchNormalization()(keras.layers.Dense(2)(x)))
    network.set_weights([np.random.default_rng(0).normal(size=v.shape) for v in network.get_weights()])
    return network


def test_copy_has_the_values_but_not_the_variables(network):
    copy = averaged_copy(network)
    for mine, theirs in zip(copy.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert copy.trainable_variables == []
    assert not {id(each) for each in copy.variables} & {id(each) for each in network.variables}


@pytest.mark.parametrize("decay", [0.0, 0.3, 0.999])
def test_average_follows_weights_and_statistics_with_a_warm_up(network, decay):
    copy = averaged_copy(network)
    expected = [value.astype("float64") for value in copy.get_weights()]
    assert len(expected) == 6
    rng = np.random.default_rng(1)
    for t in range(1, 30):
        network.set_weights([rng.normal(size=v.shape) for v in network.get_weights()])
        average_towards(copy, network, decay, np.int64(t))
        d = min(decay, (1 + t) / (10 + t))
        expected = [d * a + (1 - d) * w for a, w in zip(expected, network.get_weights(), strict=True)]
    for found, value in zip(copy.get_weights(), expected, strict=True):
        np.testing.assert_allclose(found, value, rtol=1e-4, atol=1e-5)


def test_average_of_a_resting_network_rests(network):
    copy = averaged_copy(network)
    average_towards(copy, network, 0.9, 5)
    for mine, theirs in zip(copy.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
