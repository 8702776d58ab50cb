"""Train a model of the zoo on pictures.

usage: train.py --model dcgan [--preset cats_64] [--data_dir DIR] [--set table.key=value ...]
       train.py --run_dir runs/mine [--steps 20000]
       train.py --model dcgan --preset cats_64 --init dcgan/cats_64 --dataset image_folder --data_dir DIR
       train.py --model dcgan --preset cats_64 --distribute multi_worker --workers host:port,host:port --worker 0
"""

import os

from absl import flags

from keras_facegan.cli._flags import Flags
from keras_facegan.errors import UserError
from keras_facegan.seam.cluster import Cluster, of_flags


def _flags():
    values = Flags(__doc__)
    text = {"flag_values": values}
    flags.DEFINE_string("model", None, "Model of the zoo; --list shows them.", **text)
    flags.DEFINE_string("preset", None, "Preset of the model; `default` unless given.", **text)
    flags.DEFINE_string("dataset", None, "Data set instead of the preset's.", **text)
    flags.DEFINE_string("data_dir", None, "Folder of the data set, or of the data sets.", **text)
    flags.DEFINE_string("run_dir", None, "Directory of the run; runs/<model>-<preset> unless given.", **text)
    flags.DEFINE_string("init", None, "Pretrained weights, or directory of a run, to begin with.", **text)
    flags.DEFINE_integer("steps", None, "Steps in all.", **text)
    flags.DEFINE_integer("epochs", None, "Passes over the pictures, instead of --steps.", **text)
    flags.DEFINE_integer("batch_size", None, "Pictures per batch.", **text)
    flags.DEFINE_multi_string("set", [], "Any other setting as table.key=value; may be repeated.", **text)
    flags.DEFINE_integer("eval_every", None, "Steps between looks at train.eval_metrics, such as fid; 0: none.", **text)
    flags.DEFINE_string("mixed_precision", None, "off, float16 or bfloat16.", **text)
    flags.DEFINE_boolean("jit_compile", None, "Compile the step by XLA (for GPUs).", **text)
    flags.DEFINE_integer("seed", None, "Fixes initial weights, latents and the order of the data.", **text)
    flags.DEFINE_boolean("deterministic", None, "Equal runs give equal weights, bit by bit.", **text)
    flags.DEFINE_boolean("resume", False, "Resume the run in --run_dir, its recipe taken from there.", **text)
    flags.DEFINE_boolean(
        "allow_changes", False, "Go on with other settings of training, or other pictures, and record them.", **text
    )
    flags.DEFINE_boolean("skip_bad", False, "Leave unreadable pictures out.", **text)
    flags.DEFINE_string("on_divergence", None, "stop or rollback when numbers are no longer finite.", **text)
    flags.DEFINE_string("export", None, "Folder that gets a SavedModel at the end.", **text)
    flags.DEFINE_string("distribute", None, "Devices to train on: mirrored (this machine's) or multi_worker.", **text)
    flags.DEFINE_integer("devices", None, "With mirrored: so many devices; all GPUs unless given.", **text)
    flags.DEFINE_string("workers", None, "With multi_worker: host:port,host:port ... of every machine.", **text)
    flags.DEFINE_integer("worker", None, "With multi_worker: number of this machine, from 0.", **text)
    flags.DEFINE_boolean("dry_run", False, "Show recipe, sizes, data and memory, and stop.", **text)
    flags.DEFINE_boolean("list", False, "List models, presets, data sets and weights, and stop.", **text)
    return values


_SHORT = {
    "dataset": "data.dataset",
    "steps": "train.steps",
    "epochs": "train.epochs",
    "batch_size": "train.batch_size",
    "eval_every": "train.eval_every",
    "mixed_precision": "train.mixed_precision",
    "jit_compile": "train.jit_compile",
    "seed": "train.seed",
    "deterministic": "train.deterministic",
    "on_divergence": "train.on_divergence",
    "init": "train.init",
}


def main(argv):
    """Parse the flags, resolve the recipe, train."""
    given = _flags()
    rest = given.parse(argv)
    if rest:
        raise UserError(f"`{rest[0]}` is not a flag; --help lists them.")
    if given.list:
        from keras_facegan.cli import list as listing

        return listing.main([])
    devices = (given.distribute, given.devices, given.workers, given.worker)
    cluster = of_flags(*devices, os.environ.get("TF_CONFIG"))
    print("Starting TensorFlow ...")
    from keras_facegan.seam.distribution import start

    distribution = start(Cluster() if given.dry_run else cluster)

    plan = _plan(given)
    if given.export:
        from keras_facegan.export import check_directory

        check_directory(given.export)
    if given.dry_run:
        from keras_facegan import dry_run

        for directory, recipe in plan.runs:
            dry_run.show(recipe, directory, given.data_dir, given.skip_bad)
        return 0

    from keras_facegan.run import train_plan

    run = train_plan(plan, given.data_dir, given.skip_bad, allow_changes=given.allow_changes, distribution=distribution)
    if run.stopped_by is not None:
        # What a shell reports of a command that a signal has ended.
        return 128 + run.stopped_by
    if not distribution.is_chief:
        print(f"Worker {cluster.worker} is done; worker 0 has written the results to {run.directory}.")
        return 0
    from keras_facegan.cli._next import next_commands

    root = run.directory
    results = [
        run.files.weights,
        *sorted(root.glob("*.png")),
        *([run.files.samples] if run.files.samples.is_dir() else []),
    ]
    print("Done:", ", ".join(str(path.relative_to(root)) for path in results), f"in {root}. Next:")
    for line in next_commands(run.model, root):
        print(f"  {line}")
    if given.export:
        from keras_facegan.export import export

        export(run.model, given.export)
    return 0


def _plan(given):
    """Return what the flags ask to train."""
    from keras_facegan import recipe as recipes
    from keras_facegan import stages
    from keras_facegan.run_directory import RunDirectory

    changes = [(key, getattr(given, flag)) for flag, key in _SHORT.items() if getattr(given, flag) is not None]
    changes += [recipes.parse_change(text) for text in given.set]
    files = RunDirectory(given.run_dir or f"runs/{given.model}-{given.preset or 'default'}")
    if given.model is None and given.preset is None and given.run_dir is not None and files.recipe.is_file():
        return stages.plan_of_run(files, changes)
    if given.resume and given.run_dir is not None and not files.recipe.is_file():
        raise UserError(f"There is no run in {files.root} to resume; leave --resume out to begin one.")
    if given.model is None:
        raise UserError("--model is missing; --list shows the models, and `--model dcgan` is a good beginning.")
    return stages.plan(given.model, given.preset or "default", files.root, changes)
