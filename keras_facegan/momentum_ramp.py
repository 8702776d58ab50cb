"""The optimizer of the first GANs: SGD whose learning rate decays at every step and whose momentum rises."""

from typing import Annotated

import keras
import msgspec
import numpy as np
from keras import ops

from keras_facegan.arguments import Interval, OpenFraction, Positive

Decay = Annotated[float, msgspec.Meta(ge=1.0, le=2.0, description="a number from 1 to 2")]


@keras.saving.register_keras_serializable(package="keras_facegan")
class MomentumRampSGD(keras.optimizers.SGD):
    """SGD whose learning rate decays at every step and whose momentum rises linearly.

    Args:
        learning_rate: Rate at the first step.
        decay: The rate is divided by this at every step, >= 1.
        floor: Smallest rate.
        momentum: Momentum at the first step.
        final_momentum: Momentum from step `ramp_steps` on.
        ramp_steps: Steps of the rise (250 epochs of 500 in the paper's configuration).
        name: Name of the optimizer.
    """

    def __init__(
        self,
        learning_rate: float = 0.1,
        decay: Decay = 1.000004,
        floor: Positive = 1e-6,
        momentum: OpenFraction = 0.5,
        final_momentum: OpenFraction = 0.7,
        ramp_steps: Interval = 125000,
        name: str = "momentum_ramp_sgd",
    ):
        super().__init__(learning_rate, momentum=momentum, name=name)
        self.decay, self.floor, self.final_momentum, self.ramp_steps = decay, floor, final_momentum, ramp_steps

    def update_step(self, gradient, variable, learning_rate):
        step = ops.cast(self.iterations, "float32")
        rate = ops.maximum(ops.cast(learning_rate, "float32") * ops.exp(-step * np.log(self.decay)), self.floor)
        risen = ops.minimum(step / self.ramp_steps, 1.0)
        momentum = self.momentum + (self.final_momentum - self.momentum) * risen
        velocity = self.momentums[self._get_variable_index(variable)]
        self.assign(velocity, momentum * velocity - rate * ops.cast(gradient, variable.dtype))
        self.assign_add(variable, velocity)

    def get_config(self):
        own = ("decay", "floor", "final_momentum", "ramp_steps")
        known = {key: super(MomentumRampSGD, self).get_config()[key] for key in ("learning_rate", "momentum", "name")}
        return {**known, **{key: getattr(self, key) for key in own}}
