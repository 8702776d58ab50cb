"""A run's recipe: a preset, what the command line changes, all of it checked before any data is read."""

import dataclasses
import pathlib
import tomllib
import typing
from typing import Any, Literal

import tomli_w

from keras_facegan import presets
from keras_facegan.arguments import Interval, Seed, SmallCount, Steps, Width, check_arguments, check_fields, check_value
from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.files import is_utf8, write_text

PRECISIONS = {"off": "float32", "float16": "mixed_float16", "bfloat16": "mixed_bfloat16"}
# A recipe is a page of text; what is larger was never written by a run.
LARGEST_FILE, DEEPEST_KEY = 1 << 20, 8
_WAY_OUT = "Choose another --run_dir."
# Keys that runs of before have, by model, and what they are called now.
_RENAMED = {"age_estimator": {"thresholds": "age_groups"}}
# What every data set takes beside its own options.
_DATA = {"dataset": str, "split": str, "sampler": str, "augment": str | list[str], "domains": str}


@dataclasses.dataclass(frozen=True)
class Training:
    """The `[train]` table.

    Attributes:
        steps: Steps in all; exactly one of `steps` and `epochs` is set.
        epochs: Passes over the training pictures.
        batch_size: Pictures per step of one network, >= 1.
        optimizer: Table for `optimizers.build_optimizers`.
        seed: Integer that fixes initial weights, latents and the order of the data.
        mixed_precision: "off", "float16" or "bfloat16".
        jit_compile: Compile the step by XLA; pays on a GPU, costs on a CPU.
        deterministic: Use deterministic kernels, so that equal runs have equal weights.
        log_every: Steps between rows of history.csv and points in TensorBoard.
        sample_every: Steps between sample grids.
        eval_every: Steps between looks at `eval_metrics`; 0 takes none.
        eval_metrics: Metrics of `evaluate.py`, joined with "+".
        eval_extractor: Network that looks at the pictures for them; the one that the data set declares unless given.
        checkpoint_every: Steps between checkpoints, a multiple of `log_every`.
        keep_checkpoints: How many of the newest checkpoints are kept, >= 1.
        keep_every: Keep every checkpoint whose step is a multiple of this as well; 0 keeps none.
        on_divergence: "stop" or "rollback" when a term or weight is no longer finite.
        init: Name of pretrained weights, directory of a run, or "stage:1" for an earlier stage, that the first step
            begins with; "" begins afresh.
    """

    steps: Steps = 0
    epochs: Steps = 0
    batch_size: Width = 64
    optimizer: dict = dataclasses.field(default_factory=dict)
    seed: Seed = 0
    mixed_precision: Literal["off", "float16", "bfloat16"] = "off"
    jit_compile: bool = False
    deterministic: bool = False
    log_every: Interval = 50
    sample_every: Interval = 500
    eval_every: Steps = 0
    eval_metrics: str = "fid"
    eval_extractor: str = ""
    checkpoint_every: Interval = 500
    keep_checkpoints: SmallCount = 2
    keep_every: Steps = 0
    on_divergence: Literal["stop", "rollback"] = "stop"
    init: str = ""

    def __post_init__(self):
        check_fields(self, "train.")
        if (self.steps > 0) == (self.epochs > 0):
            raise UserError(f"train.steps or train.epochs must be set, got {self.steps} and {self.epochs}.")
        if self.checkpoint_every % self.log_every:
            raise UserError(
                f"train.checkpoint_every ({self.checkpoint_every}) must be a multiple of train.log_every "
                f"({self.log_every}), so that a resumed history continues where it was cut."
            )


