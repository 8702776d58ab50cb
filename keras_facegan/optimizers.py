"""Optimizers from a recipe's table, or from what Keras users hand over: one per network, named after it."""

import inspect
import re
from typing import Annotated, Any

import keras
import msgspec

from keras_facegan.arguments import OpenFraction, Positive, Steps, Weight, check_value, parameters
from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.learning_rates import ConstantThenLinear
from keras_facegan.momentum_ramp import MomentumRampSGD
from keras_facegan.seam.adam import Adam

DEFAULT = {"name": "adam", "learning_rate": 2e-4, "beta_1": 0.5, "beta_2": 0.999}

LearningRate = Annotated[float, msgspec.Meta(gt=0.0, lt=100.0, description="a number between 0 and 100")]
Duration = Annotated[float, msgspec.Meta(gt=0.0, le=1e9, description="a number of steps above 0, at most 1e9")]
# Keras' optimizers have no annotations: settings that several of them share, by name.
_KINDS = {
    **dict.fromkeys(("beta_1", "beta_2", "momentum", "rho", "ema_momentum"), OpenFraction),
    **dict.fromkeys(("clipnorm", "clipvalue", "global_clipnorm"), Positive | None),
    **dict.fromkeys(("ema_overwrite_frequency", "gradient_accumulation_steps"), Steps | None),
    **dict.fromkeys(("weight_decay", "loss_scale_factor"), Weight | None),
    "epsilon": Positive,
    "initial_accumulator_value": Weight,
}
# Schedules that come to an end, after which the rate stays.
_ENDING = ("constant_then_linear", "cosine_decay", "polynomial_decay")


def _optimizer_class(name):
    check_value("train.optimizer.name", name, str)
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
    # The same update as Keras' Adam, by one kernel per variable.
    known["adam"] = Adam
    known["momentumrampsgd"] = MomentumRampSGD
    if name.lower() not in known:
        raise UserError(f"train.optimizer.name `{name}` is not an optimizer.{did_you_mean(name, known)}")
    return known[name.lower()]


def _schedules():
    """Return the schedules that fall from an initial rate, Keras' and ours: {"cosine_decay": class, ...}."""
    known = {"constant_then_linear": ConstantThenLinear}
    for name, each in vars(keras.optimizers.schedules).items():
        if inspect.isclass(each) and "initial_learning_rate" in inspect.signature(each).parameters:
            known[re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()] = each
    return known


def _learning_rate(value, scale=1.0):
    """Return a rate, or the schedule that a table describes, times `scale`; raise `UserError` where it is neither."""
    place = "train.optimizer.learning_rate"
    if not isinstance(value, dict):
        check_value(place, value, LearningRate)
        return value * scale
    table, known = dict(value), _schedules()
    name = table.pop("name", None)
    if name not in known:
        raise UserError(f"{place}.name `{name}` is not a schedule.{did_you_mean(name, known)}")
    allowed = inspect.signature(known[name]).parameters
    for key, each in table.items():
        if key not in allowed or key == "name":
            raise UserError(f"{place}.{key} is not a parameter of {name}.{did_you_mean(key, allowed)}")
        check_value(f"{place}.{key}", each, Duration if key.endswith("steps") else Weight)
    for key in ("initial_learning_rate", "warmup_target"):
        if key in table:
            table[key] = table[key] * scale
    try:
        return known[name](**table)
    except (TypeError, ValueError) as error:
        raise UserError(f"{place}: {error}") from None


def _kind(key, parameter):
    """Return the type of a setting of an optimizer: its annotation, else by its name, else that of its default."""
    if parameter.kind is not Any:
        return parameter.kind
    return _KINDS.get(key, type(parameter.default) if isinstance(parameter.default, bool | int | float | str) else Any)


def check(spec, networks):
    """Return `{network: keyword arguments}` for an optimizer table, or raise `UserError` naming the wrong key."""
    check_value("train.optimizer", spec, dict)
    for network in networks:
        check_value(f"train.optimizer.{network}", spec.get(network), dict | None)
    shared = {key: value for key, value in spec.items() if key not in networks}
    tables = {}
    for network in networks:
        table = {**DEFAULT, **shared, **spec.get(network, {})}
        if "name" in shared or "name" in spec.get(network, {}):
            table = {**shared, **spec.get(network, {})}
        optimizer = _optimizer_class(table["name"])
        allowed = parameters(optimizer)
        for key, value in table.items():
            if key not in allowed:
                choices = [*allowed, *networks]
                raise UserError(
                    f"train.optimizer.{key} is not a parameter of {table['name']} nor a network of the model."
                    f"{did_you_mean(key, choices)}"
                )
            if key != "learning_rate":
                check_value(f"train.optimizer.{key}", value, _kind(key, allowed[key]))
        rate = _learning_rate(table.get("learning_rate", 0.001))
        try:
            # Keras knows which settings exclude each other.
            optimizer(**{**table, "learning_rate": rate})
        except (TypeError, ValueError) as error:
            raise UserError(f"train.optimizer: {str(error).splitlines()[0]}") from None
        tables[network] = table
    return tables


