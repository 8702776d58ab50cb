"""Measure what a trained model reaches, with a report of numbers and pictures.

usage: evaluate.py --weights dcgan/mnist_32 [--data_dir DIR] [--metrics fid,kid]
       evaluate.py --run RUN_DIR [--data_dir DIR]
       evaluate.py --compare dcgan/cats_64 facegan/cats_64 RUN_DIR [--data_dir DIR]
       evaluate.py --model dcgan --preset tiny
"""

import functools
import pathlib
import sys
import typing

from absl import flags
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from keras_facegan.abilities import Generates
from keras_facegan.cli._flags import Flags
from keras_facegan.errors import UserError
from keras_facegan.presets import list_models, read_preset
from keras_facegan.pretrained import weights_card

HELD_OUT = "validation+test"


class Candidate(typing.NamedTuple):
    """One model to measure, before anything of it is loaded.

    Args:
        name: What to call it.
        kind: "weights", "run" or "untrained".
        preset: Name of the preset of an untrained one.
        model: Registered name of the model.
        data: Its `[data]` table.
    """

    name: str
    kind: str
    preset: str
    model: str
    data: dict


def _flags():
    values = Flags(__doc__)
    values.set_gnu_getopt()
    text = {"flag_values": values}
    flags.DEFINE_string("weights", None, "Trained weights of the zoo.", **text)
    flags.DEFINE_string("run", None, "Directory of a finished run.", **text)
    flags.DEFINE_string("model", None, "A model with fresh, untrained weights.", **text)
    flags.DEFINE_string("preset", None, "Preset of --model; `default` unless given.", **text)
    flags.DEFINE_boolean("compare", False, "Measure all the weights and runs named, side by side.", **text)
    flags.DEFINE_string("dataset", None, "Data set instead of the one it was trained on.", **text)
    flags.DEFINE_string("data_dir", None, "Folder of the data set, or of the data sets.", **text)
    flags.DEFINE_string(
        "split", None, f"Part of the data; of models that generate the one they learnt, else {HELD_OUT}.", **text
    )
    flags.DEFINE_list("metrics", None, "Metrics, joined with commas; all that the model allows unless given.", **text)
    flags.DEFINE_integer("num", None, "Pictures of either kind; 2,000 generated, or all to look at.", **text)
    flags.DEFINE_integer("batch_size", 64, "Pictures at a time; changes the memory, not the numbers.", **text)
    flags.DEFINE_integer("seed", 0, "Fixes latent codes and every other draw.", **text)
    flags.DEFINE_string("extractor", None, "Network that looks at the pictures; chosen by the data if not.", **text)
    flags.DEFINE_string("inception_weights", None, "keras.applications' file, for inception_v3_keras.", **text)
    flags.DEFINE_boolean("skip_bad", False, "Leave unreadable pictures out.", **text)
    flags.DEFINE_string("out", None, "Folder of the report; runs/evaluation/NAME unless given.", **text)
    return values


def main(argv):
    """Check the flags, load, measure, print, write the report."""
    given = _flags()
    candidates = _candidates(given, given.parse(argv))
    for flag, least in (("num", 1), ("batch_size", 1), ("seed", 0)):
        value = getattr(given, flag)
        if value is not None and value < least:
            raise UserError(f"--{flag} must be at least {least}, got {value}.")
    out = pathlib.Path(given.out or "runs/evaluation") / ("" if given.out else _folder_name(candidates))
    from keras_facegan.seam import backend

    backend.start()
    from keras_facegan.evaluation import report as reports
    from keras_facegan.evaluation.extractors import INCEPTION, default_extractor, open_extractors
    from keras_facegan.evaluation.pictures import pictures
    from keras_facegan.registry import METRICS

    for name in given.metrics or ():
        METRICS.get(name)
    # Values of two extractors must not be compared: all look through the first one's.
    chosen = INCEPTION if given.inception_weights else default_extractor(given.dataset or candidates[0].data["dataset"])
    opened = functools.cache(lambda: open_extractors(given.extractor or chosen, given.inception_weights))
    found = []
    for candidate in candidates:
        subject = _subject(candidate, given, opened)
        if candidate.kind == "untrained":
            text = f"{candidate.name} has random weights: the numbers say what noise reaches."
            Console(stderr=True).print(Panel(text, title="NOT TRAINED", style="bold white on red"))
        if given.metrics:
            subject.check(given.metrics)
        names = given.metrics or subject.metrics()
        if not names:
            subject.check(METRICS.names())
        asked, there = given.num or 0, len(subject.examples)
        if asked > there:
            print(
                f"{subject.examples.name} has {there:,} pictures, fewer than {asked:,}: all are taken.", file=sys.stderr
            )
        results = [result for name in names for result in subject.measure(name)]
        found.append(
            {
                "name": candidate.name,
                "trained": candidate.kind != "untrained",
                "results": results,
                "pictures": pictures(subject, names),
            }
        )
    _print(found, reports)
    try:
        out.mkdir(parents=True, exist_ok=True)
        reports.write_json(out / "metrics.json", found)
        reports.write_html(out / "report.html", found)
        for each in found:
            reports.write_scalars(out / "tensorboard" / each["name"].replace("/", "-"), each)
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror or error}. Choose another --out.") from None
    print(f"Report: {out / 'report.html'}\nNumbers: {out / 'metrics.json'}\nTensorBoard: {out / 'tensorboard'}")
    return 0


