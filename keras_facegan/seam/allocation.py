"""How weights are created: up to a limit, and so that a process may build models without end."""

import contextlib
import math
from collections.abc import Iterator

import keras
import tensorflow as tf

from keras_facegan.errors import UserError


@contextlib.contextmanager
def weight_limit(bytes_allowed: int) -> Iterator[None]:
    """Refuse layers that would create more weights than a limit, before they are allocated.

    A typing error in a width must not take all memory of a machine.

    Args:
        bytes_allowed: Most bytes of all weights that are created inside.

    Raises:
        UserError: The limit would be passed.
    """
    add_weight, total = keras.layers.Layer.add_weight, 0

    def counted(layer, shape=None, *args, **kwargs):
        nonlocal total
        total += 4 * math.prod(shape or ())
        if total > bytes_allowed:
            raise UserError(
                f"The weights alone take more than {bytes_allowed / 2**30:.1f} GiB, which is all that is free. "
                "Lower the width of the networks, model.latent_dim or model.image_shape."
            )
        # TensorFlow keeps 36 kB for every name that a variable ever had, and Keras counts layers through all models of
        # a process. In one scope of the same name for all layers the names come again.
        with tf.name_scope("weights/"):
            return add_weight(layer, shape, *args, **kwargs)

    keras.layers.Layer.add_weight = counted
    try:
        yield
    finally:
        keras.layers.Layer.add_weight = add_weight
