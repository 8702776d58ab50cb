"""How latents are searched for: which distance, how fast, how long, and how often from the beginning."""

import dataclasses
from typing import Literal

from keras_facegan.arguments import Interval, Positive, Seed, SmallCount, Weight, check_fields
from keras_facegan.errors import UserError, did_you_mean

# Adam's rates by kind of picture. On faces ten times the rate comes nearly as near in a fifth of the steps, which
# docs/results/inversion.md measures.
LEARNING_RATES = {"digits": 0.05, "faces": 0.005}
# Shares of the steps after which the way is looked at.
STOPS = (0.0, 0.01, 0.03, 0.1, 0.3)


@dataclasses.dataclass(frozen=True)
class Settings:
    """Settings of a search.

    Args:
        loss: "l2" (mean squared error) or "l1" (mean absolute error).
        learning_rate: Adam's; that of `LEARNING_RATES` where it is None, digits for grey pictures, faces for others.
        steps: Steps of Adam from every start.
        restarts: Starts per picture, codes that the model samples with `seed`; the best of all is kept.
        seed: Fixes the starts and, where noise is drawn, the noise.
        regulariser: Weight of the mean square of a code beside the distance; 1e-4 to 1e-3 keeps codes likely.

    Raises:
        UserError: A value of the wrong kind or out of its range.
    """

    loss: Literal["l1", "l2"] = "l2"
    learning_rate: Positive | None = None
    steps: Interval = 5000
    restarts: SmallCount = 4
    seed: Seed = 0
    regulariser: Weight = 0.0

    def __post_init__(self):
        check_fields(self)

    def rate(self, channels):
        """Return the learning rate for pictures of 1 or 3 channels."""
        return self.learning_rate or LEARNING_RATES["digits" if channels == 1 else "faces"]


def make_settings(given, **defaults):
    """Return `Settings` of keyword arguments.

    Args:
        given: Dict of what a caller gave.
        **defaults: What a task takes for granted where nothing was given.

    Raises:
        UserError: An argument that is no setting (with the nearest ones), or as in `Settings`.
    """
    known = [field.name for field in dataclasses.fields(Settings)]
    for name in given:
        if name not in known:
            raise UserError(f"`{name}` is not a setting of a search.{did_you_mean(name, known)}")
    return Settings(**{**defaults, **given})
