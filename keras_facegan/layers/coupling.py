"""Coupling: one half of the channels moves the other, in a way that the first half alone can undo."""

import contextlib

import keras
from keras import layers, ops

from keras_facegan.layers.act_norm import ActNorm
from keras_facegan.layers.edge_convolution import EdgeConv2D
from keras_facegan.layers.invertible import Invertible, per_example
from keras_facegan.layers.zero_convolution import ZeroConv2D
from keras_facegan.seam.gradients import float32_compute


@keras.saving.register_keras_serializable(package="keras_facegan")
class Coupling(Invertible):
    """y1 = x1, and y2 = (x2 + shift(x1)) sigmoid(h(x1) + 2), or y2 = x2 + shift(x1) where it is additive.

    Shift and h are the even and odd channels of what a network of three convolutions makes of x1. The network trains in
    the precision of `policy`. Outside training it computes in float32, because its rounding would differ
    between the way forth and the way back.

    Args:
        width: Channels of the network's hidden maps.
        affine: Whether y2 is scaled too.
        policy: Name of the network's precision policy; None takes the global one.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: float32 tensor (B, H, W, C), C even.
        inverse: Whether to go back.
        training: Whether the network may compute in half precision.

    Returns:
        Forward `(y, log_det)`; back x alone.

    Reference:
        Kingma, Dhariwal 2018, arXiv 1807.03039, section 3.3.
    """

    def __init__(self, width, affine=True, policy=None, **kwargs):
        super().__init__(**kwargs)
        self.width, self.affine = width, affine
        self.policy = policy or keras.config.dtype_policy().name

    def build(self, input_shape):
        _, height, width, channels = input_shape
        half = keras.Input((height, width, channels // 2), dtype="float32")
        x = EdgeConv2D(self.width, dtype=self.policy)(half)
        x = layers.ReLU(dtype=self.policy)(ActNorm()(x)[0])
        # A 1 x 1 convolution.
        x = layers.Dense(self.width, use_bias=False, kernel_initializer=_normal(), dtype=self.policy)(x)
        x = layers.ReLU(dtype=self.policy)(ActNorm()(x)[0])
        moves = ZeroConv2D(channels if self.affine else channels // 2, dtype=self.policy)(x)
        self.network = keras.Model(half, moves)

    def call(self, inputs, inverse=False, training=False):
        as_it_is = training or self.policy == "float32"
        with contextlib.nullcontext() if as_it_is else float32_compute(self.network):
            return super().call(inputs, inverse)

    def forward(self, x):
        x1, x2 = ops.split(x, 2, axis=-1)
        shift, log_scale = self._moves(x1)
        y = ops.concatenate([x1, (x2 + shift) * ops.exp(log_scale)], axis=-1)
        return y, per_example(x, ops.sum(log_scale, axis=(1, 2, 3)))

    def invert(self, y):
        y1, y2 = ops.split(y, 2, axis=-1)
        shift, log_scale = self._moves(y1)
        return ops.concatenate([y1, y2 * ops.exp(-log_scale) - shift], axis=-1)

    def _moves(self, half):
        moves = self.network(half)
        if not self.affine:
            return moves, ops.zeros_like(moves)
        return moves[..., 0::2], ops.log_sigmoid(moves[..., 1::2] + 2.0)

    def get_config(self):
        return {**super().get_config(), "width": self.width, "affine": self.affine, "policy": self.policy}


def _normal():
    return keras.initializers.RandomNormal(0.0, 0.05)
