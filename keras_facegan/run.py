"""One training run in its directory: resumed where it was cut, guarded, and ended with weights and plots."""

import dataclasses
import functools
import math
import pathlib
from collections.abc import Callable
from typing import Any

import keras

from keras_facegan import checkpoint, opening, plots
from keras_facegan import recipe as recipes
from keras_facegan.callbacks.base import PictureCallback, Schedule
from keras_facegan.callbacks.checkpoints import Checkpoints
from keras_facegan.callbacks.diagnosis import Diagnosis
from keras_facegan.callbacks.evaluation import Evaluation
from keras_facegan.callbacks.guard import DivergedError, DivergenceGuard
from keras_facegan.callbacks.history import History, read_rows
from keras_facegan.callbacks.means import Means
from keras_facegan.callbacks.previews import Previews
from keras_facegan.callbacks.progress import ProgressReport
from keras_facegan.callbacks.projector import Projector
from keras_facegan.callbacks.samples import Samples
from keras_facegan.callbacks.tensorboard import TensorBoard
from keras_facegan.callbacks.validation import Validation
from keras_facegan.data import open_dataset
from keras_facegan.data.images import to_float
from keras_facegan.data.sources import parse_split
from keras_facegan.errors import DataError, UserError
from keras_facegan.evaluation.training import check_eval_extractor
from keras_facegan.memory import check_fits, free_memory
from keras_facegan.registry import MODELS
from keras_facegan.run_directory import RunDirectory
from keras_facegan.seam import runtime
from keras_facegan.seam.allocation import weight_limit
from keras_facegan.weights import load_inference_weights, save_inference_weights

MAX_ROLLBACKS = 5

# What watches a run, in the order in which it is called. Means come first, see there; what may fail for a reason of
# its own comes after the checkpoint, so that it costs no work.
CALLBACKS = (
    Means, ProgressReport, TensorBoard, History, DivergenceGuard, Diagnosis, Checkpoints,
    Samples, Validation, Previews, Evaluation, Projector,
)  # fmt: skip


@dataclasses.dataclass
class Run:
    """A training run.

    Attributes:
        recipe: Everything that it is a function of.
        files: Where its files lie.
        model: The model, trained as far as the run has come.
        examples: Pictures that it is trained on.
        held_out: Pictures of the validation split, None where the model is not validated.
        schedule: Steps of the fit that is going on.
        rollbacks: How often the run diverged.
        stopped_by: The signal that stopped it before its end, or None.
        report: Callable that shows a line of text.
    """

    recipe: recipes.Recipe
    files: RunDirectory
    report: Callable[[str], Any] = print
    model: Any = None
    examples: Any = None
    held_out: Any = None
    schedule: Schedule = Schedule(0, 0)
    rollbacks: int = 0
    stopped_by: Any = None

    @property
    def directory(self) -> pathlib.Path:
        """The directory of the run."""
        return self.files.root

    @property
    def history(self) -> dict[str, list[float]]:
        """The columns of history.csv: "step" and every term, means over the log intervals."""
        rows = read_rows(self.files.history)
        return {name: [float(row[name]) for row in rows] for name in (rows[0] if rows else ())}

    @property
    def images_per_step(self) -> int:
        """Real pictures per step."""
        return self.recipe.train.batch_size * self.model.batches_per_step

    @property
    def facts(self) -> dict:
        """What a checkpoint says of the run."""
        return {"rollbacks": self.rollbacks, "examples": len(self.examples)}

    @functools.cached_property
    def tensorboard(self) -> TensorBoard:
        """The callback that shows scalars and pictures."""
        settings = _changed_settings(self.recipe)
        every = self.recipe.train.log_every
        return TensorBoard(self.files.events, settings, self.images_per_step, self.schedule, every)


def train(
    model: str,
    preset: str = "default",
    *,
    data_dir: str | pathlib.Path | None = None,
    run_dir: str | pathlib.Path | None = None,
    changes: dict[str, Any] | None = None,
    skip_bad: bool = False,
    report: Callable[[str], Any] = print,
) -> Run:
    """Train a model of the zoo, or go on with a run that was stopped.

    Args:
        model: Registered name, such as "dcgan".
        preset: Name of one of its presets.
        data_dir: Folder of the data set, or of the data sets.
        run_dir: Directory of the run; `runs/<model>-<preset>` unless given.
        changes: Settings in which the run differs from the preset, by dotted key: `{"train.steps": 1000}`.
        skip_bad: Leave unreadable pictures out.
        report: Callable that shows a line of text.

    Returns:
        The `Run`, with `.model`, `.directory` and `.history`.

    Raises:
        UserError: A wrong name or setting, data that cannot be used, another run in the directory, a full disk, or a
            run that diverged.

    Example:
        >>> from keras_facegan import train
        >>> run = train("dcgan", preset="tiny", run_dir="runs/try", changes={"train.steps": 10})
        >>> run.model.generate(4).shape
        (4, 32, 32, 3)
    """
    recipe = recipes.resolve(model, preset, (changes or {}).items())
    return train_recipe(recipe, run_dir or f"runs/{model}-{preset}", data_dir, skip_bad, report)


