"""Cosines of features and learned class centres."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class ClassCosines(keras.layers.Layer):
    """Cosines in float32 between unit vectors and the centres of classes, which are normalised at each call.

    Args:
        classes: Number of classes.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, D) of unit vectors.

    Returns:
        float32 tensor (B, classes) in [-1, 1].

    Reference:
        NormFace, Wang et al. 2017, arXiv 1704.06369.
    """

    def __init__(self, classes, **kwargs):
        super().__init__(dtype="float32", **{key: value for key, value in kwargs.items() if key != "dtype"})
        self.classes = classes

    def build(self, input_shape):
        self.centres = self.add_weight(
            shape=(input_shape[-1], self.classes), initializer="glorot_uniform", name="centres"
        )

    def call(self, inputs):
        return ops.matmul(inputs, ops.normalize(self.centres, axis=0))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.classes)

    def get_config(self):
        return {**super().get_config(), "classes": self.classes}
