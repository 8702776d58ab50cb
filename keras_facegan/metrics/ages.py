"""How far estimated ages are from true ones, as a whole and by decade, and how ages run along a face's own path."""

import numpy as np

from keras_facegan.errors import UserError

OLDEST_DECADE = 80


def mean_absolute_error(estimated, truth):
    """Return the mean distance in years of two arrays (n,)."""
    estimated, truth = _checked(estimated, truth)
    return float(np.abs(estimated - truth).mean())


def by_decade(estimated, truth):
    """Return the error within each decade of the true age.

    Args:
        estimated: Array (n,) in years.
        truth: Array (n,) in years; all from 80 on count as one.

    Returns:
        List of dicts, youngest first: "ages" ("0-9", ..., "80+"), "count", "mae" and "bias" (mean of estimated minus
        true age) in years; decades without pictures are left out.
    """
    estimated, truth = _checked(estimated, truth)
    decades = np.minimum(truth // 10 * 10, OLDEST_DECADE).astype(int)
    rows = []
    for decade in np.unique(decades):
        error = (estimated - truth)[decades == decade]
        rows.append(
            {
                "ages": f"{decade}+" if decade == OLDEST_DECADE else f"{decade}-{decade + 9}",
                "count": len(error),
                "mae": float(np.abs(error).mean()),
                "bias": float(error.mean()),
            }
        )
    return rows


def path_correlation(ages, groups):
    """Return the Pearson correlation of estimated age and group along the path of each face through the groups.

    Args:
        ages: Array (n, k), the estimated age of face n in group k.
        groups: Array (k,), such as the mean age of each group; k >= 2, not all the same.

    Returns:
        float64 array (n,) in [-1, 1]; 0 for a face whose estimated age does not move.

    Reference:
        PFA-GAN, Huang et al. 2020, arXiv 2012.03459, section IV-C (smoothness).
    """
    ages, groups = np.asarray(ages, "float64"), np.asarray(groups, "float64")
    if ages.ndim != 2 or groups.shape != ages.shape[1:] or np.ptp(groups) == 0:
        raise UserError(
            f"ages {ages.shape} and groups {groups.shape} must be (n, k) and (k,), k >= 2 different groups."
        )
    moved, steps = ages - ages.mean(axis=1, keepdims=True), groups - groups.mean()
    spread = np.sqrt((moved**2).sum(axis=1) * (steps**2).sum())
    return np.divide(moved @ steps, spread, out=np.zeros(len(ages)), where=spread > 1e-12)


def _checked(estimated, truth):
    estimated, truth = np.asarray(estimated, "float64"), np.asarray(truth, "float64")
    if estimated.ndim != 1 or estimated.shape != truth.shape or not len(truth):
        raise UserError(
            f"Estimated and true ages must be two arrays (n,), n >= 1, got {estimated.shape}, {truth.shape}."
        )
    if not (np.isfinite(estimated).all() and np.isfinite(truth).all()):
        raise UserError("Estimated and true ages must be finite.")
    return estimated, truth
