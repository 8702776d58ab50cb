"""A small model with pictures that differ, and the run directory that it would have ended in."""

import numpy as np

from keras_facegan import create_model, recipe
from keras_facegan.seam import runtime
from keras_facegan.weights import save_inference_weights


def lively_model(policy="float32"):
    """Return a fresh tiny dcgan whose moving average draws strong pictures and whose trained generator draws none.

    Args:
        policy: Keras dtype policy that it is built under.
    """
    with runtime.precision(policy):
        model = create_model("dcgan", preset="tiny", seed=0)
    average = model.network("generator")
    average.set_weights([value * (12.0 if value.ndim > 1 else 1.0) for value in average.get_weights()])
    model.generator.set_weights([np.zeros_like(value) for value in average.get_weights()])
    return model


def finished_run(root, model, **changes):
    """Write the recipe and the weights of a tiny model to a directory, and return it.

    Args:
        root: The directory.
        model: Model of the preset `tiny`.
        **changes: Constructor arguments in which it differs from the preset.
    """
    root.mkdir(parents=True)
    changes = [(f"model.{key}", value) for key, value in changes.items()]
    recipe.write(recipe.resolve(model.name, "tiny", changes), root / "recipe.toml", {})
    save_inference_weights(model, root / "model.weights.h5")
    return root
