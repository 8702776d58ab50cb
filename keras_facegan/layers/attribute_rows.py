"""Attribute vectors of real pictures, kept with the weights of a model that draws pictures from attributes."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class AttributeRows(keras.layers.Layer):
    """Weights (count, width) that hold attribute vectors of real pictures; all 0 until they are assigned.

    Attributes that are drawn one by one make faces that no data set has, such as a bearded child.

    Args:
        count: Number of vectors.
        width: Attributes per vector.
        **kwargs: Arguments of `keras.layers.Layer`.
    """

    def __init__(self, count, width, **kwargs):
        super().__init__(dtype="float32", **{key: value for key, value in kwargs.items() if key != "dtype"})
        self.count, self.width = count, width

    def build(self, input_shape=None):
        self.rows = self.add_weight(shape=(self.count, self.width), initializer="zeros", trainable=False, name="rows")
        self.built = True

    def call(self, index):
        """Return the vectors (B, width) at places (B,)."""
        return ops.take(self.rows, index, axis=0)

    def get_config(self):
        return {**super().get_config(), "count": self.count, "width": self.width}
