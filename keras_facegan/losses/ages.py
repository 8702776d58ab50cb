"""Labels of age estimation as classification into single years (DEX)."""

from keras import ops

AGES = 101


def soft_labels(age, sigma):
    """Spread every age over the years around it, for labels that are themselves estimates.

    Args:
        age: float32 tensor (B,) in years; beyond 0..100 it counts as 0 or 100.
        sigma: Standard deviation in years; 0 gives all to the nearest year.

    Returns:
        float32 tensor (B, 101) of rows that sum to 1.

    Reference:
        Label distribution learning, Gao et al. 2017, arXiv 1611.01731.
    """
    age = ops.clip(ops.cast(age, "float32"), 0.0, AGES - 1.0)
    if not sigma:
        return ops.one_hot(ops.cast(ops.round(age), "int32"), AGES, dtype="float32")
    years = ops.arange(AGES, dtype="float32")
    return ops.softmax(-0.5 * ops.square((years - age[:, None]) / sigma), axis=-1)
