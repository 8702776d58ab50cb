"""Ages sorted into groups: "0-30", "31-40", "41-50", "51+" in most papers."""

import numpy as np
from keras import ops

from keras_facegan.errors import UserError

# Ages over it count as it.
OLDEST = 100.0


class AgeGroups:
    """Groups of ages, youngest first.

    Args:
        thresholds: Oldest year of each group but the last, rising; one or more.

    Raises:
        UserError: Thresholds that do not rise.
    """

    def __init__(self, thresholds):
        self.thresholds = tuple(thresholds)
        if not self.thresholds or list(self.thresholds) != sorted(set(self.thresholds)):
            raise UserError(f"Age groups end at thresholds that must rise, got {list(self.thresholds)}.")

    def __len__(self):
        return len(self.thresholds) + 1

    def of(self, ages):
        """Return the int64 groups (n,) of ages (n,) in years."""
        return np.searchsorted(self.thresholds, np.asarray(ages))

    @property
    def names(self):
        """Their years: "0-30", "31-40", ..., "51+"."""
        oldest = [*self.thresholds, None]
        youngest = [0, *(each + 1 for each in self.thresholds)]
        return [f"{low}+" if high is None else f"{low}-{high}" for low, high in zip(youngest, oldest, strict=True)]

    def check_all_present(self, ages, name, argument):
        """Raise `UserError` with the counts of all groups where one of them has no pictures.

        Args:
            ages: Array (n,) in years.
            name: Name of the data set.
            argument: Name of the setting that holds the thresholds.
        """
        counts = np.bincount(self.of(ages), minlength=len(self))
        if not counts.all():
            named = ", ".join(f"{group}: {count:,}" for group, count in zip(self.names, counts, strict=True))
            raise UserError(
                f"`{name}` has no pictures of some ages ({named}). Give pictures of every group, or set {argument} to "
                "others."
            )


def age_group(age, thresholds):
    """Return the groups of ages inside a graph: for each age the number of thresholds that lie below it.

    Args:
        age: Tensor (B,) in years.
        thresholds: Oldest year of each group but the last; (30, 40, 50) gives <= 30, 31-40, 41-50, > 50.

    Returns:
        int32 tensor (B,).
    """
    return ops.sum(ops.cast(age[:, None] > ops.cast(ops.convert_to_tensor(thresholds), age.dtype), "int32"), axis=-1)
