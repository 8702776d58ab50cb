"""Optimizers from a recipe's table: one a network, each named after it."""

import inspect

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
            check_kind(f"train.optimizer.{key}", value, allowed[key].default)
        rate = table.get("learning_rate", 0.001)
        if not 0 < rate < 10:
            raise UserError(f"train.optimizer.learning_rate must be a number between 0 and 10, got {rate!r}.")
        tables[network] = table
    return tables


def build_optimizers(spec, networks, learning_rate_scale=1.0):
    """Build one optimizer a network.

    Args:
        spec: Table such as `{"name": "adam", "learning_rate": 2e-4, "beta_1": 0.5}`; a key that is the name of a
            network holds a table that overrides the others for this network. Without a name it extends Adam with the
            settings of DCGAN (learning rate 2e-4, beta_1 0.5).
        networks: Names of the trained networks.
        learning_rate_scale: Factor on every learning rate (halved at each rollback).

    Returns:
        Dict from network name to an optimizer called `<network>_optimizer`.
    """
    optimizers = {}
    for network, table in check(spec, networks).items():
        arguments = {**table, "name": f"{network}_optimizer"}
        arguments["learning_rate"] = table.get("learning_rate", 0.001) * learning_rate_scale
        optimizers[network] = _optimizer_class(table["name"])(**arguments)
    return optimizers
