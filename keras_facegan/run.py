"""One training run in its directory: resumed where it was cut, guarded, and ended with weights and plots."""

import contextlib
import dataclasses
import fcntl
import inspect
import math
import pathlib
import platform
from importlib import metadata

import keras

from keras_facegan import checkpoint, plots
from keras_facegan import recipe as recipes
from keras_facegan.callbacks.checkpoints import Checkpoints
from keras_facegan.callbacks.diagnosis import Diagnosis
from keras_facegan.callbacks.evaluation import Evaluation
from keras_facegan.callbacks.guard import DivergedError, DivergenceGuard
from keras_facegan.callbacks.history import History
from keras_facegan.callbacks.progress import ProgressReport
from keras_facegan.callbacks.projector import Projector
from keras_facegan.callbacks.samples import Samples
from keras_facegan.callbacks.strips import Strips
from keras_facegan.callbacks.tensorboard import TensorBoard
from keras_facegan.callbacks.validation import Validation
from keras_facegan.data import open_dataset
from keras_facegan.data.images import to_float
from keras_facegan.data.sources import parse_split
from keras_facegan.errors import DataError, UserError
from keras_facegan.evaluation.training import running_metrics
from keras_facegan.registry import MODELS
from keras_facegan.seam import runtime
from keras_facegan.weights import save_inference_weights

MAX_ROLLBACKS = 5


