"""The gate of a progressive ageing network: open for the faces that have to pass from one age group to the next."""

import keras
from keras import ops

from keras_facegan.seam.gating import apply_where


@keras.saving.register_keras_serializable(package="keras_facegan")
class AgeGate(keras.layers.Layer):
    """x + lambda R(x), where lambda is target - position, from 0 to 1, for source <= position, and else 0.

    It is 0 or 1 in the paper, whose faces arrive at whole groups: target 2 opens the steps 0 and 1. Target 1.3 opens
    step 0, and step 1 to 0.3. A face whose gate is closed passes unchanged, bit by bit, and costs nothing.

    Args:
        residual: Keras model from pictures (n, H, W, C) to what is added to them.
        position: Number of the step along the chain, 0 for the one that leaves the first group.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: float tensor (B, H, W, C).
        source_group: int tensor (B,), the place along the chain where a face stands.
        target_group: int or float tensor (B,), where it should arrive, a group or between two.

    Returns:
        float32 tensor (B, H, W, C).

    Reference:
        PFA-GAN, Huang et al. 2020, arXiv 2012.03459, equations 1 and 2.
    """

    def __init__(self, residual, position, **kwargs):
        super().__init__(dtype="float32", **{key: value for key, value in kwargs.items() if key != "dtype"})
        self.residual, self.position = residual, position

    def call(self, inputs, source_group, target_group):
        weight = ops.clip(ops.cast(target_group, "float32") - self.position, 0.0, 1.0)
        is_open = ops.logical_and(source_group <= self.position, weight > 0.0)

        def pass_step(x, weight):
            return x + weight[:, None, None, None] * ops.cast(self.residual(x), "float32")

        return apply_where(pass_step, is_open, inputs, weight)

    def compute_output_shape(self, input_shape, **others):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "residual": keras.saving.serialize_keras_object(self.residual),
            "position": self.position,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "residual": keras.saving.deserialize_keras_object(config["residual"])})
