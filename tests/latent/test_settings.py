"""Settings of a search: their defaults, and what is refused."""

import pytest

from keras_facegan.errors import UserError
from keras_facegan.latent.settings import Settings, make_settings


def test_defaults():
    settings = Settings()
    assert (settings.loss, settings.steps, settings.restarts, settings.regulariser) == ("l2", 5000, 4, 0.0)
    assert (settings.rate(1), settings.rate(3)) == (0.05, 0.005)
    assert Settings(learning_rate=0.3).rate(3) == 0.3
    assert make_settings({"steps": 7, "loss": "l1"}) == Settings(loss="l1", steps=7)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"stepps": 3}, "`stepps` is not a setting of a search. Did you mean `steps`"),
        ({"loss": "l3"}, "loss `l3` is unknown. Available: `l1`, `l2`"),
        ({"loss": 2}, "loss must be one of `l1`, `l2`, got 2"),
        ({"steps": 0}, "steps must be a whole number from 1 to 1,000,000,000, got 0"),
        ({"steps": 1.5}, "steps must be a whole number"),
        ({"restarts": 0}, "restarts must be a whole number from 1 to 1,000, got 0"),
        ({"seed": -1}, "seed must be a whole number from 0 to 4,294,967,295, got -1"),
        ({"learning_rate": 0.0}, "learning_rate must be a number above 0, at most 1e6"),
        ({"learning_rate": float("nan")}, "learning_rate must be a number above 0, at most 1e6"),
        ({"learning_rate": "fast"}, "learning_rate must be a number"),
        ({"regulariser": -1.0}, "regulariser must be a number from 0 to 1e9, got -1.0"),
    ],
)
def test_what_is_refused(given, message):
    with pytest.raises(UserError, match=message):
        make_settings(given)
