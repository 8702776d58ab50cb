"""What a trained model reaches: numbers that say what they were taken of, and with what.

Three things are called by nearly one name:

- `keras_facegan.metrics` holds pure functions of arrays: features, pictures or probabilities in, a number out.
- `keras_facegan.evaluation.measures` holds what `--metrics` names. Each is a function of a `Subject`, a model with the
  pictures of one split, and says with `@metric` what it needs, which pictures it speaks of and how its values are read.
  It gets pictures and features from the subject, calls functions of `metrics`, and returns `Result`s.
- `METRICS` in `keras_facegan.registry` is the table of the latter by name.

`evaluate` measures one model and `compare` several; `write` puts their reports into a folder.
"""

import importlib

_HOME = {
    "Report": "measuring",
    "Result": "results",
    "compare": "measuring",
    "evaluate": "measuring",
    "metric": "results",
    "new_folder": "writing",
    "write": "writing",
}
__all__ = sorted(_HOME)


def __getattr__(name):
    # Import on first use: the names of metrics must not wait for Keras.
    if name in _HOME:
        return getattr(importlib.import_module(f"keras_facegan.evaluation.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return __all__
