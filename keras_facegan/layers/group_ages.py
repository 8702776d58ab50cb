"""The mean age of the training faces in each age group, kept with the weights that it belongs to."""

import keras


@keras.saving.register_keras_serializable(package="keras_facegan")
class GroupAges(keras.layers.Layer):
    """Holds `means` float32 (groups,), years; it is not trained.

    Args:
        groups: Number of age groups.
        **kwargs: Arguments of `keras.layers.Layer`.
    """

    def __init__(self, groups, **kwargs):
        super().__init__(dtype="float32", **{key: value for key, value in kwargs.items() if key != "dtype"})
        self.groups = groups

    def build(self, input_shape):
        self.means = self.add_weight(shape=(self.groups,), initializer="zeros", trainable=False, name="means")

    def get_config(self):
        return {**super().get_config(), "groups": self.groups}
