"""The priors of a flow as layers: latents that are normal by a learned mean and scale become standard normal ones."""

import keras
from keras import ops

from keras_facegan.layers.invertible import Invertible
from keras_facegan.layers.zero_convolution import ZeroConv2D


class LearnedPrior(Invertible):
    """Codes = (z - mean) exp(-log_scale), flattened. In this form a learned prior is one more layer of the flow.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`.

    Attributes:
        num_codes: Values of a code that the layer gives out.
    """

    def _build(self, shape, context_channels):
        height, width, channels = self.shape = tuple(shape)
        self.num_codes = height * width * channels
        self.prior = ZeroConv2D(2 * channels, dtype="float32")
        self.prior.build((None, height, width, context_channels))

    def _codes(self, z, context):
        mean, log_scale = self._moments(context)
        codes = (z - mean) * ops.exp(-log_scale)
        log_det = -ops.sum(log_scale, axis=(1, 2, 3))
        return ops.reshape(codes, (-1, self.num_codes)), log_det

    def _latents(self, codes, context):
        mean, log_scale = self._moments(context)
        return mean + ops.reshape(codes, (-1, *self.shape)) * ops.exp(log_scale)

    def _moments(self, context):
        moments = self.prior(context)
        return moments[..., 0::2], moments[..., 1::2]


@keras.saving.register_keras_serializable(package="keras_facegan")
class SplitPrior(LearnedPrior):
    """Half of the channels leave the flow, as codes under a prior that the other half gives.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: float32 tensor (B, H, W, C), C even; back `[y, codes]`.
        inverse: Whether to go back.

    Returns:
        Forward `(y, codes, log_det)`: (B, H, W, C / 2), (B, H * W * C / 2) and (B,); back x alone.

    Reference:
        Kingma, Dhariwal 2018, arXiv 1807.03039, section 3.6 and the public code.
    """

    def build(self, input_shape):
        _, height, width, channels = input_shape
        self._build((height, width, channels // 2), context_channels=channels // 2)

    def forward(self, x):
        kept, leaves = ops.split(x, 2, axis=-1)
        return kept, *self._codes(leaves, kept)

    def invert(self, y):
        kept, codes = y
        return ops.concatenate([kept, self._latents(codes, kept)], axis=-1)


@keras.saving.register_keras_serializable(package="keras_facegan")
class TopPrior(LearnedPrior):
    """The rest of the flow, as codes under a prior of its own.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: float32 tensor (B, H, W, C); back (B, H * W * C).
        inverse: Whether to go back.

    Returns:
        Forward `(codes, log_det)`: (B, H * W * C) and (B,); back x alone.

    Reference:
        Kingma, Dhariwal 2018, arXiv 1807.03039, the public code ("learntop").
    """

    def build(self, input_shape):
        # Paper: the public code convolves a map of zeros, of which only bias and edges reach the prior.
        self._build(input_shape[1:], context_channels=2 * input_shape[-1])

    def forward(self, x):
        return self._codes(x, self._nothing())

    def invert(self, y):
        return self._latents(y, self._nothing())

    def _nothing(self):
        height, width, channels = self.shape
        return ops.zeros((1, height, width, 2 * channels))
