"""How latents are searched for: which distance, how fast, how long, and how often from the beginning."""

import dataclasses
from typing import Literal

from keras_facegan.abilities import Decodes, require
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


def split_options(model, n, options):
    """Return the settings of a search, and what the pictures show.

    Args:
        model: Model that draws pictures from latent codes.
        n: Number of pictures.
        options: Keyword arguments of a caller: settings, and conditions of the model.

    Returns:
        `(Settings, arrays of model.condition_inputs by name)`.

    Raises:
        UserError: An argument that is neither, a condition that is missing, or as in `Settings`.
    """
    require(model, Decodes)
    names = [condition.name for condition in model.conditions]
    settings = make_settings({name: value for name, value in options.items() if name not in names})
    return settings, model.condition_inputs(n, **{name: value for name, value in options.items() if name in names})


def make_settings(options):
    """Return `Settings` of keyword arguments.

    Args:
        options: Dict of the settings that differ from the defaults.

    Raises:
        UserError: An argument that is no setting (with the nearest ones), or as in `Settings`.
    """
    known = [field.name for field in dataclasses.fields(Settings)]
    for name in options:
        if name not in known:
            raise UserError(f"`{name}` is not a setting of a search.{did_you_mean(name, known)}")
    return Settings(**options)
