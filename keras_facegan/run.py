"""One training run in its directory: resumed where it was cut, guarded, and ended with weights and plots."""

import contextlib
import dataclasses
import functools
import itertools
import os
import pathlib
from collections.abc import Callable
from typing import Any

from keras_facegan import checkpoint, opening, plots, stages
from keras_facegan import recipe as recipes
from keras_facegan.callbacks.base import Schedule, draw_what_is_missing
from keras_facegan.callbacks.checkpoints import Checkpoints
from keras_facegan.callbacks.diagnosis import Diagnosis
from keras_facegan.callbacks.evaluation import Evaluation
from keras_facegan.callbacks.guard import DivergedError, DivergenceGuard
from keras_facegan.callbacks.history import History, last_step, read_rows
from keras_facegan.callbacks.means import Means
from keras_facegan.callbacks.previews import Previews
from keras_facegan.callbacks.progress import ProgressReport
from keras_facegan.callbacks.projector import Projector
from keras_facegan.callbacks.samples import Samples
from keras_facegan.callbacks.tensorboard import TensorBoard
from keras_facegan.callbacks.validation import Validation
from keras_facegan.changes import go_on, go_on_with
from keras_facegan.data.images import to_float
from keras_facegan.errors import UserError, in_words, printable
from keras_facegan.evaluation.training import check_eval_extractor
from keras_facegan.memory import check_fits
from keras_facegan.optimizers import ended_schedule
from keras_facegan.preparation import build, open_examples, open_held_out, total_steps
from keras_facegan.run_directory import RunDirectory
from keras_facegan.seam.distribution import Distribution
from keras_facegan.seam.runtime import deterministic_kernels
from keras_facegan.transfer import begin_from, carry_over, check_init
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
        report: Callable that shows a line of text.
        model: The model, trained as far as the run has come.
        examples: Pictures that it is trained on.
        held_out: Pictures of the validation split, None where the model is not validated.
        schedule: Steps of the fit that is going on.
        rollbacks: How often the run diverged.
        stopped_by: The signal that stopped it before its end, or None.
        distribution: Devices that it trains on.
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
    distribution: Distribution = dataclasses.field(default_factory=Distribution)

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
    def settings(self) -> recipes.Training:
        """The settings of the fit that is going on, with what was changed before it."""
        return self.recipe.after(self.schedule.start).train

    @property
    def images_per_step(self) -> int:
        """Real pictures per step."""
        return self.settings.batch_size * self.model.batches_per_step

    @property
    def facts(self) -> dict:
        """What a checkpoint says of the run."""
        return {"rollbacks": self.rollbacks, "examples": len(self.examples), "pictures": self.examples.stamp}

    @functools.cached_property
    def tensorboard(self) -> TensorBoard:
        """The callback that shows scalars and pictures."""
        every, settings = self.recipe.train.log_every, recipes.own_settings(self.recipe)
        return TensorBoard(self.files.events, settings, self.images_per_step, self.schedule, every)


def train(
    model: str,
    preset: str = "default",
    *,
    data_dir: str | pathlib.Path | None = None,
    run_dir: str | pathlib.Path | None = None,
    changes: dict[str, Any] | None = None,
    allow_changes: bool = False,
    skip_bad: bool = False,
    report: Callable[[str], Any] = print,
    distribution: Distribution | None = None,
) -> Run:
    """Train a model of the zoo, or go on with a run that was stopped or is to take more steps.

    Args:
        model: Registered name, such as "dcgan".
        preset: Name of one of its presets.
        data_dir: Folder of the data set, or of the data sets.
        run_dir: Directory of the run; `runs/<model>-<preset>` unless given.
        changes: Settings in which the run differs from the preset, by dotted key: `{"train.steps": 1000}`; of a preset
            of stages with the number of the stage: `{"2.train.steps": 1000}`.
        allow_changes: Go on with other settings of training, or with other pictures, than a run began with; what
            changes is recorded in its recipe.
        skip_bad: Leave unreadable pictures out.
        report: Callable that shows a line of text.
        distribution: Devices to train on, what `keras_facegan.seam.distribution.start` returns; one unless given.

    Returns:
        The `Run`, with `.model`, `.directory` and `.history`; of a preset of stages the last one that was begun.

    Raises:
        UserError: A wrong name or setting, data that cannot be used, another run in the directory, a full disk, or a
            run that diverged.

    Example:
        >>> from keras_facegan import train
        >>> run = train("dcgan", preset="tiny", run_dir="runs/try", changes={"train.steps": 10})
        >>> run.model.generate(4).shape
        (4, 32, 32, 3)
    """
    plan = stages.plan(model, preset, run_dir or f"runs/{model}-{preset}", (changes or {}).items())
    return train_plan(plan, data_dir, skip_bad, report, allow_changes, distribution)