@dataclasses.dataclass(frozen=True)
class Change:
    """What a run was changed to as it went on.

    Attributes:
        step: Steps taken before.
        train: Settings of `Training` by name, with their new values.
        pictures: Number of pictures from then on; 0 where they stay.
        stamp: Hash of their names and sizes.
    """

    step: Steps
    train: dict = dataclasses.field(default_factory=dict)
    pictures: Steps = 0
    stamp: str = ""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything a run is a function of.

    Attributes:
        name: Registered name of the model.
        preset: Name of the preset it started from.
        model: Constructor arguments.
        data: `dataset`, `split`, `sampler`, `augment`, `domains` and the options of the data set.
        train: `Training`, as the run began.
        changes: What was changed as it went on, by rising step.
        asked: Dotted keys in which it was asked to differ from its preset or its run; None where nobody knows.
    """

    name: str
    preset: str
    model: dict
    data: dict
    train: Training
    changes: tuple[Change, ...] = ()
    asked: frozenset[str] | None = dataclasses.field(default=None, compare=False, repr=False)

    def after(self, step: int) -> "Recipe":
        """Return the recipe, free of changes, by which the step that follows `step` steps is taken."""
        train = self.train
        for change in self.changes:
            if change.step <= step:
                train = dataclasses.replace(train, **change.train)
        return dataclasses.replace(self, train=train, changes=())

    def asks(self, key: str) -> bool:
        """Say whether a dotted key, or a table that holds it, was asked for."""
        return self.asked is None or any(f"{key}.".startswith(f"{each}.") for each in self.asked)

    def tables(self):
        """Return the recipe as plain tables, as `recipe.toml` holds them."""
        train = dataclasses.asdict(self.train)
        del train["steps" if not self.train.steps else "epochs"]
        tables = {"name": self.name, "preset": self.preset, "model": self.model, "data": self.data, "train": train}
        if self.changes:
            tables["changes"] = [
                {key: value for key, value in dataclasses.asdict(change).items() if value or key == "step"}
                for change in self.changes
            ]
        return tables


def resolve(name: str, preset: str, changes=()) -> Recipe:
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


def changed(tables: dict, changes) -> Recipe:
    """Return the recipe of plain tables in which some values are replaced.

    Args:
        tables: As read from `recipe.toml`; changed in place.
        changes: Pairs of a dotted key and a value.
    """
    changes = list(changes)
    for key, value in changes:
        _change(tables, key, value)
    return dataclasses.replace(from_tables(tables), asked=frozenset(key for key, _ in changes))


def from_tables(tables: dict) -> Recipe:
    """Check plain tables, as read from `recipe.toml` or a preset, and return the `Recipe`."""
    from keras_facegan.data.augment import parse_augment
    from keras_facegan.data.domains import parse_domains
    from keras_facegan.data.options import check_options
    from keras_facegan.data.sampling import parse_sampler
    from keras_facegan.data.sources import parse_split
    from keras_facegan.optimizers import check as check_optimizer
    from keras_facegan.registry import METRICS, MODELS

    name, model, data, train = tables["name"], tables["model"], tables["data"], dict(tables["train"])
    builder = MODELS.get(name)
    check_arguments(name, builder, model, "model.")
    _check_helpers(tables["preset"], model, MODELS.names())
    if "dataset" not in data:
        raise UserError(f"data.dataset is not set for {name}; name one with --dataset.")
    for key in data.keys() & _DATA:
        check_value(f"data.{key}", data[key], _DATA[key])
    check_options(data["dataset"], {key: value for key, value in data.items() if key not in _DATA})
    parse_split(data.get("split", "train"))
    parse_sampler(data.get("sampler", "uniform"))
    if "domain" in builder.reads and data.get("sampler") != "balanced:domain":
        raise UserError(f"{name} takes half of a batch from either domain: set data.sampler to `balanced:domain`.")
    parse_augment(data.get("augment", ()))
    if data.get("domains"):
        parse_domains(data["domains"])
    fields = [field.name for field in dataclasses.fields(Training)]
    for key in train:
        if key not in fields:
            raise UserError(f"train.{key} is not a setting of training.{did_you_mean(key, fields)}")
    check_optimizer(train.get("optimizer", {}), builder.networks)
    training = Training(**train)
    for metric in training.eval_metrics.split("+") if training.eval_every else ():
        METRICS.get(metric)
    recipe = Recipe(name, tables["preset"], model, data, training, _changes(tables.get("changes", [])))
    for change in recipe.changes:
        check_optimizer(recipe.after(change.step).train.optimizer, builder.networks)
    return recipe


def _check_helpers(preset, model, names):
    """Check that an untrained helper, "cgan:tiny", only tries a model out."""
    for key, value in model.items():
        helper, colon, of = value.partition(":") if isinstance(value, str) else ("", "", "")
        if colon and helper in names and not (preset == "tiny" and of.startswith("tiny")):
            raise UserError(
                f"model.{key} is `{value}`: an untrained helper is called `{helper}:tiny`, and only "
                f"presets called `tiny` may have one. Name trained weights, or the directory of a run of {helper}."
            )


def _changes(tables):
    """Check the `[[changes]]` of a recipe."""
    check_value("changes", tables, list[dict])
    fields = [field.name for field in dataclasses.fields(Change)]
    for table in tables:
        for key in table:
            if key not in fields:
                raise UserError(f"changes.{key} is not known.{did_you_mean(key, fields)}")
        for key in table.get("train", {}):
            if key not in typing.get_type_hints(Training):
                raise UserError(f"changes.train.{key} is not a setting of training.")
    if any("step" not in table for table in tables):
        raise UserError("changes: every one needs its step.")
    changes = tuple(Change(**table) for table in tables)
    for change in changes:
        check_fields(change, "changes.")
    return tuple(sorted(changes, key=lambda change: change.step))


def parse_change(text: str) -> tuple[str, Any]:
    """Split "a.b=value" into its key and a value read as TOML, or as plain text where it is not TOML."""
    key, equals, value = text.partition("=")
    if not equals or not 1 <= key.count(".") <= DEEPEST_KEY:
        raise UserError(f"--set expects table.key=value, got `{text}`.")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value


def write(recipe, path, versions):
    """Write `recipe.toml`, with the versions of the packages that ran it."""
    write_text(path, tomli_w.dumps({**recipe.tables(), "versions": versions}))


def read(path: pathlib.Path) -> dict:
    """Read the tables of a `recipe.toml`; raises `UserError` naming the file where it is damaged."""
    tables = _read_toml(path)
    if stages := tables.get("stages"):
        raise UserError(f"{path.parent} holds a run of {len(stages)} stages. Name the directory of one of them, in it.")
    missing = {"name", "preset", *presets.TABLES} - set(tables)
    if missing:
        raise UserError(f"{path} is damaged: it has no {', '.join(sorted(missing))}. {_WAY_OUT}")
    for key in ("name", "preset"):
        check_value(f"{path}: {key}", tables[key], str)
    for key in presets.TABLES:
        check_value(f"{path}: {key}", tables[key], dict)
    tables.pop("versions", None)
    for old, new in _RENAMED.get(tables["name"], {}).items():
        if old in tables["model"]:
            tables["model"][new] = tables["model"].pop(old)
    return tables


def _read_toml(path):
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UserError(f"{path} is no recipe: it is larger than {LARGEST_FILE >> 20} MiB. {_WAY_OUT}")
        text = path.read_text(encoding="utf-8")
        # The parser takes memory that is quadratic in the parts of a key.
        deepest = max((line.partition("=")[0].count(".") for line in text.splitlines()), default=0)
        if deepest > DEEPEST_KEY:
            raise UserError(f"{path} is no recipe: it has a key of {deepest + 1:,} parts. {_WAY_OUT}")
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, RecursionError) as error:
        raise UserError(f"{path} cannot be read: {error}. {_WAY_OUT}") from None


def read_stages(path: pathlib.Path) -> list[str]:
    """Return the stages, "model/preset" each, of the `recipe.toml` of a run of stages; [] of another run."""
    stages = _read_toml(path).get("stages", [])
    check_value(f"{path}: stages", stages, list[str])
    return stages


def read_names(path: pathlib.Path) -> tuple[str, str]:
    """Return the names of the model and of the preset of any `recipe.toml`."""
    tables = _read_toml(path)
    for key in ("name", "preset"):
        check_value(f"{path}: {key}", tables.get(key), str)
    return tables["name"], tables["preset"]


def write_stages(path: pathlib.Path, name: str, preset: str, stages: list[str], versions: dict):
    """Write the `recipe.toml` of a run of stages, each of which has a recipe of its own."""
    write_text(path, tomli_w.dumps({"name": name, "preset": preset, "stages": stages, "versions": versions}))


def flat(table: dict, prefix: str = "") -> dict[str, Any]:
    """Return the values of nested tables by dotted key: `{"model.filters": 64}`."""
    leaves = {}
    for key, value in table.items():
        leaves |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return leaves


def own_settings(recipe: Recipe) -> dict[str, Any]:
    """Return what a recipe differs in from its preset, by dotted key, and both names; all where the preset is gone."""
    settings = flat(recipe.tables())
    try:
        preset = flat(resolve(recipe.name, recipe.preset).tables())
    except UserError:
        preset = {}
    own = {key: value for key, value in settings.items() if key in ("name", "preset") or preset.get(key) != value}
    return {key: value if isinstance(value, str | int | float | bool) else str(value) for key, value in own.items()}


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
    if isinstance(value, str) and not is_utf8(value):
        raise UserError(
            f"{key} is `{value}`, no UTF-8, which a recipe is written in: give the file or folder another name."
        )
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
