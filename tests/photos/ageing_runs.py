"""Runs of small ageing models whose changes can be seen, for the tests of photos and of their commands."""

import contextlib

import pytest

from keras_facegan import create_model
from keras_facegan.photos import ageing
from tests.runs import finished_run


def strong(**settings):
    """Return an untrained model whose steps change a face visibly."""
    model = create_model("pfa_gan", "tiny", seed=0, **settings)
    # The last convolution of each step writes what is added to the face.
    for layer in model.generator.layers:
        if hasattr(layer, "residual"):
            kernel = [weights for weights in layer.residual.trainable_variables if weights.ndim == 4][-1]
            kernel.assign(3.0 * kernel)
    return model


def ageing_runs(root):
    """Write the runs "older", "younger" and "helpless" (without an age estimator) below a folder; return the models."""
    models = {"older": strong(), "younger": strong(direction="younger")}
    for name, model in models.items():
        finished_run(root / name, model, direction=name)
    finished_run(root / "helpless", models["older"], age_network="age_estimator/nobody")
    return models


@contextlib.contextmanager
def loaded_once():
    """Keep the networks of `age_photos` between calls: a test asks what they do, not how they are read."""
    kept = {}

    def once(load):
        def load_or_remember(source, *arguments):
            key = (load, getattr(source, "name", source), *arguments)
            if key not in kept:
                kept[key] = load(source, *arguments)
            return kept[key]

        return load_or_remember

    with pytest.MonkeyPatch.context() as patch:
        for name in ("load_network", "estimator_of"):
            patch.setattr(ageing, name, once(getattr(ageing, name)))
        yield
