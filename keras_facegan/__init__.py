"""keras_facegan: a Keras 3 zoo of GANs for faces, cats and digits, and the networks to train and measure them."""

import importlib

from keras_facegan._version import __version__
from keras_facegan.seam import backend, stand_ins

# Before anything imports Keras or TensorFlow, through this package or not.
backend.choose()
backend.hush()
stand_ins.register()

_HOME = {
    "age_photos": "keras_facegan.photos",
    "create_model": "keras_facegan.presets",
    "list_models": "keras_facegan.presets",
    "load_model": "keras_facegan.loading",
    "load_pretrained": "keras_facegan.pretrained",
    "train": "keras_facegan.run",
    "transform_photos": "keras_facegan.photos",
    "evaluate": "keras_facegan.evaluation",
    "list_datasets": "keras_facegan.data",
    "load_dataset": "keras_facegan.data",
}
__all__ = [*sorted(_HOME), "__version__"]


def __getattr__(name):
    # Keras and TensorFlow take seconds to import: load them when a name that needs them is first used.
    if name not in _HOME:
        raise AttributeError(f"module 'keras_facegan' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__():
    return __all__
