"""Optimizers from a table: one a network, named, with what the table says."""

import keras
import pytest

from keras_facegan.errors import UserError
from keras_facegan.optimizers import build_optimizers, check

NETWORKS = ("generator", "discriminator")


def build(**spec):
    return build_optimizers(spec, NETWORKS)


def test_empty_table_is_adam_with_the_settings_of_dcgan():
    for name, optimizer in build().items():
        assert isinstance(optimizer, keras.optimizers.Adam) and optimizer.name == f"{name}_optimizer"
        assert (float(optimizer.learning_rate), optimizer.beta_1, optimizer.beta_2) == pytest.approx((2e-4, 0.5, 0.999))


def test_a_name_brings_the_optimizers_own_defaults():
    optimizer = build(name="adam")["generator"]
    assert (float(optimizer.learning_rate), optimizer.beta_1) == pytest.approx((1e-3, 0.9))
    assert type(build(name="RMSprop")["generator"]) is keras.optimizers.RMSprop
    assert type(build(name="SGD", momentum=0.5)["generator"]) is keras.optimizers.SGD


def test_without_a_name_settings_extend_the_default():
    optimizer = build(learning_rate=1e-3)["generator"]
    assert (float(optimizer.learning_rate), optimizer.beta_1) == pytest.approx((1e-3, 0.5))


def test_a_network_may_differ():
    found = build(learning_rate=1e-3, discriminator={"learning_rate": 4e-3})
    rates = {name: float(each.learning_rate) for name, each in found.items()}
    assert rates == pytest.approx({"generator": 1e-3, "discriminator": 4e-3})
    found = build(discriminator={"name": "sgd", "momentum": 0.9})
    assert type(found["discriminator"]) is keras.optimizers.SGD and found["discriminator"].momentum == 0.9
    assert found["generator"].beta_1 == 0.5


def test_scale_halves_every_rate():
    found = build_optimizers({"learning_rate": 1e-3, "generator": {"learning_rate": 2e-3}}, NETWORKS, 0.5)
    rates = {name: float(each.learning_rate) for name, each in found.items()}
    assert rates == pytest.approx({"generator": 1e-3, "discriminator": 5e-4})


def test_registered_optimizers_are_known():
    import keras_facegan.models.gan  # noqa: F401

    assert type(build(name="MomentumRampSGD", momentum=0.5)["generator"]).__name__ == "MomentumRampSGD"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"name": "adamm"}, "train.optimizer.name `adamm` is not an optimizer. Did you mean `adam`"),
        ({"name": "optimizer"}, "is not an optimizer"),
        ({"name": "lossscaleoptimizer"}, "is not an optimizer"),
        ({"name": 3}, "train.optimizer.name must be a string"),
        ({"beta1": 0.5}, "train.optimizer.beta1 is not a parameter of adam nor a network.*Did you mean `beta_1`"),
        ({"generater": {"beta_1": 0.5}}, "Did you mean `generator`"),
        ({"generator": {"beta1": 0.5}}, "Did you mean `beta_1`"),
        ({"generator": 0.5}, "train.optimizer.generator must be a table"),
        ({"learning_rate": -1.0}, "must be a number between 0 and 100, got -1.0"),
        ({"learning_rate": 100}, "must be a number between 0 and 100, got 100"),
        ({"learning_rate": float("nan")}, "must be a number between 0 and 100, got nan"),
        ({"learning_rate": True}, "train.optimizer.learning_rate must be a number between 0 and 100, got True"),
        ({"beta_1": "0.5"}, "train.optimizer.beta_1 must be a number from 0 to below 1, got '0.5'"),
    ],
)
def test_what_is_wrong_is_said(spec, message):
    with pytest.raises(UserError, match=message):
        check(spec, NETWORKS)


def test_a_schedule_is_keras_own():
    table = {"name": "cosine_decay", "initial_learning_rate": 1e-3, "decay_steps": 100}
    optimizer = build(name="adam", learning_rate=table)["generator"]
    expected = keras.optimizers.schedules.CosineDecay(1e-3, 100)
    for step in (0, 30, 100):
        optimizer.iterations.assign(step)
        assert float(optimizer.learning_rate) == pytest.approx(float(expected(step)), rel=1e-6)


def test_a_rate_stays_and_then_falls_in_a_straight_line():
    table = {"name": "constant_then_linear", "initial_learning_rate": 2e-4, "constant_steps": 100, "decay_steps": 50}
    full, half = (
        build_optimizers({"name": "adam", "learning_rate": table}, NETWORKS, s)["generator"] for s in (1, 0.5)
    )
    for step, expected in ((0, 2e-4), (100, 2e-4), (110, 1.6e-4), (125, 1e-4), (150, 0.0), (900, 0.0)):
        full.iterations.assign(step)
        half.iterations.assign(step)
        assert float(full.learning_rate) == pytest.approx(expected, abs=1e-10)
        assert float(half.learning_rate) == pytest.approx(expected / 2, abs=1e-10)


def test_scale_reaches_schedules():
    table = {
        "name": "cosine_decay",
        "initial_learning_rate": 1e-3,
        "decay_steps": 100,
        "warmup_target": 2e-3,
        "warmup_steps": 10,
    }
    full, half = (
        build_optimizers({"name": "adam", "learning_rate": table}, NETWORKS, s)["generator"] for s in (1, 0.5)
    )
    for step in (0, 5, 10, 60):
        full.iterations.assign(step)
        half.iterations.assign(step)
        assert float(half.learning_rate) == pytest.approx(0.5 * float(full.learning_rate), rel=1e-6)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"name": "cosine_decai"}, "is not a schedule. Did you mean `cosine_decay`"),
        ({"initial_learning_rate": 1e-3}, "`None` is not a schedule"),
        ({"name": "cosine_decay", "steps": 3}, "learning_rate.steps is not a parameter of cosine_decay"),
        ({"name": "cosine_decay", "initial_learning_rate": 1e-3}, "decay_steps"),
        ({"name": "cosine_decay", "initial_learning_rate": "1e-3", "decay_steps": 5}, "initial_learning_rate"),
    ],
)
def test_wrong_schedules_are_named(table, message):
    with pytest.raises(UserError, match=message):
        build(name="adam", learning_rate=table)
