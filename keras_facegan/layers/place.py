"""What a pixel is told of where it lies."""

import keras
import numpy as np
from keras import ops


def coordinates(height, width):
    """Return the row and the column of every pixel, float32 (height, width, 2) from -1 to 1."""
    rows, columns = (np.linspace(-1.0, 1.0, side, dtype="float32") for side in (height, width))
    return np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1)


@keras.saving.register_keras_serializable(package="keras_facegan")
class Place(keras.layers.Layer):
    """Add to each channel a linear function of where a pixel lies, as coordinates beside the colours would.

    Call arguments:
        inputs: Tensor (B, H, W, C).

    Returns:
        Tensor of the same shape.

    Reference:
        Liu et al. 2018, arXiv 1807.03247.
    """

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(2, input_shape[-1]), initializer="glorot_uniform", name="kernel")

    def call(self, inputs):
        where = ops.convert_to_tensor(coordinates(*inputs.shape[1:3]))
        return inputs + ops.matmul(ops.cast(where, inputs.dtype), ops.cast(self.kernel, inputs.dtype))

    def compute_output_shape(self, input_shape):
        return input_shape
