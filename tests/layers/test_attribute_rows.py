"""Attribute rows: kept as weights that do not train, and looked up by place."""

import keras
import numpy as np

from keras_facegan.layers.attribute_rows import AttributeRows
from keras_facegan.seam import runtime


def test_rows_are_looked_up():
    layer = AttributeRows(4, 2)
    layer.build()
    rows = np.arange(8, dtype="float32").reshape(4, 2)
    layer.rows.assign(rows)
    np.testing.assert_array_equal(layer(np.array([3, 0, 3])), rows[[3, 0, 3]])


def test_rows_begin_at_zero_and_never_train():
    layer = AttributeRows(3, 2)
    layer.build()
    assert not np.asarray(layer.rows).any()
    assert layer.trainable_variables == [] and [each.path.split("/")[-1] for each in layer.weights] == ["rows"]


def test_rows_are_not_rounded_under_half_precision():
    with runtime.precision("mixed_bfloat16"):
        layer = AttributeRows(1, 1)
        layer.build()
    layer.rows.assign([[0.1]])
    assert np.asarray(layer(np.array([0]))) == np.float32(0.1)


def test_its_configuration_comes_back():
    twin = AttributeRows.from_config(AttributeRows(5, 7, name="rows_of_mine").get_config())
    twin.build()
    assert twin.rows.shape == (5, 7) and twin.name == "rows_of_mine"
    assert keras.saving.get_registered_object("keras_facegan>AttributeRows") is AttributeRows
