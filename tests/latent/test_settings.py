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
        ({"loss": "l3"}, "loss must be l1 or l2, got `l3`"),
        ({"loss": 2}, "loss must be a text"),
        ({"steps": 0}, "steps must be at least 1"),
        ({"steps": 1.5}, "steps must be a whole number"),
        ({"restarts": 0}, "restarts must be at least 1"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0"),
        ({"learning_rate": float("nan")}, "learning_rate must be above 0"),
        ({"learning_rate": "fast"}, "learning_rate must be a number"),
        ({"regulariser": -1.0}, "regulariser must be at least 0"),
    ],
)
def test_what_is_refused(given, message):
    with pytest.raises(UserError, match=message):
        make_settings(given)