def ended_schedule(spec: dict, step: int, last: int) -> list[str]:
    """Return a line for every learning-rate schedule that is over before a run that goes on has come to its end.

    Args:
        spec: Table as for `build_optimizers`.
        step: Steps that the run has taken; a run that only begins is left alone.
        last: Step at which it is to end.
    """
    tables = {f"{name}.": table for name, table in spec.items() if isinstance(table, dict) and name != "learning_rate"}
    lines = []
    for place, table in {"": spec, **tables}.items():
        schedule = table.get("learning_rate")
        if not isinstance(schedule, dict) or schedule["name"] not in _ENDING or schedule.get("cycle"):
            continue
        end = schedule["decay_steps"] + schedule.get("warmup_steps", 0) + schedule.get("constant_steps", 0)
        if step and end < last:
            key = f"train.optimizer.{place}learning_rate.decay_steps"
            rate = float(_learning_rate(schedule)(end))
            lines.append(
                f"{key} ({schedule['decay_steps']:g}) ends at step {end:g}: up to step {last} the learning rate stays "
                f"at {rate:.3g}. Set {key} and add --allow_changes to learn at another rate."
            )
    return lines


def build_optimizers(spec, networks, learning_rate_scale=1.0):
    """Build one optimizer per network.

    Args:
        spec: One of

            - a table such as `{"name": "adam", "learning_rate": 2e-4, "beta_1": 0.5}`; a key that is the name of a
              network holds a table that overrides the others for this network. Without a name it extends Adam with
              the settings of DCGAN (learning rate 2e-4, beta_1 0.5). `learning_rate` is a number or the table of a
              Keras schedule, such as `{"name": "cosine_decay", "initial_learning_rate": 1e-3, "decay_steps": 5000}`;
            - the name of an optimizer, which brings its own defaults;
            - a Keras optimizer, of which every network gets a copy, or a dict with one for every network.
        networks: Names of the trained networks.
        learning_rate_scale: Factor on every learning rate of a table (halved at each rollback).

    Returns:
        Dict from network name to an optimizer called `<network>_optimizer`.

    Raises:
        UserError: A wrong table, or a dict without an optimizer for every network.
    """
    if isinstance(spec, str):
        spec = _optimizer_class(spec)()
    if isinstance(spec, keras.optimizers.Optimizer):
        spec = dict.fromkeys(networks, spec)
    if isinstance(spec, dict) and any(isinstance(value, keras.optimizers.Optimizer) for value in spec.values()):
        return _copies(spec, networks)
    optimizers = {}
    for network, table in check(spec, networks).items():
        arguments = {**table, "name": f"{network}_optimizer"}
        arguments["learning_rate"] = _learning_rate(table.get("learning_rate", 0.001), learning_rate_scale)
        optimizers[network] = _optimizer_class(table["name"])(**arguments)
    return optimizers


def _copies(optimizers, networks):
    """Return a fresh copy of every optimizer: one cannot serve two networks, nor a model that is compiled anew."""
    names = ", ".join(networks)
    for name, optimizer in optimizers.items():
        if name not in networks:
            raise UserError(
                f"compile got an optimizer for `{name}`, which is no network.{did_you_mean(name, networks)}"
            )
        if not isinstance(optimizer, keras.optimizers.Optimizer):
            raise UserError(
                f"compile takes a Keras optimizer for every network ({names}), or a table: `{name}` is {optimizer!r}."
            )
    for name in networks:
        if name not in optimizers:
            raise UserError(f"compile got no optimizer for `{name}`: give one for every network ({names}).")
    return {
        name: type(optimizers[name]).from_config({**optimizers[name].get_config(), "name": f"{name}_optimizer"})
        for name in networks
    }


class OptimizerGroup:
    """The optimizers of a model as Keras' callbacks look for them in `model.optimizer`, where there are several.

    Args:
        optimizers: Built optimizers, in the order of the model's networks.
    """

    built = True

    def __init__(self, optimizers):
        self.optimizers = list(optimizers)

    @property
    def iterations(self):
        """Steps that the first network has taken."""
        return self.optimizers[0].iterations

    @property
    def variables(self):
        """Variables of all optimizers."""
        return [variable for optimizer in self.optimizers for variable in optimizer.variables]

    @property
    def learning_rate(self):
        """Learning rate, where all networks have the same; setting it sets that of every network."""
        rates = {float(optimizer.learning_rate) for optimizer in self.optimizers}
        if len(rates) > 1:
            raise AttributeError("The networks have different learning rates: see model.optimizers[name].")
        return self.optimizers[0].learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        for optimizer in self.optimizers:
            optimizer.learning_rate = value
