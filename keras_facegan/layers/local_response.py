"""Normalisation of a channel by its neighbours, as networks had it before batch normalisation."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class LocalResponseNormalization(keras.layers.Layer):
    """x_c / (bias + alpha sum_i x_i^2)^beta over the channels i within `depth_radius` of c.

    Args:
        depth_radius: Channels on either side that count.
        bias: Constant of the denominator, > 0.
        alpha: Weight of the sum of squares.
        beta: Exponent.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, H, W, C).

    Returns:
        Tensor of the shape of `inputs`.

    Reference:
        Krizhevsky et al. 2012, ImageNet classification with deep convolutional networks, section 3.3.
    """

    def __init__(self, depth_radius=5, bias=1.0, alpha=1.0, beta=0.5, **kwargs):
        super().__init__(**kwargs)
        self.depth_radius, self.bias, self.alpha, self.beta = depth_radius, bias, alpha, beta

    def call(self, inputs):
        radius, channels = self.depth_radius, inputs.shape[-1]
        wide = ops.cast(inputs, "float32")
        squares = ops.pad(ops.square(wide), [[0, 0], [0, 0], [0, 0], [radius, radius]])
        total = sum(squares[..., shift : shift + channels] for shift in range(2 * radius + 1))
        return ops.cast(wide / ops.power(self.bias + self.alpha * total, self.beta), self.compute_dtype)

    def get_config(self):
        own = {"depth_radius": self.depth_radius, "bias": self.bias, "alpha": self.alpha, "beta": self.beta}
        return {**super().get_config(), **own}
