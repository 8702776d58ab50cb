"""A learning rate that stays for a while and then falls in a straight line, as CycleGAN and StarGAN have it."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_facegan")
class ConstantThenLinear(keras.optimizers.schedules.LearningRateSchedule):
    """The initial rate for some steps, then a straight line to 0.

    Args:
        initial_learning_rate: Rate of the first steps.
        constant_steps: Steps before it begins to fall.
        decay_steps: Steps from then on to 0, where it stays.

    Call arguments:
        step: Steps that the optimizer has taken.
    """

    def __init__(self, initial_learning_rate: float, constant_steps: float, decay_steps: float):
        self.initial_learning_rate, self.constant_steps = initial_learning_rate, constant_steps
        self.decay_steps = decay_steps

    def __call__(self, step):
        fallen = (ops.cast(step, "float32") - self.constant_steps) / self.decay_steps
        return self.initial_learning_rate * (1.0 - ops.clip(fallen, 0.0, 1.0))

    def get_config(self):
        names = ("initial_learning_rate", "constant_steps", "decay_steps")
        return {name: getattr(self, name) for name in names}
