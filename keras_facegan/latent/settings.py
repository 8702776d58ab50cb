"""How latents are searched for: which distance, how fast, how long, and how often from the beginning."""

import dataclasses
import math

from keras_facegan.errors import UserError, check_kind, did_you_mean

# Adam's rates by kind of picture. On faces ten times the rate comes nearly as near in a fifth of the steps, which
# docs/results/inversion.md measures.
LEARNING_RATES = {"digits": 0.05, "faces": 0.005}
# Shares of the steps after which the way is looked at.
STOPS = (0.0, 0.01, 0.03, 0.1, 0.3)
LOSSES = ("l1", "l2")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Settings of a search.

    Args:
        loss: "l2" (mean squared error) or "l1" (mean absolute error).
        learning_rate: Adam's; that of `LEARNING_RATES` where it is None, digits for grey pictures, faces for others.
        steps: Steps of Adam from every start.
        restarts: Starts a picture, codes that the model samples with `seed`; the best of all is kept.
        seed: Fixes the starts and, where noise is drawn, the noise.
        regulariser: Weight of the mean square of a code beside the distance; 1e-4 to 1e-3 keeps codes likely.

    Raises:
        UserError: A value of the wrong kind or out of its range.
    """

    loss: str = "l2"
    learning_rate: float | None = None
    steps: int = 5000
    restarts: int = 4
    seed: int = 0
    regulariser: float = 0.0

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            default = 0.0 if field.name == "learning_rate" else field.default
            if value is not None or field.name != "learning_rate":
                check_kind(field.name, value, default)
        if self.loss not in LOSSES:
            raise UserError(f"loss must be l1 or l2, got `{self.loss}`.")
        if self.learning_rate is not None and not 0 < self.learning_rate < math.inf:
            raise UserError(f"learning_rate must be above 0, got {self.learning_rate:g}.")
        if not 0 <= self.regulariser < math.inf:
            raise UserError(f"regulariser must be at least 0, got {self.regulariser:g}.")
        for name, least in (("steps", 1), ("restarts", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise UserError(f"{name} must be at least {least}, got {getattr(self, name)}.")

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
