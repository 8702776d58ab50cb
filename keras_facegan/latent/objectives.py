"""How far drawn pictures are from those that are looked for, at the places where they are known."""

from keras import ops

DISTANCES = {"l1": ops.abs, "l2": ops.square}


def distance(loss, images, targets, known):
    """Return the mean absolute or squared difference of pairs of pictures over known values.

    Args:
        loss: "l1" or "l2".
        images: float32 tensor (B, H, W, C).
        targets: float32 tensor (B, H, W, C); any number where it is not known.
        known: float32 tensor (B, H, W, 1), 1 where the target is known and 0 where it is missing; not all missing.

    Returns:
        float32 tensor (B,): sum(known * difference) / sum(known) over places and channels.
    """
    axes = (1, 2, 3)
    error = ops.sum(known * DISTANCES[loss](images - targets), axis=axes)
    return error / (ops.sum(known, axis=axes) * images.shape[-1])
