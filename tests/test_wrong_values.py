"""Wrong and extreme values for every key of every tiny preset: one clear line, or a model that can be built."""

import dataclasses
import functools

import hypothesis
import pytest
from hypothesis import strategies as st

from keras_facegan import list_models, recipe
from keras_facegan.arguments import parameters
from keras_facegan.data.options import dataset_options
from keras_facegan.errors import UserError
from keras_facegan.presets import read_preset
from keras_facegan.registry import MODELS
from keras_facegan.seam.allocation import weight_limit

# More than any tiny model takes, less than any machine has.
LIMIT = 1 << 26
OPTIMIZER = ("name", "learning_rate", "beta_1", "beta_2", "epsilon", "clipnorm", "weight_decay", "generator", "wrong")
DATA = ("dataset", "split", "sampler", "augment")

WRONG = st.one_of(
    st.sampled_from([-1, 0, 1, 2, 10**9, 10**12, 2**70, -(2**63)]),
    st.sampled_from([0.0, -0.5, 1.0, 1.5, 1e30, float("nan"), float("inf"), -float("inf")]),
    st.sampled_from([True, False, "", "x", "tfds:../../etc", "a\nb", "views:0", "balanced:age:x", "x" * 10_000]),
    st.sampled_from([[], [[]], [[1], [2]], [0], [4, 4], [65536, 65536, 3], [True], ["x"], [1.5], {}, {"x": 1}]),
    st.integers(-100, 100),
    st.floats(-2, 2),
    st.lists(st.integers(-5, 300), max_size=5),
)


@functools.cache
def keys():
    """Return every (model, dotted key) that a recipe of a tiny preset may hold."""
    pairs = []
    for name in list_models():
        tables = read_preset(name, "tiny")
        pairs += [(name, f"model.{key}") for key in parameters(MODELS.get(name)) if key != "name"]
        pairs += [(name, f"data.{key}") for key in (*DATA, *dataset_options(tables["data"]["dataset"]))]
        pairs += [(name, f"train.{field.name}") for field in dataclasses.fields(recipe.Training)]
        pairs += [(name, f"train.optimizer.{key}") for key in OPTIMIZER]
    return pairs


def planned(name, key, value):
    """Return the recipe with one value changed, or None where it is refused by one line."""
    try:
        return recipe.resolve(name, "tiny", [(key, value)])
    except UserError as error:
        assert "\n" not in str(error) and len(str(error)) < 2000
        return None


@hypothesis.settings(deadline=None, max_examples=1500, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(st.sampled_from(keys()), WRONG)
def test_any_value_of_any_key_gives_a_recipe_or_one_line(pair, value):
    planned(*pair, value)


@hypothesis.settings(deadline=None, max_examples=60, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(st.sampled_from([pair for pair in keys() if pair[1].startswith("model.")]), WRONG)
def test_what_passes_the_check_can_be_built_or_is_refused_by_one_line(pair, value):
    plan = planned(*pair, value)
    if plan is not None:
        try:
            with weight_limit(LIMIT):
                MODELS.create(plan.name, **plan.model)
        except UserError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("model.latent_dim", -1, "model.latent_dim must be a whole number from 1"),
        ("model.filters", 100000, "model.filters must be a whole number from 1 to 8,192"),
        ("model.image_shape", [], "model.image_shape must be a list"),
        ("model.image_shape", [65536, 65536, 3], "model.image_shape must be a list"),
        ("data.size", 10**12, "data.size must be a whole number from 1 to 10,000,000"),
        ("data.identities", [1, 2, 3], "data.identities must be a whole number from 1"),
        ("data.augment", 5, "data.augment must be a string or a list"),
        ("data.dataset", "tfds:../../etc", "needs the name of a set of TensorFlow Datasets"),
        ("train.seed", 2**70, "train.seed must be a whole number from 0"),
        ("train.optimizer.clipnorm", "x", "train.optimizer.clipnorm must be a number above 0"),
        ("train.optimizer.weight_decay", [], "train.optimizer.weight_decay must be a number from 0"),
        ("train.optimizer.beta_1", 1, "train.optimizer.beta_1 must be a number from 0 to below 1"),
        ("train.optimizer.epsilon", -1.5, "train.optimizer.epsilon must be a number above 0"),
    ],
)
def test_values_that_once_ended_in_a_traceback_are_refused(key, value, message):
    with pytest.raises(UserError, match=message):
        recipe.resolve("dcgan", "tiny", [(key, value)])
