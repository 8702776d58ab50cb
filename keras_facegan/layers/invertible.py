"""What all layers of a normalising flow share: they go both ways, and say how much they stretch."""

import keras
from keras import ops


class Invertible(keras.layers.Layer):
    """A layer x -> y that can be undone.

    A subclass defines `forward(x)` and `invert(y)`, both in float32: what half precision rounds away, no inverse brings
    back. Called as usual a layer goes forward, and `layer(y, inverse=True)` goes back.

    Args:
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: float32 tensor (B, H, W, C).
        inverse: Whether to go back.

    Returns:
        Forward `(y, log_det)`, where `log_det` (B,) is log |det dy/dx| of each example; back x alone.

    Reference:
        Kingma, Dhariwal 2018, arXiv 1807.03039, section 3.
    """

    def __init__(self, **kwargs):
        # Weights stay in float32 whatever the policy, and inputs as they come.
        super().__init__(autocast=False, **kwargs | {"dtype": "float32"})

    def call(self, inputs, inverse=False):
        return self.invert(inputs) if inverse else self.forward(inputs)


def per_example(x, log_det):
    """Return a scalar that all examples share as a tensor (B,).

    Args:
        x: Tensor (B, H, W, C).
        log_det: float32 scalar.
    """
    return ops.zeros_like(x[:, 0, 0, 0], dtype="float32") + log_det


def places(x) -> int:
    """Return H * W of a tensor (B, H, W, C)."""
    return x.shape[1] * x.shape[2]
