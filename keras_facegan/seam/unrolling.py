"""Optimizer steps that are looked ahead, not taken: differentiable, and without a change of any variable."""

import contextlib
from collections.abc import Callable, Iterator

import keras
import tensorflow as tf

from keras_facegan.errors import UserError
from keras_facegan.seam.gradients import float32_compute

# The derivative of a square root is infinite at 0, where a weight that has never had a gradient keeps its velocity.
_LEAST_VELOCITY = 1e-30
# Settings of an optimizer that change its step in ways that are not followed here.
_NOT_FOLLOWED = ("amsgrad", "momentum", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm")
_NOT_FOLLOWED += ("gradient_accumulation_steps", "loss_scale_factor", "use_ema")


def check_can_look_ahead(optimizer: keras.optimizers.Optimizer):
    """Raise `UserError` where the steps of an optimizer cannot be looked ahead.

    Args:
        optimizer: Keras optimizer, with or without a loss scale.
    """
    optimizer = _inner(optimizer)
    settings = optimizer.get_config()
    unknown = [name for name in _NOT_FOLLOWED if settings.get(name)]
    if isinstance(optimizer, keras.optimizers.AdamW) or not isinstance(
        optimizer, keras.optimizers.Adam | keras.optimizers.SGD
    ):
        wrong = f"name = {type(optimizer).__name__}"
    elif unknown:
        wrong = f"{unknown[0]} = {settings[unknown[0]]}"
    else:
        return
    raise UserError(
        "Steps that are looked ahead are those of Adam, or of SGD without momentum, with no clipping or decay; got "
        f"train.optimizer.{wrong}. Change it for the discriminator, or set model.unrolled_steps to 0."
    )


@contextlib.contextmanager
def looking_ahead(
    network: keras.Model, optimizer: keras.optimizers.Optimizer, loss_fn: Callable, steps: int
) -> Iterator[None]:
    """Let a network be, for a while, what some more optimizer steps would make of it.

    The steps continue from the present state of the optimizer. They are taken on tensors in the place of variables:
    whatever is computed inside can be differentiated through them, by anything that the loss depends on. What layers
    assign meanwhile, such as moving statistics and the states of random numbers, is seen by the following steps and
    forgotten at the end. All is computed in float32, since gradients of gradients are.

    Under `tf.distribute` every replica looks ahead on its own part of the batch.

    Args:
        network: Built Keras model.
        optimizer: The optimizer that was built on its trainable variables, see `check_can_look_ahead`.
        loss_fn: Callable without arguments that calls `network` and returns a float32 scalar.
        steps: Number of steps.
    """
    optimizer, variables = _inner(optimizer), network.trainable_variables
    with keras.StatelessScope(), float32_compute(network):
        for _ in range(steps):
            values = [tf.convert_to_tensor(variable.value) for variable in variables]
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(values)
                for variable, value in zip(variables, values, strict=True):
                    variable.assign(value)
                loss = loss_fn()
            _move(optimizer, variables, tape.gradient(loss, values))
            optimizer.iterations.assign(optimizer.iterations + 1)
        yield


def _move(optimizer, variables, gradients):
    """Assign the next values of variables and moments, in a stateless scope."""
    rate = tf.cast(optimizer.learning_rate, tf.float32)
    if not isinstance(optimizer, keras.optimizers.Adam):
        for variable, gradient in zip(variables, gradients, strict=True):
            if gradient is not None:
                variable.assign(variable - rate * gradient)
        return
    step = tf.cast(optimizer.iterations.value + 1, tf.float32)
    rate *= tf.sqrt(1.0 - optimizer.beta_2**step) / (1.0 - optimizer.beta_1**step)
    for variable, gradient, momentum, velocity in zip(
        variables, gradients, optimizer._momentums, optimizer._velocities, strict=True
    ):
        if gradient is not None:
            momentum.assign(momentum + (1.0 - optimizer.beta_1) * (gradient - momentum))
            velocity.assign(velocity + (1.0 - optimizer.beta_2) * (tf.square(gradient) - velocity))
            root = tf.sqrt(tf.maximum(velocity.value, _LEAST_VELOCITY))
            variable.assign(variable - rate * momentum / (root + optimizer.epsilon))


def _inner(optimizer):
    return getattr(optimizer, "inner_optimizer", optimizer)
