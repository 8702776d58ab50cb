"""Activation normalisation: a scale and a shift per channel, which begin where the data have mean 0 and variance 1."""

import contextlib

import keras
from keras import ops

from keras_facegan.layers.invertible import Invertible, per_example, places

# Scales are exp(SPEED * log_scale): they learn as much faster.
SPEED = 3.0


@keras.saving.register_keras_serializable(package="keras_facegan")
class ActNorm(Invertible):
    """y = (x + bias) exp(3 log_scale), per channel.

    Unlike batch normalisation it works on any batch, and with weights that are trained. They start by real data, see
    `starting`; whether they did is saved with them.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Tensor (B, H, W, C), float32 where it is to be undone.
        inverse: Whether to go back.

    Returns:
        Forward `(y, log_det)`, y of the type of `inputs`; back x alone.

    Reference:
        Kingma, Dhariwal 2018, arXiv 1807.03039, section 3.1.
    """

    starts = False

    def build(self, input_shape):
        shape = (input_shape[-1],)
        self.bias = self.add_weight(shape=shape, initializer="zeros", name="bias")
        self.log_scale = self.add_weight(shape=shape, initializer="zeros", name="log_scale")
        self.started = self.add_weight(shape=(), initializer="zeros", trainable=False, name="started")

    def forward(self, x):
        if self.starts:
            self.start(x)
        y = (x + ops.cast(self.bias, x.dtype)) * ops.cast(ops.exp(SPEED * self.log_scale), x.dtype)
        return y, per_example(x, places(x) * SPEED * ops.sum(self.log_scale))

    def invert(self, y):
        return y * ops.exp(-SPEED * self.log_scale) - self.bias

    def has_started(self) -> bool:
        """Return whether scale and shift follow data, in this process or in the one that saved them."""
        return bool(ops.convert_to_numpy(self.started))

    def start(self, x):
        """Give the channels of a batch mean 0 and variance 1.

        Args:
            x: Tensor (B, H, W, C), not symbolic.
        """
        x = ops.cast(x, "float32")
        self.bias.assign(-ops.mean(x, axis=(0, 1, 2)))
        # A channel that is everywhere the same has no scale.
        self.log_scale.assign(-ops.log(ops.std(x, axis=(0, 1, 2)) + 1e-6) / SPEED)
        self.started.assign(1.0)


@contextlib.contextmanager
def starting(network):
    """Let the layers of a network that have not started do so by the next batch that passes them.

    One eager call is enough: every layer starts by what those before it, which have started, make of the batch.

    Args:
        network: Built Keras model.

    Yields:
        The layers that have not started.
    """
    fresh = [layer for layer in network._flatten_layers() if isinstance(layer, ActNorm) and not layer.has_started()]
    for layer in fresh:
        layer.starts = True
    try:
        yield fresh
    finally:
        for layer in fresh:
            layer.starts = False
