"""Masked convolutions against sums written out, and against weights that a mask hides."""

import keras
import numpy as np
import pytest

from keras_facegan.layers import MaskedConv2D
from keras_facegan.layers.masked_convolution import colour_groups

IMAGES = np.random.default_rng(0).normal(size=(2, 4, 5, 6)).astype("float32")


def is_visible(mask, dy, dx, read, written):
    if mask == "rows":
        return dy <= 0
    if (dy, dx) == (0, 0):
        return read < written if mask == "A" else read <= written
    return dy < 0 or (dy == 0 and dx < 0)


def by_definition(x, kernel, bias, mask, colours, parts):
    height, width, channels, filters = kernel.shape
    read, written = colour_groups(channels, colours), colour_groups(filters, colours, parts)
    result = np.zeros((*x.shape[:3], filters)) + bias
    for row, column, i, j, a, b in np.ndindex(*x.shape[1:3], height, width, channels, filters):
        dy, dx = i - height // 2, j - width // 2
        inside = 0 <= row + dy < x.shape[1] and 0 <= column + dx < x.shape[2]
        if inside and is_visible(mask, dy, dx, read[a], written[b]):
            result[:, row, column, b] += x[:, row + dy, column + dx, a] * kernel[i, j, a, b]
    return result


@pytest.mark.parametrize(
    ("mask", "size", "colours", "parts"),
    [("A", 3, 1, 1), ("B", 3, 3, 1), ("A", (1, 5), 3, 2), ("B", (1, 3), 3, 2), ("rows", 3, 3, 1), ("B", 1, 3, 2)],
)
def test_a_masked_convolution_is_the_sum_over_what_its_mask_shows(mask, size, colours, parts):
    layer = MaskedConv2D(6, size, mask, colours, parts, bias_initializer="random_normal")
    result = layer(IMAGES)
    kernel, bias = (np.asarray(each, "float64") for each in (layer.kernel, layer.bias))
    expected = by_definition(IMAGES.astype("float64"), kernel, bias, mask, colours, parts)
    np.testing.assert_allclose(result, expected, atol=1e-5)
    twin = MaskedConv2D.from_config(layer.get_config())
    twin.build(IMAGES.shape)
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(twin(IMAGES), result)


@pytest.mark.parametrize("mask", ["A", "B", "rows"])
def test_hidden_weights_count_as_parameters_and_change_nothing(mask):
    layer = MaskedConv2D(6, 3, mask, 3)
    before, kernel = np.asarray(layer(IMAGES)), np.asarray(layer.kernel)
    groups = colour_groups(6, 3)
    hidden = np.ones(kernel.shape, bool)
    for i, j, a, b in np.ndindex(kernel.shape):
        hidden[i, j, a, b] = not is_visible(mask, i - 1, j - 1, groups[a], groups[b])
    layer.kernel.assign(np.where(hidden, 1e6, kernel))
    np.testing.assert_array_equal(layer(IMAGES), before)
    assert layer.count_params() == 9 * 6 * 6 + 6


@pytest.mark.parametrize(
    ("channels", "colours", "parts", "expected"),
    [
        (6, 3, 1, [0, 0, 1, 1, 2, 2]),
        (4, 3, 1, [0, 0, 1, 2]),
        (6, 3, 2, [0, 1, 2, 0, 1, 2]),
        (3, 1, 1, [0, 0, 0]),
    ],
)
def test_channels_are_shared_out_in_order(channels, colours, parts, expected):
    assert colour_groups(channels, colours, parts).tolist() == expected


def test_the_first_red_channel_sees_nothing_of_its_pixel_and_the_last_layer_sees_red():
    for mask, expected in (("A", np.triu(np.ones((3, 3)), 1)), ("B", np.triu(np.ones((3, 3))))):
        layer = MaskedConv2D(3, 3, mask, 3, use_bias=False)
        layer.build((None, 4, 4, 3))
        np.testing.assert_array_equal(layer.visible[1, 1], expected)
        assert layer.visible[0].all() and layer.visible[1, 0].all() and not layer.visible[1, 2].any()


def test_half_precision_multiplies_the_mask_in_it():
    layer = MaskedConv2D(4, 3, "B", dtype=keras.DTypePolicy("mixed_bfloat16"))
    assert layer(IMAGES).dtype == "bfloat16" and layer.kernel.dtype == "float32"
