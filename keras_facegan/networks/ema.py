"""Moving averages of a network's weights and BatchNorm statistics, the copy that pictures are drawn with."""

import keras
from keras import ops


def averaged_copy(network):
    """Return an untrained twin of a functional network with the same values.

    Args:
        network: Built functional Keras model.

    Returns:
        Model of the same structure, not trainable.
    """
    twin = keras.models.clone_model(network)
    twin.set_weights(network.get_weights())
    twin.trainable = False
    return twin


def average_towards(average, network, decay, iterations):
    """Move an averaged copy one step towards its network: a <- d a + (1 - d) w.

    Early on the decay is min(decay, (1 + t) / (10 + t)), so that the untrained start is forgotten.

    Args:
        average: Model returned by `averaged_copy`.
        network: The trained network.
        decay: Decay per step in [0, 1).
        iterations: Integer tensor, steps taken so far.
    """
    t = ops.cast(iterations, "float32")
    decay = ops.minimum(decay, (1.0 + t) / (10.0 + t))
    for slow, fast in zip(average.weights, network.weights, strict=True):
        slow.assign_add((1.0 - decay) * (ops.cast(fast, slow.dtype) - slow))
