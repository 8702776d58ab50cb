"""Checkpoints: complete or absent, checked when read, and never a reason to lose an older one."""

import dataclasses
import hashlib
import json
import os
import pathlib
import resource
import shutil
import subprocess

import numpy as np
import pytest

from keras_facegan import checkpoint, run
from keras_facegan.errors import UserError
from tests import contract


@pytest.fixture(scope="module")
def model():
    return run.build(contract.tiny("gan", seed=3))


@pytest.fixture
def saved(model, tmp_path):
    """A folder with checkpoints of steps 10 and 20."""
    for step in (10, 20):
        checkpoint.save(tmp_path, model, step, {"rollbacks": step // 10})
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_restore_gives_every_value_back(model, saved):
    before = contract.values(model)
    other = run.build(contract.tiny("gan", seed=4))
    assert len(contract.changed(before, contract.values(other))) > 5
    checkpoint.restore(saved, 20, other)
    assert contract.changed(before, contract.values(other)) == set()
    assert checkpoint.newest(saved) == (20, {"rollbacks": 2})


def test_state_holds_seeds_moments_and_loss_scales_but_no_learning_rates():
    plan = contract.tiny("gan", mixed_precision="float16")
    model = run.build(plan)
    state = checkpoint.training_state(model)
    for network, optimizer in model.optimizers.items():
        # Two Adam moments a weight, one step counter; a loss scale and its counter on top.
        weights = len(getattr(model, network).trainable_variables)
        kept = {id(state[name]) for name in state if name.startswith(f"{network}_optimizer/")}
        assert kept == {id(each) for each in optimizer.variables if each.name != "learning_rate"}
        assert len(kept) >= 2 * weights + 3
    assert any("seed_generator" in name for name in state)
    assert not any("learning_rate" in name for name in state)


def test_fresh_seeds_are_kept_after_a_divergence(model, saved):
    other = run.build(contract.tiny("gan", seed=4))
    fresh = contract.values(other)
    checkpoint.restore(saved, 20, other, seeds=False)
    differing = contract.changed(contract.values(model), contract.values(other))
    assert differing and all("seed_generator" in name for name in differing)
    assert all((contract.values(other)[name] == fresh[name]).all() for name in differing)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("state.npz", lambda path: path.write_bytes(path.read_bytes()[:-100])),
        ("state.npz", lambda path: path.write_bytes(b"")),
        ("state.npz", lambda path: path.write_bytes(_flipped(path.read_bytes()))),
        ("state.npz", pathlib.Path.unlink),
        ("checkpoint.json", pathlib.Path.unlink),
        ("checkpoint.json", lambda path: path.write_text("{")),
        ("checkpoint.json", lambda path: path.write_text("[]")),
        ("checkpoint.json", lambda path: path.write_text('{"step": 20}')),
        ("checkpoint.json", lambda path: path.write_text('{"step": 20, "sha256": {}, "facts": {}}')),
        ("checkpoint.json", lambda path: path.write_bytes(b"\xff\xfe\x00")),
    ],
    ids=["truncated", "emptied", "bit", "lost", "no-json", "cut-json", "list-json", "part-json", "no-hash", "bytes"],
)
def test_damaged_newest_is_named_and_the_one_before_used(saved, name, damage):
    damage(saved / "step_00000020" / name)
    told = []
    assert checkpoint.newest(saved, told.append) == (10, {"rollbacks": 1})
    assert len(told) == 1 and f"step_00000020/{name}" in told[0] and "\n" not in told[0]


def _flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def test_no_checkpoint_at_all_is_none(tmp_path):
    assert checkpoint.newest(tmp_path / "nowhere") is None
    (tmp_path / "step_abc").mkdir()
    (tmp_path / ".unfinished_00000010").mkdir()
    assert checkpoint.newest(tmp_path) is None


def test_foreign_checkpoint_is_refused_and_changes_nothing(saved):
    plan = contract.tiny("gan")
    for argument in ({"ema_decay": 0.9}, {"hidden": 24}):
        other = run.build(_with_model(plan, **argument))
        before = contract.values(other)
        with pytest.raises(UserError, match="state of another model"):
            checkpoint.restore(saved, 20, other)
        assert contract.changed(before, contract.values(other)) == set()


def _with_model(plan, **arguments):
    return dataclasses.replace(plan, model={**plan.model, **arguments})


@pytest.mark.parametrize(
    ("keep", "keep_every", "kept"),
    [(1, 0, [50]), (2, 0, [40, 50]), (1, 20, [20, 40, 50]), (9, 0, [10, 20, 30, 40, 50])],
)
def test_old_checkpoints_go_unless_they_are_kept(model, tmp_path, keep, keep_every, kept):
    for step in (10, 20, 30, 40, 50):
        checkpoint.save(tmp_path, model, step, {}, keep, keep_every)
    assert checkpoint.steps(tmp_path) == kept


def test_saving_a_step_again_replaces_it(model, saved):
    (saved / "step_00000020" / "state.npz").write_bytes(b"damaged")
    checkpoint.save(saved, model, 20, {"rollbacks": 7})
    assert checkpoint.newest(saved) == (20, {"rollbacks": 7})


def test_what_a_killed_save_left_is_cleared_away(model, saved):
    left = saved / ".unfinished_00000017"
    left.mkdir()
    (left / "state.npz").write_bytes(b"half")
    checkpoint.save(saved, model, 30, {})
    assert names(saved) == ["step_00000020", "step_00000030"]


def test_write_error_leaves_older_checkpoints_and_no_rest(model, saved):
    before = {path: path.read_bytes() for path in saved.rglob("*") if path.is_file()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(UserError, match="checkpoint of step 30 could not be written.*Older checkpoints are intact"):
            checkpoint.save(saved, model, 30, {}, keep=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {path: path.read_bytes() for path in saved.rglob("*") if path.is_file()} == before
    assert names(saved) == ["step_00000010", "step_00000020"]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place]
    if os.geteuid() or shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only root may mount a small file system")
    yield place
    subprocess.run(["umount", place], check=True)


def test_full_disk_is_said_in_one_line_and_loses_nothing(model, small_disk):
    step = 0
    with pytest.raises(UserError, match="the disk is full") as error:
        for step in range(10, 1000, 10):
            checkpoint.save(small_disk, model, step, {}, keep=100)
    assert "\n" not in str(error.value)
    assert checkpoint.steps(small_disk) == list(range(10, step, 10)) != []
    assert checkpoint.newest(small_disk) == (step - 10, {})
    assert not list(small_disk.glob(".unfinished*"))


def test_file_in_place_of_the_folder_is_said(model, tmp_path):
    (tmp_path / "checkpoints").write_text("")
    with pytest.raises(UserError, match="could not be written to .*checkpoints"):
        checkpoint.save(tmp_path / "checkpoints", model, 10, {})


def test_recorded_hash_is_that_of_the_file(saved):
    about = json.loads((saved / "step_00000020" / "checkpoint.json").read_text())
    content = (saved / "step_00000020" / "state.npz").read_bytes()
    assert about["sha256"] == {"state.npz": hashlib.sha256(content).hexdigest()}
    assert about["step"] == 20


def test_a_pickle_is_never_loaded(model, saved):
    path = saved / "step_00000020" / "state.npz"
    arrays = {name: np.array([object()]) for name in checkpoint.training_state(model)}
    np.savez(path, **arrays, allow_pickle=True)
    with pytest.raises(UserError, match="of object, expected"):
        checkpoint.restore(saved, 20, model)