def train_plan(
    plan, data_dir=None, skip_bad=False, report=print, allow_changes=False, distribution: Distribution | None = None
) -> Run:
    """Train what `stages.plan` returns, one run after the other.

    Args:
        plan: `stages.Plan`.
        data_dir: Folder of the data sets.
        skip_bad: Leave unreadable pictures out.
        report: Callable that shows a line of text.
        allow_changes: As for `train`.
        distribution: As for `train`.

    Returns:
        The last `Run` that was begun: `stopped_by` is set where it was asked to stop before its end.

    Raises:
        UserError: As for `train`.
    """
    distribution = distribution or Distribution()
    for _, recipe in plan.runs:
        distribution.check_settings(recipe.train)
    if any(recipe.train.deterministic for _, recipe in plan.runs):
        deterministic_kernels()
    if distribution.is_chief:
        plan.write()
    for directory, recipe in plan.runs:
        with distribution.watched():
            run = train_recipe(recipe, directory, data_dir, skip_bad, report, allow_changes, distribution)
            # What comes next may read what the chief has just written.
            distribution.wait_for_all()
        if run.stopped_by is not None:
            break
    return run


def train_recipe(
    recipe, root, data_dir=None, skip_bad=False, report=print, allow_changes=False,
    distribution: Distribution | None = None,
) -> Run:  # fmt: skip
    """Train a recipe in a directory, from the start or from the newest sound checkpoint there.

    Args:
        recipe: Checked `Recipe`.
        root: Path of the run directory.
        data_dir: Folder of the data set, or of the data sets.
        skip_bad: Leave unreadable pictures out.
        report: Callable that shows a line of text.
        allow_changes: As for `train`.
        distribution: As for `train`; the chief of its workers writes the run, the others only read it.

    Returns:
        The `Run`: `stopped_by` is set where it was asked to stop before its end.

    Raises:
        UserError: Wrong data, another recipe in the directory, a full disk, or a run that diverged.
    """
    # Refuse pictures that no extractor is named for before anything is read or written.
    check_eval_extractor(recipe)
    distribution = distribution or Distribution()
    is_chief = distribution.is_chief
    shown = (lambda line: report(printable(line))) if is_chief else (lambda line: None)
    run = Run(recipe, RunDirectory(root), shown, distribution=distribution)
    if is_chief:
        run.files.create()
    with run.files.locked(run.report) if is_chief else contextlib.nullcontext():
        for line in opening.plan(recipe, run.directory, distribution.in_words()):
            run.report(line)
        try:
            last = _open(run, data_dir, skip_bad, allow_changes)
            taken = run.schedule.start
            if taken >= last and run.files.weights.exists():
                run.report(f"The run in {run.directory} is finished: {taken} steps, weights in {run.files.weights}.")
                load_inference_weights(run.model, run.files.weights)
                return run
            split = run.recipe.data.get("split", "train")
            for line in opening.data(run.examples, split, last, run.images_per_step):
                run.report(line)
            return _train(run, last)
        except OSError as error:
            raise run.files.cannot_go_on(error) from None


