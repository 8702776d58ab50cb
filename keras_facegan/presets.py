"""The zoo's TOML files: which models, presets and weights there are, known without importing Keras."""

import copy
import fnmatch
import re
import tomllib

from keras_facegan.arguments import Seed, check_arguments, check_value
from keras_facegan.errors import UserError, did_you_mean
from keras_facegan.paths import user_zoo_root, zoo_root

TABLES = ("model", "data", "train")
_NAME = re.compile(r"[a-z0-9_]+")


def list_models(pattern: str = "*", pretrained: bool = False) -> list[str]:
    """Return the names of models, or of committed weights.

    Args:
        pattern: Shell-style pattern, such as "*gan*".
        pretrained: Return names for `load_pretrained`, such as "dcgan/cats_64", instead of model names.

    Returns:
        Sorted list of strings.
    """
    names = [path.stem for path in zoo_root().glob("*.toml") if not path.stem.startswith("_")]
    if pretrained:
        names = [f"{model}/{weights}" for model in names for weights in zoo_file(model).get("weights", {})]
    return sorted(fnmatch.filter(names, pattern))


def zoo_file(model):
    """Return the parsed zoo file of a model, with what one's own zoo adds to it.

    Cards of one's own zoo say by "zoo" in which folder their file lies.

    Args:
        model: Registered name.

    Raises:
        UserError: There is no such model, or its file is not valid TOML.
    """
    path = zoo_root() / f"{model}.toml"
    if model not in list_models():
        raise UserError(f"`{model}` is not a model.{did_you_mean(model, list_models())}")
    tables, own = _read(path), user_zoo_root() / f"{model}.toml"
    for key, table in (_read(own) if own.is_file() else {}).items():
        if key == "weights":
            cards = tables.setdefault("weights", {})
            for name, card in table.items():
                cards.setdefault(name, {**card, "zoo": str(own.parent)})
        else:
            tables.setdefault(key, table)
    return tables


def _read(path):
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UserError(f"{path} cannot be read: {error}. Mend it, or take it away.") from None


def preset_names(model):
    """Return the names of a model's presets, in the order of its file."""
    return [name for name in zoo_file(model) if name not in ("weights", "renamed")]


def read_stages(model: str, name: str) -> list[tuple[str, str]]:
    """Return the (model, preset) of every stage of a preset that says `stages = ["model/preset", ...]`, else [].

    Args:
        model: Registered name.
        name: Name of one of its presets.

    Raises:
        UserError: The model is unknown, a stage is no preset, or the last one is not of this model.
    """
    table = zoo_file(model).get(name, {}) if name in preset_names(model) else {}
    if "stages" not in table:
        return []
    place, stages = f"zoo/{model}.toml: [{name}]", table["stages"]
    check_value(f"{place} stages", stages, list[str])
    if len(table) > 1 or len(stages) < 2:
        raise UserError(f"{place} must hold two stages or more, and nothing else.")
    found = []
    for stage in stages:
        stage_model, _, preset = stage.partition("/")
        if preset not in preset_names(stage_model) or "stages" in zoo_file(stage_model)[preset]:
            raise UserError(
                f"{place}: stage `{stage}` must be `model/preset`.{did_you_mean(preset, preset_names(stage_model))}"
            )
        found.append((stage_model, preset))
    if found[-1][0] != model:
        raise UserError(f"{place}: the last stage must be a preset of {model}, got `{stages[-1]}`.")
    return found


def read_preset(model, name):
    """Return one preset as `{"model": {...}, "data": {...}, "train": {...}}`, a copy to change at will.

    A preset of stages gives that of its last stage.

    Raises:
        UserError: The model or preset is unknown, or the preset holds something else than the three tables.
    """
    if staged := read_stages(model, name):
        return read_preset(*staged[-1])
    names = preset_names(model)
    if name not in names or not _NAME.fullmatch(name):
        raise UserError(f"`{name}` is not a preset of {model}.{did_you_mean(name, names)}")
    tables = zoo_file(model)[name]
    for key in tables:
        if key not in TABLES:
            raise UserError(f"zoo/{model}.toml: [{name}.{key}] is none of {', '.join(TABLES)}.")
    return {table: copy.deepcopy(tables.get(table, {})) for table in TABLES}


def create_model(model: str, preset: str | None = None, seed: int | None = None, **arguments):
    """Build an untrained model.

    Args:
        model: Registered name, such as "dcgan".
        preset: Name of the preset whose `[model]` table gives the arguments; None keeps the constructor's defaults.
        seed: Integer that fixes the initial weights; None draws them.
        **arguments: Constructor arguments that override the preset's.

    Returns:
        A `keras.Model`, ready to be compiled and fitted.

    Raises:
        UserError: An unknown name or argument, with the nearest ones.
    """
    import keras

    from keras_facegan.memory import free_memory
    from keras_facegan.registry import MODELS
    from keras_facegan.seam.allocation import weight_limit

    arguments = {**(read_preset(model, preset)["model"] if preset else {}), **arguments}
    entry = MODELS.entry(model)
    check_arguments(model, entry.builder, arguments, "model.")
    if seed is not None:
        check_value("seed", seed, Seed)
        keras.utils.set_random_seed(seed)
    with weight_limit(free_memory()):
        return entry.create(**arguments)
