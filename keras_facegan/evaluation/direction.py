"""Which way a metric is better, defined in this one place."""

# Of two values of these, the lower or the higher one is the better model.
LOWER = ("fid", "kid", "mae", "equal_error_rate")
HIGHER = ("classifier_score", "precision", "recall", "density", "coverage", "accuracy", "auc", "tar_at_far_1e-2")


def ranks(name: str) -> bool:
    """Say whether one value of a metric is better than another at all.

    Args:
        name: Name of a `Result`, such as "fid".
    """
    return name in LOWER or name in HIGHER


def is_better(name: str, value: float, than: float) -> bool:
    """Say whether a value of a metric that `ranks` is better than another one.

    Args:
        name: Name of a `Result`, such as "fid".
        value: The one value.
        than: The other one.
    """
    return value < than if name in LOWER else value > than
