"""Runs: divergence, full disks, damaged checkpoints and changed data, each with its way out."""

import csv
import dataclasses
import os
import shutil
import subprocess
import threading
import types

import h5py
import numpy as np
import pytest

from keras_facegan import checkpoint, recipe, run
from keras_facegan.data.pipeline import Examples
from keras_facegan.errors import UserError
from keras_facegan.models.age_estimator import AgeEstimator


def plan(**changes):
    """The recipe of gan's [tiny] preset; underscores after the table stand for a dot."""
    return recipe.resolve("gan", "tiny", [(key.replace("_", ".", 1), value) for key, value in changes.items()])


def rows(root):
    with (root / "history.csv").open() as file:
        return list(csv.DictReader(file))


def stored(path):
    """Return the arrays of a weights file."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, each: found.update({name: each[()]}) if isinstance(each, h5py.Dataset) else None)
    return found


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    root = tmp_path_factory.mktemp("run") / "unbroken"
    run.train_recipe(plan(), root)
    return root


@pytest.fixture
def copied(unbroken, tmp_path):
    return shutil.copytree(unbroken, tmp_path / "run")


def assert_same_run(root, unbroken):
    assert (root / "history.csv").read_bytes() == (unbroken / "history.csv").read_bytes()
    found, expected = stored(root / "model.weights.h5"), stored(unbroken / "model.weights.h5")
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


def test_equal_recipes_give_equal_runs(unbroken, tmp_path):
    run.train_recipe(plan(), tmp_path / "again")
    assert_same_run(tmp_path / "again", unbroken)


def test_another_seed_gives_another_run(unbroken, tmp_path):
    run.train_recipe(plan(train_seed=5), tmp_path / "other")
    assert (tmp_path / "other" / "history.csv").read_bytes() != (unbroken / "history.csv").read_bytes()


def test_run_cut_after_its_last_step_ends_without_training(unbroken, copied):
    (copied / "model.weights.h5").unlink()
    before = (copied / "checkpoints" / "step_00000020" / "state.npz").read_bytes()
    run.train_recipe(plan(), copied)
    assert_same_run(copied, unbroken)
    assert (copied / "checkpoints" / "step_00000020" / "state.npz").read_bytes() == before


def test_damaged_newest_checkpoint_costs_its_steps_only(unbroken, copied):
    (copied / "model.weights.h5").unlink()
    (copied / "checkpoints" / "step_00000020" / "state.npz").write_bytes(b"damaged")
    told = []
    run.train_recipe(plan(), copied, report=told.append)
    assert any("step_00000020/state.npz is damaged" in line for line in told)
    assert any("Resumed at step 10 of 20" in line for line in told)
    assert_same_run(copied, unbroken)


def test_history_cut_in_the_middle_of_a_line_is_mended(unbroken, copied):
    (copied / "model.weights.h5").unlink()
    shutil.rmtree(copied / "checkpoints" / "step_00000020")
    (copied / "history.csv").write_bytes((unbroken / "history.csv").read_bytes()[:-7])
    run.train_recipe(plan(), copied)
    assert_same_run(copied, unbroken)


@pytest.mark.parametrize("replaced", [{"images": slice(100)}, {"stamp": "other"}])
def test_other_pictures_than_before_are_refused(copied, monkeypatch, replaced):
    opened = run.open_examples

    def others(*args):
        examples = opened(*args)
        fewer = {name: getattr(examples, name)[part] for name, part in replaced.items() if isinstance(part, slice)}
        return dataclasses.replace(examples, **{**replaced, **fewer})

    monkeypatch.setattr(run, "open_examples", others)
    message = "there are 100 now" if "images" in replaced else "there are as many now, but of other names or sizes"
    with pytest.raises(UserError, match=rf"was trained on \d+ pictures, {message}. Bring the data back"):
        run.train_recipe(plan(train_steps=30), copied)


def test_data_without_what_the_model_reads_are_refused(tmp_path):
    ages = recipe.resolve("age_estimator", "tiny", [("data.dataset", "digits")])
    with pytest.raises(UserError, match="reads `age`, which `digits` does not have: it has image, index, label"):
        run.train_recipe(ages, tmp_path / "run")
    assert not (tmp_path / "run" / "recipe.toml").exists()


def test_epochs_are_rounded_up_to_whole_steps():
    examples, model = range(100), types.SimpleNamespace(batches_per_step=1)
    assert run.total_steps(plan(train_epochs=3, train_batch_size=16), model, examples) == 19
    assert run.total_steps(plan(train_steps=7), model, examples) == 7
    model.batches_per_step = 2
    assert run.total_steps(plan(train_epochs=3, train_batch_size=16), model, examples) == 10


def test_recipe_file_names_the_versions_that_ran(unbroken):
    text = (unbroken / "recipe.toml").read_text()
    for package in ("python", "keras", "tensorflow", "numpy", "keras_facegan"):
        assert f"\n{package} = " in text
    assert recipe.from_tables(recipe.read(unbroken / "recipe.toml")) == plan()


def test_runs_in_a_thread_leave_signals_alone(tmp_path):
    ended = []
    thread = threading.Thread(target=lambda: ended.append(run.train_recipe(plan(train_steps=2), tmp_path / "run")))
    thread.start()
    thread.join(600)
    assert ended and ended[0] is not None


@pytest.fixture
def poison(monkeypatch):
    """Make pictures NaN from a step on, for the seeds named."""
    batches = Examples.batches

    def poisoned(self, batch_size, *, seed, start_step, **settings):
        clean = batches(self, batch_size, seed=seed, start_step=start_step, **settings)
        if seed not in poisoned.seeds:
            return clean
        bad = max(poisoned.step - start_step, 0)
        spoilt = clean.skip(bad).map(lambda data: {**data, "image": data["image"] * float("nan")})
        return clean.take(bad).concatenate(spoilt)

    def arm(step, seeds):
        poisoned.step, poisoned.seeds = step, seeds
        monkeypatch.setattr(Examples, "batches", poisoned)

    return arm


def test_divergence_stops_and_keeps_the_last_good_checkpoint(tmp_path, unbroken, poison):
    poison(12, {0})
    with pytest.raises(UserError) as error:
        run.train_recipe(plan(), tmp_path / "run")
    said = str(error.value)
    assert "Step 15: d_loss is nan" in said and "keeps the checkpoint of step 10" in said and "\n" not in said
    assert "Lower train.optimizer.learning_rate or set --on_divergence=rollback" in said
    assert checkpoint.newest(tmp_path / "run" / "checkpoints")[0] == 10
    assert not (tmp_path / "run" / "model.weights.h5").exists()
    with np.load(tmp_path / "run" / "checkpoints" / "step_00000010" / "state.npz") as arrays:
        assert all(np.isfinite(arrays[name]).all() for name in arrays.files)
    # The history shows where it went wrong; resuming cuts it back.
    assert rows(tmp_path / "run")[:2] == rows(unbroken)[:2] and rows(tmp_path / "run")[2]["d_loss"] == "nan"


def test_divergence_between_log_lines_never_reaches_a_checkpoint(tmp_path, poison):
    # The last step before a checkpoint is clean; the weights are what has gone wrong.
    poison(8, {0})
    with pytest.raises(UserError, match="Step 10: (d_loss is nan|the weights .* are no longer finite)"):
        run.train_recipe(plan(train_log_every=10), tmp_path / "run")
    assert checkpoint.newest(tmp_path / "run" / "checkpoints") is None


def test_rollback_goes_on_with_half_the_rate_and_another_seed(tmp_path, unbroken, poison):
    poison(12, {0})
    told = []
    model = run.train_recipe(plan(train_on_divergence="rollback"), tmp_path / "run", report=told.append).model
    assert any("Back to the checkpoint of step 10 with another seed and learning rates times 0.5" in e for e in told)
    assert [float(each.learning_rate) for each in model.optimizers.values()] == pytest.approx([1e-4, 1e-4])
    assert checkpoint.newest(tmp_path / "run" / "checkpoints")[1]["rollbacks"] == 1
    found = rows(tmp_path / "run")
    assert [row["step"] for row in found] == ["5", "10", "15", "20"]
    assert found[:2] == rows(unbroken)[:2] and found[2] != rows(unbroken)[2]
    assert all(np.isfinite([float(value) for value in row.values()]).all() for row in found)


def test_rollbacks_end(tmp_path, poison, monkeypatch):
    poison(3, {0, 1, 2})
    monkeypatch.setattr(run, "MAX_ROLLBACKS", 2)
    told = []
    with pytest.raises(UserError, match="diverged after 2 rollbacks; its recipe is unstable"):
        run.train_recipe(plan(train_on_divergence="rollback"), tmp_path / "run", report=told.append)
    back = [line for line in told if "Back to the beginning" in line]
    assert [line.rpartition(" ")[2] for line in back] == ["0.5.", "0.25."]


def test_a_rate_that_is_too_high_is_met_by_the_guard(tmp_path):
    rash = plan(model_loss="wasserstein", train_optimizer={"name": "sgd", "learning_rate": 9.0}, train_log_every=1)
    with pytest.raises(UserError, match=r"Step \d+: (d_loss|g_loss|real_score|fake_score|the weights)"):
        run.train_recipe(rash, tmp_path / "run")


@pytest.fixture
def disk(tmp_path):
    """A file system of 2 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place]
    if os.geteuid() or shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only root may mount a small file system")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def fill(disk):
    with (disk / "filler").open("wb", buffering=0) as file:
        while True:
            try:
                file.write(bytes(4096))
            except OSError:
                return