def train_recipe(recipe, root, data_dir=None, skip_bad=False, report=print) -> Run:
    """Train a recipe in a directory, from the start or from the newest sound checkpoint there.

    Args:
        recipe: Checked `Recipe`.
        root: Path of the run directory.
        data_dir: Folder of the data set, or of the data sets.
        skip_bad: Leave unreadable pictures out.
        report: Callable that shows a line of text.

    Returns:
        The `Run`: `stopped_by` is set where it was asked to stop before its end.

    Raises:
        UserError: Wrong data, another recipe in the directory, a full disk, or a run that diverged.
    """
    # Refuse pictures that no extractor is named for before anything is read or written.
    check_eval_extractor(recipe)
    run = Run(recipe, RunDirectory(pathlib.Path(root)), report)
    run.files.open(recipe)
    with run.files.locked():
        for line in opening.plan(recipe, run.directory):
            report(line)
        saved = checkpoint.newest(run.files.checkpoints, report)
        run.rollbacks, fresh_seeds = saved[1]["rollbacks"] if saved else 0, False
        run.model = build(recipe, run.rollbacks)
        _open_data(run, data_dir, skip_bad)
        last = total_steps(recipe, run.model, run.examples)
        if saved and saved[0] >= last and run.files.weights.exists():
            report(f"The run in {run.directory} is finished: {last} steps, weights in {run.files.weights}.")
            load_inference_weights(run.model, run.files.weights)
            return run
        if saved and saved[1]["examples"] != len(run.examples):
            raise UserError(
                f"The run in {run.directory} was trained on {saved[1]['examples']} pictures, there are "
                f"{len(run.examples)} now. Bring the data back, or choose another --run_dir."
            )
        for line in opening.data(run.examples, recipe.data.get("split", "train"), last, run.images_per_step):
            report(line)
        while True:
            try:
                return _attempt(run, last, fresh_seeds)
            except OSError as error:
                raise UserError(
                    f"{error.filename or run.directory} cannot be written or read: {error.strerror or error}. "
                    f"{run.files.checkpoints} is intact; make room, then start the same command again to resume."
                ) from None
            except DivergedError as error:
                _roll_back(run, error)
                fresh_seeds = True


def build(recipe, rollbacks=0):
    """Build and compile the model of a recipe, its initial weights fixed by the recipe's seed.

    Args:
        recipe: Checked `Recipe`.
        rollbacks: How often the run diverged so far: each takes another seed and half the learning rates.

    Raises:
        UserError: The model needs more memory than there is.
    """
    keras.utils.set_random_seed(recipe.train.seed + rollbacks)
    with runtime.precision(recipes.PRECISIONS[recipe.train.mixed_precision]), weight_limit(free_memory()):
        model = MODELS.create(recipe.name, **recipe.model)
        model.compile(recipe.train.optimizer, 0.5**rollbacks, jit_compile=recipe.train.jit_compile)
    return model


def open_held_out(recipe, model, data_dir=None, skip_bad=False, report=print):
    """Open the validation split for a model that is validated; None where there is no such split to look at."""
    if not model.uses_held_out:
        return None
    if "validation" in parse_split(recipe.data.get("split", "train")):
        report("The validation split is trained on, so the run is not validated.")
        return None
    try:
        held_out = dataclasses.replace(recipe, data={**recipe.data, "split": "validation"})
        return open_examples(held_out, model, data_dir, skip_bad)
    except DataError as error:
        report(f"{error} The run is not validated.")
        return None


def open_examples(recipe, model, data_dir=None, skip_bad=False):
    """Open the pictures that a recipe trains on, at the size its model wants."""
    options = {key: value for key, value in recipe.data.items() if key not in ("dataset", "sampler", "augment")}
    return open_dataset(
        recipe.data["dataset"],
        image_shape=model.image_shape,
        data_dir=data_dir,
        skip_bad=skip_bad,
        reads=model.reads,
        **options,
    )


