"""LSTMs over pictures against one pixel at a time, written out."""

import numpy as np
import pytest
from keras import ops

from keras_facegan.layers import DiagonalLSTM, RowLSTM
from keras_facegan.layers.picture_lstm import skew, unskew

HIDDEN = 3
GATES = np.random.default_rng(0).normal(size=(2, 4, 5, 4 * HIDDEN)).astype("float32")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def cell_step(gates, cell):
    outer, forget, inner, new = np.split(gates, 4, axis=-1)
    cell = sigmoid(forget) * cell + sigmoid(inner) * np.tanh(new)
    return sigmoid(outer) * np.tanh(cell), cell


def test_a_row_lstm_follows_from_three_states_above_and_the_cell_above():
    layer = RowLSTM(HIDDEN)
    result, kernel = np.asarray(layer(GATES)), np.asarray(layer.kernel, "float64")
    hidden, cell = np.zeros((2, 2, 5, 7, HIDDEN))
    for row in range(4):
        for column in range(1, 6):
            gates = GATES[:, row, column - 1] + sum(hidden[:, row, column + k - 1] @ kernel[k] for k in range(3))
            hidden[:, row + 1, column], cell[:, row + 1, column] = cell_step(gates, cell[:, row, column])
    np.testing.assert_allclose(result, hidden[:, 1:, 1:-1], atol=1e-6)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_diagonal_lstm_follows_from_the_pixel_above_and_the_one_beside(reverse):
    layer = DiagonalLSTM(HIDDEN, reverse)
    result, kernel = np.asarray(layer(GATES)), np.asarray(layer.kernel, "float64")
    hidden, cell = np.zeros((2, 2, 5, 7, HIDDEN))
    for row in range(4):
        for column in range(5, 0, -1) if reverse else range(1, 6):
            beside = column + 1 if reverse else column - 1
            gates = (
                GATES[:, row, column - 1] + hidden[:, row, column] @ kernel[0] + hidden[:, row + 1, beside] @ kernel[1]
            )
            hidden[:, row + 1, column], cell[:, row + 1, column] = cell_step(gates, cell[:, row + 1, beside])
    np.testing.assert_allclose(result, hidden[:, 1:, 1:-1], atol=1e-6)
    assert layer.get_config()["reverse"] == reverse and layer.get_config()["hidden"] == HIDDEN


def test_skewed_rows_are_moved_and_come_back():
    x = np.arange(1, 13, dtype="float32").reshape(1, 3, 4, 1)
    expected = [[1, 2, 3, 4, 0, 0], [0, 5, 6, 7, 8, 0], [0, 0, 9, 10, 11, 12]]
    skewed = skew(ops.convert_to_tensor(x))
    np.testing.assert_array_equal(skewed[0, ..., 0], expected)
    np.testing.assert_array_equal(unskew(skewed), x)


def test_states_are_float32_in_any_precision():
    for layer in (RowLSTM(HIDDEN, dtype="mixed_bfloat16"), DiagonalLSTM(HIDDEN, dtype="mixed_float16")):
        assert layer(ops.cast(GATES, "float16")).dtype == "float32"