@pytest.mark.parametrize("after", [0, 10])
def test_full_disk_is_said_in_one_line_and_the_run_goes_on_later(disk, unbroken, poison, after):
    if after:
        poison(12, {0})
        with pytest.raises(UserError, match="Step 15"):
            run.train_recipe(plan(), disk / "run")
        poison(12, set())
    before = checkpoint.steps(disk / "run" / "checkpoints")
    fill(disk)
    with pytest.raises(UserError) as error:
        run.train_recipe(plan(), disk / "run")
    said = str(error.value)
    assert "\n" not in said and str(disk / "run") in said and ("disk is full" in said or "No space left" in said)
    assert checkpoint.steps(disk / "run" / "checkpoints") == before
    (disk / "filler").unlink()
    run.train_recipe(plan(), disk / "run")
    assert_same_run(disk / "run", unbroken)


def test_disk_that_fills_while_training(disk, unbroken, monkeypatch):
    draw = run.Samples.on_step
    monkeypatch.setattr(run.Samples, "on_step", lambda self, *args: (draw(self, *args), fill(disk)))
    with pytest.raises(UserError, match="checkpoint of step 20 could not be written.*the disk is full"):
        run.train_recipe(plan(), disk / "run")
    (disk / "filler").unlink()
    monkeypatch.undo()
    run.train_recipe(plan(), disk / "run")
    assert_same_run(disk / "run", unbroken)


