"""Models that are loaded, used and let go leave nothing behind, and asking a model for features adds nothing to it."""

import collections
import gc

import keras
import numpy as np
import pytest

from keras_facegan import create_model, load_model
from tests.runs import finished_run, lively_model


def kept():
    """Return how many variables, layers and networks are alive, by their kind."""
    gc.collect()
    kinds = (keras.Variable, keras.layers.Layer, keras.KerasTensor)
    return collections.Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, kinds))


def test_a_model_that_is_let_go_leaves_no_variable_layer_or_tensor(tmp_path):
    run = finished_run(tmp_path / "run", lively_model())

    def use():
        model = load_model(run)
        model.generate(2, seed=1)
        return kept()

    while_used = use()
    before = kept()
    # Something was counted.
    assert while_used.total() > before.total() + 20
    for _ in range(2):
        use()
    assert kept() == before


@pytest.mark.parametrize("name", ["dcgan", "facenet"])
def test_variables_of_a_second_model_have_the_names_of_the_first(name):
    # TensorFlow keeps memory for every name that a variable ever had.
    first, second = (
        {variable.value.name for variable in create_model(name, "tiny", seed=seed).variables} for seed in (0, 1)
    )
    assert len(first) > 3 and second == first


def nodes(network):
    """Return how many nodes hang on the layers of a network and on the network itself."""
    return [(len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in (network, *network.layers)]


def noise(model):
    return np.random.default_rng(0).uniform(-1, 1, (2, *model.image_shape)).astype("float32")


USES = {
    "age_estimator": ("estimator", lambda model: model.features(noise(model))),
    "facenet": ("embedder", lambda model: model.feature_network()),
    "digit_net": ("classifier", lambda model: (model.features(noise(model)), model.export_signatures())),
    "cat_net": ("encoder", lambda model: (model.features(noise(model)), model.export_signatures())),
}


@pytest.mark.parametrize("name", USES)
def test_features_add_nothing_to_the_network_that_they_are_read_from(name):
    network, use = USES[name]
    model = create_model(name, "tiny", seed=0)
    if name == "facenet":
        model.calibration.pairs.assign(np.ones(model.calibration.pairs.shape))
    before = nodes(model.network(network))
    for _ in range(3):
        use(model)
    assert nodes(model.network(network)) == before
