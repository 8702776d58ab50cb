"""How far the mean features of generated pictures are from those of real ones."""

from typing import Literal

from keras import ops

# Arguments of constructors.
NormName = Literal["l2", "l1"]


def feature_matching(real, fake, norm: NormName = "l2", weights=None):
    """Return the distance between two means over a minibatch, itself the mean over features.

    Real features count as constants: the generator moves towards them.

    Args:
        real: float32 features (B, ...) of real pictures.
        fake: float32 features (B', ...) of generated pictures.
        norm: "l2" for squared differences, "l1" for absolute ones.
        weights: float32 (B,), how much every real picture counts, not all 0; None counts all alike.

    Returns:
        float32 scalar, at least 0. The paper sums over features; the mean does not depend on how many there are.

    Reference:
        Salimans et al. 2016, arXiv 1606.03498, section 3.1.
    """
    weights = ops.ones(ops.shape(real)[:1]) if weights is None else weights
    target = ops.tensordot(weights / ops.sum(weights), ops.stop_gradient(real), axes=1)
    gap = target - ops.mean(fake, axis=0)
    return ops.mean(ops.square(gap) if norm == "l2" else ops.abs(gap))
