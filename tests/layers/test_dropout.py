"""Dropout: at work in training, and out of the way in a frozen network."""

import numpy as np

from keras_facegan.layers.dropout import Dropout


def test_it_drops_in_training_and_not_once_it_is_frozen():
    layer, x = Dropout(0.5, seed=0), np.ones((4, 1000), "float32")
    dropped = np.asarray(layer(x, training=True))
    # 4,000 throws, four standard deviations; what is kept is doubled.
    assert abs((dropped == 0).sum() - 2000) < 127 and set(np.unique(dropped)) == {0, 2}
    np.testing.assert_array_equal(layer(x, training=False), x)
    layer.trainable = False
    state = np.asarray(layer.seed_generator.state).copy()
    np.testing.assert_array_equal(layer(x, training=True), x)
    np.testing.assert_array_equal(layer.seed_generator.state, state)
