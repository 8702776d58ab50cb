"""A run's recipe: a preset, what the command line changes, all of it checked before any data is read."""

import dataclasses
import inspect
import tomllib

import tomli_w

from keras_facegan import presets
from keras_facegan.errors import UserError, check_kind, did_you_mean

PRECISIONS = {"off": "float32", "float16": "mixed_float16", "bfloat16": "mixed_bfloat16"}


@dataclasses.dataclass(frozen=True)
class Training:
    """The `[train]` table.

    Attributes:
        steps: Steps in all; exactly one of `steps` and `epochs` is set.
        epochs: Passes over the training pictures.
        batch_size: Pictures a step of one network, >= 1.
        optimizer: Table for `optimizers.build_optimizers`.
        seed: Integer that fixes initial weights, latents and the order of the data.
        mixed_precision: "off", "float16" or "bfloat16".
        jit_compile: Compile the step by XLA; pays on a GPU, costs on a CPU.
        deterministic: Use deterministic kernels, so that equal runs have equal weights.
        log_every: Steps between rows of history.csv and points in TensorBoard.
        sample_every: Steps between sample grids.
        eval_every: Steps between looks at `eval_metrics`; 0 takes none.
        eval_metrics: Metrics of `evaluate.py`, joined with "+".
        checkpoint_every: Steps between checkpoints, a multiple of `log_every`.
        keep_checkpoints: How many of the newest checkpoints are kept, >= 1.
        keep_every: Keep every checkpoint whose step is a multiple of this as well; 0 keeps none.
        on_divergence: "stop" or "rollback" when a term or weight is no longer finite.
    """

    steps: int = 0
    epochs: int = 0
    batch_size: int = 64
    optimizer: dict = dataclasses.field(default_factory=dict)
    seed: int = 0
    mixed_precision: str = "off"
    jit_compile: bool = False
    deterministic: bool = False
    log_every: int = 50
    sample_every: int = 500
    eval_every: int = 0
    eval_metrics: str = "fid"
    checkpoint_every: int = 500
    keep_checkpoints: int = 2
    keep_every: int = 0
    on_divergence: str = "stop"

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if type(value) is not field.type:
                raise UserError(f"train.{field.name} must be {_kind(field.type)}, got {value!r}.")
        if (self.steps > 0) == (self.epochs > 0):
            raise UserError(f"train.steps or train.epochs must be set, got {self.steps} and {self.epochs}.")
        for name in ("batch_size", "log_every", "sample_every", "checkpoint_every", "keep_checkpoints"):
            if getattr(self, name) < 1:
                raise UserError(f"train.{name} must be at least 1, got {getattr(self, name)}.")
        for name in ("steps", "epochs", "seed", "keep_every", "eval_every"):
            if getattr(self, name) < 0:
                raise UserError(f"train.{name} must not be negative, got {getattr(self, name)}.")
        _one_of("train.mixed_precision", self.mixed_precision, PRECISIONS)
        _one_of("train.on_divergence", self.on_divergence, ("stop", "rollback"))
        if self.checkpoint_every % self.log_every:
            raise UserError(
                f"train.checkpoint_every ({self.checkpoint_every}) must be a multiple of train.log_every "
                f"({self.log_every}), so that a resumed history continues where it was cut."
            )


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything a run is a function of.

    Attributes:
        name: Registered name of the model.
        preset: Name of the preset it started from.
        model: Constructor arguments.
        data: `dataset`, `split`, `sampler`, `augment` and the options of the data set.
        train: `Training`.
    """

    name: str
    preset: str
    model: dict
    data: dict
    train: Training

    def tables(self):
        """Return the recipe as plain tables, as `recipe.toml` holds them."""
        train = dataclasses.asdict(self.train)
        del train["steps" if not self.train.steps else "epochs"]
        return {"name": self.name, "preset": self.preset, "model": self.model, "data": self.data, "train": train}


def resolve(name, preset, changes=()):
    """Turn a preset and a list of changes into a checked recipe.

    Args:
        name: Registered name of the model.
        preset: Name of one of its presets.
        changes: Pairs of a dotted key ("model.filters") and a value.

    Returns:
        A `Recipe`.

    Raises:
        UserError: A name, key or type is wrong; says which, and what comes near.
    """
    return changed({"name": name, "preset": preset, **presets.read_preset(name, preset)}, changes)


def changed(tables, changes):
    """Return the recipe of plain tables in which some values are replaced.

    Args:
        tables: As read from `recipe.toml`; changed in place.
        changes: Pairs of a dotted key and a value.
    """
    for key, value in changes:
        _change(tables, key, value)
    return from_tables(tables)


def from_tables(tables):
    """Check plain tables, as read from `recipe.toml` or a preset, and return the `Recipe`."""
    from keras_facegan.data import dataset_options
    from keras_facegan.data.augment import parse_augment
    from keras_facegan.data.sampling import parse_sampler
    from keras_facegan.optimizers import check as check_optimizer
    from keras_facegan.registry import METRICS, MODELS

    name, model, data, train = tables["name"], tables["model"], tables["data"], dict(tables["train"])
    builder = MODELS.get(name)
    check_arguments(name, builder, model)
    if "dataset" not in data:
        raise UserError(f"data.dataset is not set for {name}; name one with --dataset.")
    common = {"dataset": "", "split": "", "sampler": "", "augment": None}
    for key in common:
        check_kind(f"data.{key}", data.get(key), common[key])
    options = {**dataset_options(data["dataset"]), **common}
    for key, value in data.items():
        if key not in options:
            raise UserError(f"data.{key} is not an option of {data['dataset']}.{did_you_mean(key, options)}")
        check_kind(f"data.{key}", value, options[key])
    parse_sampler(data.get("sampler", "uniform"))
    parse_augment(data.get("augment", ()))
    fields = [field.name for field in dataclasses.fields(Training)]
    for key in train:
        if key not in fields:
            raise UserError(f"train.{key} is not a setting of training.{did_you_mean(key, fields)}")
    check_optimizer(train.get("optimizer", {}), getattr(builder, "func", builder).networks)
    training = Training(**train)
    for metric in training.eval_metrics.split("+") if training.eval_every else ():
        METRICS.get(metric)
    return Recipe(name, tables["preset"], model, data, training)


def check_arguments(name, builder, arguments):
    """Raise `UserError` where an argument is not in the builder's signature, or of another kind than its default."""
    parameters = inspect.signature(builder).parameters
    for key, value in arguments.items():
        if key not in parameters:
            raise UserError(f"model.{key} is not a parameter of {name}.{did_you_mean(key, parameters)}")
        check_kind(f"model.{key}", value, parameters[key].default)