def _open(run, data_dir, skip_bad, allow_changes) -> int:
    """Find where a run stands, open all that it needs, and return its last step. Nothing is written before the end."""
    files, wanted = run.files, run.recipe
    newest = checkpoint.newest(files.checkpoints, run.report)
    # A finished run whose checkpoints were removed to save room stays finished.
    step, facts = newest or (last_step(files.history) if files.weights.exists() else 0, {})
    run.rollbacks = facts.get("rollbacks", 0)
    recorded, lines = None, []
    if files.recipe.exists():
        recorded = files.read_recipe()
        run.recipe, lines = go_on(recorded, wanted, step, allow_changes, files.root)
    distribution, now = run.distribution, run.recipe.after(step).train
    distribution.check_settings(now)
    ends = "finished" if files.weights.exists() else "unfinished"
    distribution.check_alike(recipe=run.recipe.tables(), newest_checkpoint=f"step {step}, {ends}")

    # Build the model, open the pictures, and check that it can be trained on them, here.
    if not step:
        check_init(run.recipe.train.init, files)
    _build(run, step - 1)
    run.examples = open_examples(run.recipe, run.model, data_dir, skip_bad)
    run.model.check_examples(run.examples)
    run.model.check_batch(now.batch_size // distribution.replicas)
    check_fits(run.model, now.batch_size // distribution.workers)
    distribution.check_alike(pictures=run.examples.stamp)
    if distribution.is_chief:
        run.held_out = open_held_out(run.recipe, run.model, run.examples, data_dir, skip_bad, run.report)
    read_rows(files.history, ("step", *run.model.terms))

    # Record what is new.
    last = total_steps(run.recipe, run.model, run.examples)
    run.schedule = Schedule(step, last)
    if 0 < step < last and newest is None:
        raise UserError(
            f"{files.root} ended at step {step} and its checkpoints are gone: it cannot go on to {last}. "
            f"In another --run_dir, --init={files.root} begins with the weights of this run."
        )
    if step < last:
        run.recipe, said = go_on_with(run.examples, run.recipe, step, facts, allow_changes, files.root)
        lines += [*said, *ended_schedule(run.recipe.after(step).train.optimizer, step, last)]
    elif recorded:
        run.recipe = dataclasses.replace(run.recipe, changes=recorded.changes)
    if run.recipe != recorded and distribution.is_chief:
        files.write_recipe(run.recipe)
    for line in lines if step < last else ():
        run.report(line)
    return last


def _train(run, last) -> Run:
    """Train to the end or until asked to stop, taking back what diverged."""
    fresh_seeds = False
    while True:
        try:
            return _attempt(run, last, fresh_seeds)
        except DivergedError as error:
            _roll_back(run, error)
            fresh_seeds = True


def _attempt(run, last, fresh_seeds) -> Run:
    """Train from the newest checkpoint to the end, or until asked to stop."""
    # Begin, or go on from the newest checkpoint.
    start, _ = checkpoint.newest(run.files.checkpoints, run.report) or (0, {})
    if start:
        checkpoint.restore(run.files.checkpoints, start, run.model, seeds=not fresh_seeds)
        run.report(f"Resumed at step {start} of {last} from {run.files.checkpoints}.")
    else:
        run.model.adapt(run.examples)
        if run.recipe.train.init:
            begin_from(run.files.beside(run.recipe.train.init), run.model, run.report)
    if run.distribution.is_chief and run.files.weights.exists() and start < last:
        # The run ended here once and goes on: these are no longer its final weights.
        os.replace(run.files.weights, run.files.weights_of(start))

    # Train from change to change, most often in one go.
    turns = [change.step for change in run.recipe.changes if start < change.step < last]
    for begin, end in itertools.pairwise([start, *turns, last]):
        _turn(run, begin)
        run.schedule = Schedule(begin, last)
        run.stopped_by = _fit(run, end)
        if run.stopped_by is not None:
            return run

    # End with what the run was made for.
    if not run.distribution.is_chief:
        return run
    if run.held_out is not None:
        _calibrate(run)
    save_inference_weights(run.model, run.files.weights)
    plots.history(run.files.history, run.directory)
    return run


def _calibrate(run):
    """Calibrate the model on held-out pictures; what fails there must not cost the weights."""
    try:
        run.model.calibrate(to_float(run.held_out.images), run.held_out.columns)
    except Exception as error:
        run.report(f"The model is not calibrated, its weights are saved as they are. {in_words(error)}")


def _build(run, step):
    """Build the model with the settings that hold after a step, on the devices of the run."""
    with run.distribution.scope():
        run.model = build(run.recipe.after(step), run.rollbacks, run.files)


def _turn(run, step):
    """Go on with the settings that hold from a step on."""
    if run.recipe.after(step) != run.recipe.after(step - 1):
        before = run.model
        _build(run, step)
        carry_over(before, run.model)


def _fit(run, end):
    """Train to a step; return the signal that stopped the run before its end, or None."""
    start, last, distribution = run.schedule.start, run.schedule.last, run.distribution
    batches_of = functools.partial(
        run.examples.batches,
        run.images_per_step,
        seed=run.settings.seed + run.rollbacks,
        start_step=start,
        sampler=run.recipe.data.get("sampler", "uniform"),
        augment=run.recipe.data.get("augment", ()),
        cut=run.model.batches_per_step,
    )
    run.__dict__.pop("tensorboard", None)
    kinds = [kind for kind in CALLBACKS if distribution.is_chief or kind.by_all]
    callbacks = [callback for kind in kinds if (callback := kind.for_run(run)) is not None]
    for callback in callbacks:
        callback.report = run.report
    try:
        if start < end:
            distribution.fit(run.model, batches_of, end - start, callbacks)
        else:
            draw_what_is_missing(callbacks, run.model)
    finally:
        for callback in callbacks:
            callback.close()
    checkpoints = next(callback for callback in callbacks if isinstance(callback, Checkpoints))
    if checkpoints.stop_signal is None or checkpoints.step == last:
        return None
    run.report(
        f"Stopped by {checkpoints.stop_signal.name} after step {checkpoints.step} of {last}, which is saved in "
        f"{run.files.checkpoints}. The same command resumes."
    )
    return checkpoints.stop_signal


def _roll_back(run, error):
    """Prepare another attempt after a divergence, or raise `UserError` where there is to be none."""
    good, _ = checkpoint.newest(run.files.checkpoints, run.report) or (0, {})
    where = f"the checkpoint of step {good}" if good else "the beginning"
    if run.recipe.train.on_divergence == "stop":
        kept = f"{run.files.checkpoints} keeps {where}. " if good else ""
        raise UserError(f"{error} {kept}Lower train.optimizer.learning_rate or set --on_divergence=rollback.") from None
    if run.rollbacks == MAX_ROLLBACKS:
        raise UserError(f"{error} The run diverged after {run.rollbacks} rollbacks; its recipe is unstable.") from None
    run.rollbacks += 1
    _build(run, good - 1)
    run.report(f"{error} Back to {where} with another seed and learning rates times {0.5**run.rollbacks:g}.")