def _candidates(given, rest):
    """Return the `Candidate`s that the flags name, after a look at whether they can be had."""
    single = [flag for flag in ("weights", "run", "model") if getattr(given, flag) is not None]
    if given.compare:
        if single or len(rest) < 2:
            raise UserError("--compare takes two or more names of weights or directories of runs, and nothing else.")
        return [_run(each) if (pathlib.Path(each) / "recipe.toml").is_file() else _weights(each) for each in rest]
    if rest:
        raise UserError(f"`{rest[0]}` is not a flag; --weights, --run or --compare go before a name.")
    if len(single) != 1:
        known = ", ".join(list_models(pretrained=True))
        raise UserError(f"Give one of --weights, --run and --model. There are weights {known}.")
    if given.preset is not None and given.model is None:
        raise UserError("--preset belongs to --model; weights and runs have theirs.")
    if given.model is not None:
        preset = given.preset or "default"
        tables = read_preset(given.model, preset)
        return [Candidate(f"{given.model}/{preset} untrained", "untrained", preset, given.model, tables["data"])]
    return [_weights(given.weights) if given.weights is not None else _run(given.run)]


def _weights(name):
    model, card = weights_card(name)
    return Candidate(name, "weights", "", model, read_preset(model, card.get("preset", name.split("/")[1]))["data"])


def _run(directory):
    from keras_facegan import recipe as recipes

    path = pathlib.Path(directory) / "recipe.toml"
    if not path.is_file():
        raise UserError(f"{directory} holds no run: there is no {path.name}.")
    tables = recipes.read(path)
    return Candidate(str(directory), "run", "", tables["name"], tables["data"])


def _folder_name(candidates):
    names = [pathlib.Path(each.name).resolve().name if each.kind == "run" else each.name for each in candidates]
    return "-and-".join(name.replace("/", "-").replace(" ", "-") for name in names)


def _subject(candidate, given, open_extractors):
    """Load a model and its data."""
    from keras_facegan.data import open_dataset
    from keras_facegan.evaluation.subject import Subject
    from keras_facegan.loading import load_model
    from keras_facegan.presets import create_model

    if candidate.kind == "untrained":
        model, history = create_model(candidate.model, candidate.preset, seed=given.seed), None
    elif candidate.kind == "run":
        model = load_model(candidate.name)
        history = pathlib.Path(candidate.name) / "history.csv"
    else:
        model, history = load_model(candidate.name), None
    data = dict(candidate.data)
    if given.dataset is not None and given.dataset != data["dataset"]:
        # Another set has other options.
        data = {"dataset": given.dataset}
    split = given.split or (data.get("split", "train") if isinstance(model, Generates) else HELD_OUT)
    options = {key: value for key, value in data.items() if key not in ("dataset", "split", "sampler", "augment")}
    examples = open_dataset(
        data["dataset"],
        split,
        image_shape=model.image_shape,
        data_dir=given.data_dir,
        skip_bad=given.skip_bad,
        **options,
    )
    return Subject(
        model, candidate.name, examples, split, open_extractors, given.num, given.batch_size, given.seed, history
    )


def _print(found, reports):
    """Print a table of values with a column a model, and with what they depend on where there is one model only."""
    console = Console()
    for each in found:
        console.print(f"[bold]{each['name']}[/bold]: {reports.common(each['results'])}", highlight=False)
    alone = len(found) == 1
    headings = ["value", "of"] if alone else [each["name"] for each in found]
    table = Table("metric", *headings, box=None, pad_edge=False)
    columns = [{result.name: result for result in each["results"]} for each in found]
    for name in dict.fromkeys(name for column in columns for name in column):
        cells = [reports.shown(column[name]) if name in column else "" for column in columns]
        table.add_row(name, *cells, *([reports.own(columns[0][name])] if alone else []))
    console.print(table)
    for note in dict.fromkeys(result.note for each in found for result in each["results"] if result.note):
        console.print(note, style="yellow")
