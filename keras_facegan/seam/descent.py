"""Descent by the input of a function instead of by its weights: many steps of Adam in one call, or one gradient."""

import typing

import tensorflow as tf

from keras_facegan.seam.gradients import value_and_input_gradient

# The optimizer's defaults in Kingma and Ba 2015, arXiv 1412.6980.
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


class Descent(typing.NamedTuple):
    """Where a descent is: arrays or tensors, one row per input; nothing else decides how it goes on.

    Args:
        inputs: float32 (B, d), what is moved.
        momentum: float32 (B, d), Adam's first moment.
        velocity: float32 (B, d), Adam's second moment.
        best: float32 (B, d), the inputs of the lowest loss so far.
        lowest: float32 (B,), that loss; infinite at the beginning, where the moments are zero.
    """

    inputs: tf.Tensor
    momentum: tf.Tensor
    velocity: tf.Tensor
    best: tf.Tensor
    lowest: tf.Tensor


def adam_descent(loss_fn, learning_rate):
    """Compile Adam on the input of a function.

    Adam works coordinate by coordinate and the losses of rows are only added up, so a row moves as it would alone.

    Args:
        loss_fn: Callable `(inputs, step, *data) -> float32 (B,)`, one loss per row; `step` is an int32 scalar, and
            `data` are tensors, given at every call so that one compiled function serves any of them.
        learning_rate: Size of a step.

    Returns:
        Callable `(descent, first, last, *data) -> (descent, losses)` that takes the steps first, ..., last - 1; losses
        are float32 (last - first, B), each of the input before it was moved. Steps split over calls in any way give
        the same numbers.
    """

    @tf.function
    def run(descent, first, last, *data):
        losses = tf.TensorArray(tf.float32, size=last - first, element_shape=descent.lowest.shape)

        def body(step, descent, losses):
            loss, gradient = value_and_input_gradient(lambda x: loss_fn(x, step, *data), descent.inputs)
            better = loss < descent.lowest
            momentum = BETA_1 * descent.momentum + (1.0 - BETA_1) * gradient
            velocity = BETA_2 * descent.velocity + (1.0 - BETA_2) * tf.square(gradient)
            count = tf.cast(step + 1, tf.float32)
            mean, square = momentum / (1.0 - BETA_1**count), velocity / (1.0 - BETA_2**count)
            moved = Descent(
                inputs=descent.inputs - learning_rate * mean / (tf.sqrt(square) + EPSILON),
                momentum=momentum,
                velocity=velocity,
                best=tf.where(better[:, None], descent.inputs, descent.best),
                lowest=tf.where(better, loss, descent.lowest),
            )
            return step + 1, moved, losses.write(step - first, loss)

        _, descent, losses = tf.while_loop(lambda step, *_: step < last, body, (first, descent, losses))
        return descent, losses.stack()

    def steps(descent, first, last, *data):
        descent = Descent(*(tf.convert_to_tensor(each, tf.float32) for each in descent))
        return run(descent, tf.constant(first, tf.int32), tf.constant(last, tf.int32), *data)

    return steps


def row_gradients(loss_fn):
    """Compile the losses of rows, and their gradients by the input, for an optimizer that lies outside.

    Args:
        loss_fn: Callable `(inputs, *data) -> float32 (B,)`, one loss per row.

    Returns:
        Callable `(inputs, *data) -> (losses, gradients)` from NumPy arrays of any number of rows to float32 arrays (B,)
        and (B, d).
    """
    # The number of rows is left open, so that a batch that shrinks is not traced again.
    run = tf.function(
        lambda inputs, *data: value_and_input_gradient(lambda x: loss_fn(x, *data), inputs), reduce_retracing=True
    )

    def rows(inputs, *data):
        losses, gradients = run(*(tf.convert_to_tensor(each) for each in (inputs, *data)))
        return losses.numpy(), gradients.numpy()

    return rows
