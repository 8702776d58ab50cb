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


def finished_run(root, model):
    """Write the recipe and the weights of a tiny dcgan to a directory, and return it."""
    root.mkdir(parents=True)
    recipe.write(recipe.resolve("dcgan", "tiny"), root / "recipe.toml", {})
    save_inference_weights(model, root / "model.weights.h5")
    return root
