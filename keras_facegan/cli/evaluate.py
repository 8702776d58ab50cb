"""Measure what a trained model reaches, with a report of numbers and pictures.

usage: evaluate.py --weights dcgan/mnist_32 [--data_dir DIR] [--metrics fid,kid]
       evaluate.py --run RUN_DIR [--step best] [--data_dir DIR] [--extractor cat_net/cats_64]
       evaluate.py --compare dcgan/cats_64 facegan/cats_64 RUN_DIR [--data_dir DIR]
       evaluate.py --model dcgan --preset tiny
"""

import pathlib
import sys

from absl import flags
from rich.panel import Panel

from keras_facegan.cli import _sources
from keras_facegan.cli._flags import Flags
from keras_facegan.console import plain_console
from keras_facegan.errors import UserError
from keras_facegan.presets import list_models

# As many pictures as a data set may have.
_MOST = 10_000_000
# Flags that are passed on under their own names.
_SETTINGS = (
    "data_dir", "dataset", "split", "metrics", "extractor", "inception_weights", "num", "batch_size", "seed",
    "skip_bad",
)  # fmt: skip


def _flags():
    values = Flags(__doc__)
    values.set_gnu_getopt()
    text = {"flag_values": values}
    flags.DEFINE_string("weights", None, "Trained weights of the zoo.", **text)
    _sources.define_flags(values)
    flags.DEFINE_string("model", None, "A model with fresh, untrained weights.", **text)
    flags.DEFINE_string("preset", None, "Preset of --model; `default` unless given.", **text)
    flags.DEFINE_boolean("compare", False, "Measure all the weights and runs named, side by side.", **text)
    flags.DEFINE_string("dataset", None, "Data set instead of the one it was trained on.", **text)
    flags.DEFINE_string("data_dir", None, "Folder of the data set, or of the data sets.", **text)
    flags.DEFINE_string(
        "split", None, "Part of the data for all metrics; unless given, FID and its kin take the pictures that were "
        "trained on, errors and accuracies those that were not.", **text
    )  # fmt: skip
    flags.DEFINE_list("metrics", None, "Metrics, joined with commas; all that the model allows unless given.", **text)
    flags.DEFINE_integer(
        "num", None, "Pictures of either kind; 2,000 generated, or all to look at.", 1, _MOST, **text
    )  # fmt: skip
    flags.DEFINE_integer("batch_size", 64, "Pictures at a time; changes the memory, not the numbers.", 1, _MOST, **text)
    flags.DEFINE_integer("seed", 0, "Fixes latent codes and every other draw.", 0, 2**32 - 1, **text)
    flags.DEFINE_string(
        "extractor", None, "Network that looks at the pictures, such as cat_net/cats_64; the one that the data set "
        "declares unless given. A folder of your own declares none.", **text
    )  # fmt: skip
    flags.DEFINE_string("inception_weights", None, "keras.applications' file, for inception_v3_keras.", **text)
    flags.DEFINE_boolean("skip_bad", False, "Leave unreadable pictures out.", **text)
    flags.DEFINE_string(
        "out", None, "Folder of the report; runs/evaluation/NAME unless given. A number goes behind the name of one "
        "that has content.", **text
    )  # fmt: skip
    return values


def main(argv):
    """Parse the flags, measure, print, write the report."""
    given = _flags()
    rest = given.parse(argv)
    _check(given, rest)
    from keras_facegan.seam import backend

    backend.start()
    from keras_facegan.evaluation import compare, new_folder, table, write

    sources = _candidates(given, rest)
    for source in sources:
        if not source.trained:
            text = f"{source.name} has random weights: the numbers say what noise reaches."
            plain_console(stderr=True).print(Panel(text, title="NOT TRAINED", style="bold white on red"))
    out = given.out or pathlib.Path("runs/evaluation") / "-and-".join(source.file_name for source in sources)
    settings = {name: getattr(given, name) for name in _SETTINGS}
    with new_folder(out) as folder:
        reports = compare(*sources, **settings, report=lambda line: print(line, file=sys.stderr))
        plain_console().print(table.as_renderable(reports))
        write(folder, reports)
    print(
        f"Report: {folder / 'report.html'}\nNumbers: {folder / 'metrics.json'}\nTensorBoard: {folder / 'tensorboard'}"
    )
    return 0


def _check(given, rest):
    """Raise `UserError` where the flags do not name what to measure."""
    single = [flag for flag in ("weights", "run", "model") if getattr(given, flag) is not None]
    if given.compare:
        if single or given.step or len(rest) < 2:
            raise UserError("--compare takes two or more names of weights or directories of runs, and nothing else.")
        return
    if rest:
        raise UserError(f"`{rest[0]}` is not a flag; --weights, --run or --compare go before a name.")
    if len(single) != 1:
        known = ", ".join(list_models(pretrained=True))
        raise UserError(f"Give one of --weights, --run and --model. Available weights: {known}.")
    if given.step is not None and given.run is None:
        raise UserError("--step belongs to --run; weights have no steps.")
    if given.preset is not None and given.model is None:
        raise UserError("--preset belongs to --model; weights and runs have theirs.")


def _candidates(given, rest):
    """Return the `Candidate`s that the flags name."""
    from keras_facegan.evaluation import candidates

    step = _sources.wanted_step(given.step)
    if given.compare:
        return [candidates.candidate(source) for source in rest]
    if given.model is not None:
        return [candidates.untrained(given.model, given.preset or "default", given.seed)]
    return [candidates.weights(given.weights) if given.weights is not None else candidates.run(given.run, step)]