@dataclasses.dataclass(frozen=True)
class RunDirectory:
    """Where the files of a run lie.

    Attributes:
        root: The directory.
    """

    root: pathlib.Path

    recipe = property(lambda self: self.root / "recipe.toml")
    history = property(lambda self: self.root / "history.csv")
    samples = property(lambda self: self.root / "samples")
    events = property(lambda self: self.root / "tensorboard")
    checkpoints = property(lambda self: self.root / "checkpoints")
    weights = property(lambda self: self.root / "model.weights.h5")

    def open(self, recipe):
        """Create the directory for a recipe, or check that the run in it has the same one.

        Raises:
            UserError: Another recipe's run lies here (key by key), or the directory cannot be written.
        """
        if self.recipe.exists():
            # A run from before a setting existed has its default.
            before = recipes.from_tables(recipes.read(self.recipe))
            lines = recipes.differences(before.tables(), recipe.tables())
            if lines:
                raise UserError(
                    f"{self.root} holds a run of another recipe: {'; '.join(lines)}. "
                    "Choose another --run_dir, or give the same settings to resume."
                )
            return
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            unfinished = self.root / "recipe.unfinished"
            recipes.write(recipe, unfinished, _versions())
            unfinished.rename(self.recipe)
        except OSError as error:
            raise UserError(f"{self.root} cannot be written: {error.strerror}. Choose another --run_dir.") from None

    @contextlib.contextmanager
    def locked(self):
        """Hold the directory for this process; a second one is refused."""
        with (self.root / "run.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UserError(f"Another process is training in {self.root}; choose another --run_dir.") from None
            yield


def train(recipe, root, data_dir=None, skip_bad=False, report=print):
    """Train a recipe in a directory, from the start or from the newest sound checkpoint there.

    Args:
        recipe: Checked `Recipe`.
        root: Path of the run directory.
        data_dir: Folder of the data set, or of the data sets.
        skip_bad: Leave unreadable pictures out.
        report: Callable that shows a line of text.

    Returns:
        The trained model, or None if the run was asked to stop before its end or had ended before.

    Raises:
        UserError: Wrong data, another recipe in the directory, a full disk, or a run that diverged.
    """
    run = RunDirectory(pathlib.Path(root))
    run.open(recipe)
    with run.locked():
        examples = open_examples(recipe, data_dir, skip_bad)
        held_out = open_held_out(recipe, data_dir, skip_bad, report)
        last_step = total_steps(recipe, examples)
        found = checkpoint.newest(run.checkpoints, report)
        if found and found[0] >= last_step and run.weights.exists():
            report(f"The run in {run.root} is finished: {last_step} steps, weights in {run.weights}.")
            return None
        rollbacks, fresh_seeds = found[1]["rollbacks"] if found else 0, False
        if found and found[1]["examples"] != len(examples):
            raise UserError(
                f"The run in {run.root} was trained on {found[1]['examples']} pictures, there are {len(examples)} now. "
                "Bring the data back, or choose another --run_dir."
            )
        while True:
            try:
                return _attempt(recipe, run, examples, held_out, last_step, rollbacks, fresh_seeds, report)
            except OSError as error:
                raise UserError(
                    f"{error.filename or run.root} cannot be written or read: {error.strerror or error}. "
                    f"{run.checkpoints} is intact; make room, then start the same command again to resume."
                ) from None
            except DivergedError as error:
                good = checkpoint.newest(run.checkpoints, report)
                where = f"the checkpoint of step {good[0]}" if good else "the beginning"
                if recipe.train.on_divergence == "stop":
                    kept = f"{run.checkpoints} keeps {where}. " if good else ""
                    raise UserError(
                        f"{error} {kept}Lower train.optimizer.learning_rate, or let --on_divergence=rollback do it."
                    ) from None
                if rollbacks == MAX_ROLLBACKS:
                    raise UserError(
                        f"{error} The run diverged after {rollbacks} rollbacks; its recipe is unstable."
                    ) from None
                rollbacks, fresh_seeds = rollbacks + 1, True
                report(f"{error} Back to {where} with another seed and learning rates times {0.5**rollbacks:g}.")


def build(recipe, rollbacks=0):
    """Build and compile the model of a recipe, its initial weights fixed by the recipe's seed.

    Args:
        recipe: Checked `Recipe`.
        rollbacks: How often the run diverged so far: each takes another seed and half the learning rates.
    """
    keras.utils.set_random_seed(recipe.train.seed + rollbacks)
    with runtime.precision(recipes.PRECISIONS[recipe.train.mixed_precision]):
        model = MODELS.create(recipe.name, **recipe.model)
        model.compile(recipe.train.optimizer, 0.5**rollbacks, jit_compile=recipe.train.jit_compile)
    return model


def open_held_out(recipe, data_dir=None, skip_bad=False, report=print):
    """Open the validation split for a model that can be validated; None where there is no such split to look at."""
    if not hasattr(MODELS.get(recipe.name), "validate"):
        return None
    if "validation" in parse_split(recipe.data.get("split", "train")):
        report("The validation split is trained on, so the run is not validated.")
        return None
    try:
        return open_examples(
            dataclasses.replace(recipe, data={**recipe.data, "split": "validation"}), data_dir, skip_bad
        )
    except DataError as error:
        report(f"{error} The run is not validated.")
        return None


def open_examples(recipe, data_dir=None, skip_bad=False):
    """Open the pictures that a recipe trains on, at the size its model wants."""
    builder = MODELS.get(recipe.name)
    image_shape = recipe.model.get("image_shape", inspect.signature(builder).parameters["image_shape"].default)
    options = {key: value for key, value in recipe.data.items() if key not in ("dataset", "sampler", "augment")}
    return open_dataset(
        recipe.data["dataset"],
        image_shape=image_shape,
        data_dir=data_dir,
        skip_bad=skip_bad,
        reads=getattr(builder, "func", builder).reads,
        **options,
    )


def total_steps(recipe, examples):
    """Return the steps of a run: as given, or enough for the epochs asked for."""
    per_step = recipe.train.batch_size * batches_per_step(recipe)
    return recipe.train.steps or math.ceil(recipe.train.epochs * len(examples) / per_step)


def batches_per_step(recipe):
    """Return how many batches of real pictures one step takes: `n_critic` of the models that have it."""
    return recipe.model.get("n_critic", 1)


def _attempt(recipe, run, examples, held_out, last_step, rollbacks, fresh_seeds, report):
    """Train from the newest checkpoint to the end; return the model, or None when asked to stop."""
    settings = recipe.train
    model = build(recipe, rollbacks)
    if hasattr(model, "check_examples"):
        model.check_examples(examples)
    found = checkpoint.newest(run.checkpoints, report)
    start = found[0] if found else 0
    if found:
        checkpoint.restore(run.checkpoints, start, model, seeds=not fresh_seeds)
        report(f"Resumed at step {start} of {last_step} from {run.checkpoints}.")
    images_per_step = settings.batch_size * model.batches_per_step
    facts = {"rollbacks": rollbacks, "examples": len(examples)}
    span = {"start_step": start, "last_step": last_step}

    tensorboard = TensorBoard(run.events, _flat(recipe.tables()), images_per_step, every=settings.log_every, **span)
    guard = DivergenceGuard(model.terms, settings.checkpoint_every, every=settings.log_every, **span)
    checkpoints = Checkpoints(
        run.checkpoints, facts, settings.keep_checkpoints, settings.keep_every, guard,
        every=settings.checkpoint_every, **span,
    )  # fmt: skip
    progress = ProgressReport(model.terms, images_per_step, every=settings.log_every, **span)
    callbacks = [progress, tensorboard, History(run.history, model.terms, every=settings.log_every, **span), guard]
    if hasattr(model, "generate"):
        callbacks.append(
            Samples(run.samples, settings.seed, tensorboard, every=settings.sample_every, report=report, **span)
        )
    if settings.eval_every:
        measure = running_metrics(model, recipe, examples)
        callbacks.append(Evaluation(measure, tensorboard, every=settings.eval_every, report=report, **span))
    if hasattr(model, "diagnose"):
        callbacks.append(Diagnosis(every=settings.log_every, report=report, **span))
    if held_out is not None:
        callbacks.append(Validation(held_out, tensorboard, every=settings.sample_every, report=report, **span))
        if hasattr(model, "strips"):
            callbacks.append(Strips(run.samples, held_out, tensorboard, every=settings.sample_every, **span))
        if hasattr(model, "embed"):
            callbacks.append(Projector(run.events, held_out, every=settings.sample_every, **span))
    callbacks.append(checkpoints)

    if not found and hasattr(model, "adapt"):
        model.adapt(examples)
    batches = examples.batches(
        images_per_step,
        seed=settings.seed + rollbacks,
        start_step=start,
        sampler=recipe.data.get("sampler", "uniform"),
        augment=recipe.data.get("augment", ()),
    )
    try:
        if start < last_step:
            model.fit(batches, steps_per_epoch=last_step - start, callbacks=callbacks, verbose=0, shuffle=False)
    finally:
        progress.close()
        tensorboard.close()
        checkpoints.release()
    if checkpoints.stop_signal is not None and checkpoints.step < last_step:
        report(
            f"Stopped by {checkpoints.stop_signal.name} after step {checkpoints.step} of {last_step}, which is saved "
            f"in {run.checkpoints}. The same command resumes."
        )
        return None
    if held_out is not None and hasattr(model, "calibrate"):
        model.calibrate(to_float(held_out.images), held_out.columns)
    save_inference_weights(model, run.weights)
    plots.history(run.history, run.root)
    return model


def _flat(tables, prefix=""):
    flat = {}
    for key, value in tables.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value if isinstance(value, str | int | float | bool) else str(value)
    return flat


def _versions():
    packages = ("keras_facegan", "keras", "tensorflow", "numpy")
    found = {"python": platform.python_version()}
    for package in packages:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found
