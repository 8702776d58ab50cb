"""A limit on the weights that may be created: a typing error in a width must not take all memory of a machine."""

import contextlib
import math
from collections.abc import Iterator

import keras

from keras_facegan.errors import UserError


@contextlib.contextmanager
def weight_limit(bytes_allowed: int) -> Iterator[None]:
    """Refuse layers that would create more weights than a limit, before they are allocated.

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
        return add_weight(layer, shape, *args, **kwargs)

    keras.layers.Layer.add_weight = counted
    try:
        yield
    finally:
        keras.layers.Layer.add_weight = add_weight