def total_steps(recipe, model, examples) -> int:
    """Return the steps of a run: as set, or enough for the epochs asked for."""
    per_step = recipe.train.batch_size * model.batches_per_step
    return recipe.train.steps or math.ceil(recipe.train.epochs * len(examples) / per_step)


def _open_data(run, data_dir, skip_bad):
    """Open the pictures and check that the model can be trained on them, here."""
    run.examples = open_examples(run.recipe, run.model, data_dir, skip_bad)
    run.model.check_examples(run.examples)
    check_fits(run.model, run.recipe.train.batch_size)
    run.held_out = open_held_out(run.recipe, run.model, data_dir, skip_bad, run.report)


def _attempt(run, last, fresh_seeds) -> Run:
    """Train from the newest checkpoint to the end, or until asked to stop."""
    # Begin, or go on from the newest checkpoint.
    recipe, model = run.recipe, run.model
    saved = checkpoint.newest(run.files.checkpoints, run.report)
    run.schedule = Schedule(saved[0] if saved else 0, last)
    run.__dict__.pop("tensorboard", None)
    if saved:
        checkpoint.restore(run.files.checkpoints, saved[0], model, seeds=not fresh_seeds)
        run.report(f"Resumed at step {saved[0]} of {last} from {run.files.checkpoints}.")
    else:
        model.adapt(run.examples)

    # Fit.
    batches = run.examples.batches(
        run.images_per_step,
        seed=recipe.train.seed + run.rollbacks,
        start_step=run.schedule.start,
        sampler=recipe.data.get("sampler", "uniform"),
        augment=recipe.data.get("augment", ()),
    )
    callbacks = [callback for kind in CALLBACKS if (callback := kind.for_run(run)) is not None]
    try:
        if run.schedule.start < last:
            steps = last - run.schedule.start
            model.fit(batches, steps_per_epoch=steps, callbacks=callbacks, verbose=0, shuffle=False)
        else:
            _draw_what_is_missing(callbacks, model)
    finally:
        for callback in callbacks:
            callback.close()

    # Stop, or end with what the run was made for.
    checkpoints = next(callback for callback in callbacks if isinstance(callback, Checkpoints))
    if checkpoints.stop_signal is not None and checkpoints.step < last:
        run.stopped_by = checkpoints.stop_signal
        run.report(
            f"Stopped by {run.stopped_by.name} after step {checkpoints.step} of {last}, which is saved in "
            f"{run.files.checkpoints}. The same command resumes."
        )
        return run
    if run.held_out is not None:
        model.calibrate(to_float(run.held_out.images), run.held_out.columns)
    save_inference_weights(model, run.files.weights)
    plots.history(run.files.history, run.directory)
    return run


def _draw_what_is_missing(callbacks, model):
    """Draw the last pictures of a run that was killed between its last checkpoint and them."""
    for callback in callbacks:
        if isinstance(callback, PictureCallback):
            callback.set_model(model)
            callback.on_train_begin()


def _roll_back(run, error):
    """Prepare another attempt after a divergence, or raise `UserError` where there is to be none."""
    good = checkpoint.newest(run.files.checkpoints, run.report)
    where = f"the checkpoint of step {good[0]}" if good else "the beginning"
    if run.recipe.train.on_divergence == "stop":
        kept = f"{run.files.checkpoints} keeps {where}. " if good else ""
        raise UserError(
            f"{error} {kept}Lower train.optimizer.learning_rate, or let --on_divergence=rollback do it."
        ) from None
    if run.rollbacks == MAX_ROLLBACKS:
        raise UserError(f"{error} The run diverged after {run.rollbacks} rollbacks; its recipe is unstable.") from None
    run.rollbacks += 1
    run.model = build(run.recipe, run.rollbacks)
    run.report(f"{error} Back to {where} with another seed and learning rates times {0.5**run.rollbacks:g}.")


def _changed_settings(recipe):
    """Return the settings in which a recipe differs from its preset, by dotted key; all where the preset is gone."""
    settings = _flat(recipe.tables())
    try:
        preset = _flat(recipes.resolve(recipe.name, recipe.preset).tables())
    except UserError:
        preset = {}
    return {key: value for key, value in settings.items() if key in ("name", "preset") or preset.get(key) != value}


def _flat(tables, prefix=""):
    flat = {}
    for key, value in tables.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value if isinstance(value, str | int | float | bool) else str(value)
    return flat
