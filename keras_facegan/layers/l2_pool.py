"""Pooling by the root of the mean of squares."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class L2Pooling(keras.layers.Layer):
    """Root mean square over square windows, "same" padded, computed in float32.

    Args:
        pool_size: Side of the window.
        strides: Step between windows.
        epsilon: Added to the mean, so that the gradient is finite where all values are 0.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, H, W, C).

    Returns:
        Tensor (B, ceil(H / strides), ceil(W / strides), C) of the layer's compute dtype.

    Reference:
        Schroff et al. 2015, arXiv 1503.03832, table 2.
    """

    def __init__(self, pool_size=3, strides=1, epsilon=1e-12, **kwargs):
        super().__init__(**kwargs)
        self.pool_size, self.strides, self.epsilon = pool_size, strides, epsilon

    def call(self, inputs):
        squares = ops.square(ops.cast(inputs, "float32"))
        mean = ops.average_pool(squares, self.pool_size, self.strides, "same", "channels_last")
        return ops.cast(ops.sqrt(mean + self.epsilon), self.compute_dtype)

    def get_config(self):
        own = {"pool_size": self.pool_size, "strides": self.strides, "epsilon": self.epsilon}
        return {**super().get_config(), **own}
