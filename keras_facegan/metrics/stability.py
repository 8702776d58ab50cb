"""How far apart the two players' losses are, and how much they swing (the claim of FaceGANs, section 3.1)."""

import numpy as np


def moving_average(values, window):
    """Return the mean of each `window` consecutive values, shape (n - window + 1,)."""
    return np.convolve(np.asarray(values, "float64"), np.ones(window) / window, mode="valid")


def settling_step(condition, hold):
    """Return the first index from which `condition` (n,) holds for `hold` entries in a row, or None."""
    run = 0
    for i, holds in enumerate(condition):
        run = run + 1 if holds else 0
        if run == hold:
            return i - hold + 1
    return None


def loss_distance(d_loss, g_loss, bound=1.0, window=20, hold=100, span=500):
    """Measure the distance |L_G - L_D| of two loss curves and their stability.

    The values depend on the form of the loss: at p = q the standard losses are 1.386 and 0.693 apart by 0.693, the
    literal ones of FaceGANs 0.948 and 0.474, least squares 0.25 and 0.125.

    Args:
        d_loss: Array (n,), the discriminator's loss at steps 1..n.
        g_loss: Array (n,), the generator's.
        bound: The distance to stay under.
        window: Steps of the moving average of the distance.
        hold: Steps that the average must stay under the bound.
        span: Steps of the window whose standard deviation is taken.

    Returns:
        Dict: "settled_at" (first step of the averaging window, or None), and over the steps after it (all steps where
        it is None) "distance_mean", "distance_std", "d_loss_std" and "g_loss_std" (mean standard deviation in
        consecutive windows of `span`), "d_oscillation" and "g_oscillation" (mean |L_k - L_(k-1)|).
    """
    d_loss, g_loss = np.asarray(d_loss, "float64"), np.asarray(g_loss, "float64")
    distance = np.abs(g_loss - d_loss)
    settled = settling_step(moving_average(distance, window) < bound, hold)
    after = slice(settled or 0, None)
    return {
        "settled_at": None if settled is None else settled + 1,
        "distance_mean": float(distance[after].mean()),
        "distance_std": float(distance[after].std()),
        "d_loss_std": _windowed_std(d_loss[after], span),
        "g_loss_std": _windowed_std(g_loss[after], span),
        "d_oscillation": float(np.abs(np.diff(d_loss[after])).mean()),
        "g_oscillation": float(np.abs(np.diff(g_loss[after])).mean()),
    }


def _windowed_std(values, span):
    pieces = [values[i : i + span] for i in range(0, max(len(values) - span, 0) + 1, span)]
    return float(np.mean([piece.std() for piece in pieces]))