AGES = {"steps": 4, "log_every": 1, "sample_every": 2, "checkpoint_every": 2}


def ages(**settings):
    """The recipe of a model that is validated."""
    return recipe.resolve(
        "age_estimator", "tiny", [(f"train.{key}", value) for key, value in (AGES | settings).items()]
    )


def broken(*args, **kwargs):
    raise RuntimeError("no such people")


@pytest.mark.parametrize("hook", ["validate", "preview"])
def test_a_validation_that_fails_costs_nothing_but_itself(tmp_path, monkeypatch, hook):
    run.train_recipe(ages(), tmp_path / "sound")
    monkeypatch.setattr(AgeEstimator, hook, broken)
    told = []
    run.train_recipe(ages(), tmp_path / "run", report=told.append)
    said = [line for line in told if "no such people" in line]
    assert len(said) == 1 and said[0].startswith("Step 2: ") and "is left out from now on; training goes on" in said[0]
    assert_same_run(tmp_path / "run", tmp_path / "sound")


def test_the_checkpoint_of_a_step_is_written_before_anything_optional(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        AgeEstimator, "validate", lambda *args: seen.append(checkpoint.steps(tmp_path / "checkpoints")) or {}
    )
    run.train_recipe(ages(), tmp_path, report=lambda line: None)
    assert seen == [[2], [2, 4]]


def test_a_calibration_that_fails_does_not_cost_the_weights(tmp_path, monkeypatch):
    monkeypatch.setattr(AgeEstimator, "calibrate", broken)
    told = []
    run.train_recipe(ages(), tmp_path, report=told.append)
    assert told[-1] == "The model is not calibrated, its weights are saved as they are. RuntimeError: no such people."
    assert (tmp_path / "model.weights.h5").is_file()


def test_a_validation_that_cannot_be_done_is_said_before_the_first_step(tmp_path, monkeypatch):
    def refuse(*args):
        raise UserError("`faces` holds out nobody.")

    monkeypatch.setattr(AgeEstimator, "check_held_out", refuse)
    monkeypatch.setattr(AgeEstimator, "validate", broken)
    told = []
    run.train_recipe(ages(), tmp_path, report=told.append)
    assert "`faces` holds out nobody. The run is not validated." in told
    assert not any(", validation:" in line for line in told)


@pytest.mark.parametrize("wanted", [True, False])
def test_deterministic_kernels_are_switched_on_from_python_too(tmp_path, monkeypatch, wanted):
    switched = []
    monkeypatch.setattr(run, "deterministic_kernels", lambda: switched.append(True))
    run.train("gan", "tiny", run_dir=tmp_path, changes={"train.steps": 1, "train.deterministic": wanted})
    assert switched == [True] * wanted