def parse_change(text):
    """Split "a.b=value" into its key and a value read as TOML, or as plain text where it is not TOML."""
    key, equals, value = text.partition("=")
    if not equals or "." not in key:
        raise UserError(f"--set expects table.key=value, got `{text}`.")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value


def write(recipe, path, versions):
    """Write `recipe.toml`, with the versions of the packages that ran it."""
    path.write_text(tomli_w.dumps({**recipe.tables(), "versions": versions}), encoding="utf-8")


def read(path):
    """Read the tables of a `recipe.toml`; raises `UserError` naming the file where it is damaged."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}. Choose another --run_dir.") from None
    missing = {"name", "preset", *presets.TABLES} - set(tables)
    if missing:
        raise UserError(f"{path} is damaged: it has no {', '.join(sorted(missing))}. Choose another --run_dir.")
    tables.pop("versions", None)
    return tables


def differences(expected, received, prefix=""):
    """Return one line for every key in which two nested tables differ: "model.filters: expected 64, got 32"."""
    lines = []
    for key in sorted({*expected, *received}):
        a, b = expected.get(key), received.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            lines += differences(a, b, f"{prefix}{key}.")
        elif _plain(a) != _plain(b):
            lines.append(f"{prefix}{key}: expected {a!r}, got {b!r}")
    return lines


def _plain(value):
    return list(value) if isinstance(value, tuple) else value


def _change(tables, key, value):
    *path, last = key.split(".")
    if path[0] not in presets.TABLES:
        raise UserError(f"`{key}` does not begin with a table of the recipe.{did_you_mean(path[0], presets.TABLES)}")
    table = tables
    for part in path:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise UserError(f"`{key}`: {part} is a value, not a table.")
    # Steps and epochs say the same thing: the one that is set last holds.
    if key in ("train.steps", "train.epochs"):
        table.pop("steps", None), table.pop("epochs", None)
    # Another data set has other options; what every set has stays.
    if key == "data.dataset" and value != table.get(last):
        for option in set(table) - {"split", "sampler", "augment"}:
            del table[option]
    table[last] = value


def _one_of(name, value, choices):
    if value not in choices:
        raise UserError(f"{name} `{value}` is unknown.{did_you_mean(value, choices)}")


def _kind(kind):
    return {int: "a whole number", str: "a text", bool: "true or false", dict: "a table"}[kind]
