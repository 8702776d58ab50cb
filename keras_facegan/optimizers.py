"""Optimizers from a recipe's table: one a network, each named after it."""

import inspect
import re

import keras

from keras_facegan.errors import UserError, check_kind, did_you_mean
from keras_facegan.seam.adam import Adam

DEFAULT = {"name": "adam", "learning_rate": 2e-4, "beta_1": 0.5, "beta_2": 0.999}


def _optimizer_class(name):
    check_kind("train.optimizer.name", name, "")
    known = {
        each.lower(): getattr(keras.optimizers, each)
        for each in dir(keras.optimizers)
        if inspect.isclass(getattr(keras.optimizers, each)) and each not in ("Optimizer", "LossScaleOptimizer")
    }
    known |= {
        key.split(">")[-1].lower(): value
        for key, value in keras.saving.get_custom_objects().items()
        if inspect.isclass(value) and issubclass(value, keras.optimizers.Optimizer)
    }
    # The same update as Keras' Adam, by one kernel a variable.
    known["adam"] = Adam
    if name.lower() not in known:
        raise UserError(f"train.optimizer.name `{name}` is not an optimizer.{did_you_mean(name, known)}")
    return known[name.lower()]


def _schedules():
    """Return the schedules of Keras that fall from an initial rate: {"cosine_decay": class, ...}."""
    known = {}
    for name, each in vars(keras.optimizers.schedules).items():
        if inspect.isclass(each) and "initial_learning_rate" in inspect.signature(each).parameters:
            known[re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()] = each
    return known


def _learning_rate(value, scale=1.0):
    """Return a rate, or the schedule that a table describes, times `scale`; raise `UserError` where it is neither."""
    place = "train.optimizer.learning_rate"
    if not isinstance(value, dict):
        check_kind(place, value, 0.0)
        if not 0 < value < 10:
            raise UserError(f"{place} must be a number between 0 and 10, got {value!r}.")
        return value * scale
    table, known = dict(value), _schedules()
    name = table.pop("name", None)
    if name not in known:
        raise UserError(f"{place}.name `{name}` is not a schedule.{did_you_mean(name, known)}")
    allowed = inspect.signature(known[name]).parameters
    for key, each in table.items():
        if key not in allowed or key == "name":
            raise UserError(f"{place}.{key} is not a parameter of {name}.{did_you_mean(key, allowed)}")
        check_kind(f"{place}.{key}", each, 0.0)
    for key in ("initial_learning_rate", "warmup_target"):
        if key in table:
            table[key] = table[key] * scale
    try:
        return known[name](**table)
    except (TypeError, ValueError) as error:
        raise UserError(f"{place}: {error}") from None


def check(spec, networks):
    """Return `{network: keyword arguments}` for an optimizer table, or raise `UserError` naming the wrong key."""
    check_kind("train.optimizer", spec, {})
    for network in networks:
        check_kind(f"train.optimizer.{network}", spec.get(network), {})
    shared = {key: value for key, value in spec.items() if key not in networks}
    tables = {}
    for network in networks:
        table = {**DEFAULT, **shared, **spec.get(network, {})}
        if "name" in shared or "name" in spec.get(network, {}):
            table = {**shared, **spec.get(network, {})}
        allowed = inspect.signature(_optimizer_class(table["name"])).parameters
        for key, value in table.items():
            if key not in allowed:
                choices = [*allowed, *networks]
                raise UserError(
                    f"train.optimizer.{key} is not a parameter of {table['name']} nor a network of the model."
                    f"{did_you_mean(key, choices)}"
                )
            if key != "learning_rate":
                check_kind(f"train.optimizer.{key}", value, allowed[key].default)
        _learning_rate(table.get("learning_rate", 0.001))
        tables[network] = table
    return tables


def build_optimizers(spec, networks, learning_rate_scale=1.0):
    """Build one optimizer a network.

    Args:
        spec: Table such as `{"name": "adam", "learning_rate": 2e-4, "beta_1": 0.5}`; a key that is the name of a
            network holds a table that overrides the others for this network. Without a name it extends Adam with the
            settings of DCGAN (learning rate 2e-4, beta_1 0.5). `learning_rate` is a number or the table of a Keras
            schedule, such as `{"name": "cosine_decay", "initial_learning_rate": 1e-3, "decay_steps": 5000}`.
        networks: Names of the trained networks.
        learning_rate_scale: Factor on every learning rate (halved at each rollback).

    Returns:
        Dict from network name to an optimizer called `<network>_optimizer`.
    """
    optimizers = {}
    for network, table in check(spec, networks).items():
        arguments = {**table, "name": f"{network}_optimizer"}
        arguments["learning_rate"] = _learning_rate(table.get("learning_rate", 0.001), learning_rate_scale)
        optimizers[network] = _optimizer_class(table["name"])(**arguments)
    return optimizers
