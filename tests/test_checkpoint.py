"""Checkpoints: complete or absent, checked when read, and never a reason to lose an older one."""

import dataclasses
import hashlib
import io
import json
import os
import pathlib
import resource
import shutil
import subprocess
import warnings
import zipfile

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


# What is not what it looks like.


def damage(folder, step):
    (folder / f"step_{step:08d}" / "state.npz").write_bytes(b"damaged")


def test_only_damaged_checkpoints_are_refused_with_the_way_out(saved):
    damage(saved, 10), damage(saved, 20)
    with pytest.raises(UserError, match="All 2 checkpoints in .* are damaged: .*step_00000020.*move the folder away"):
        checkpoint.newest(saved)


def test_damaged_checkpoints_do_not_count_and_the_new_one_stays(model, saved):
    damage(saved, 20)
    checkpoint.save(saved, model, 30, {}, keep=2)
    # The sound one before is the second of two; the damaged one between them is nobody's.
    assert checkpoint.is_sound(saved, 10) and checkpoint.is_sound(saved, 30)
    checkpoint.save(saved, model, 40, {}, keep=2)
    assert checkpoint.steps(saved) == [30, 40]


@pytest.mark.parametrize("keep", [1, 2])
def test_a_stray_folder_of_a_later_step_costs_nothing(model, saved, keep):
    (saved / "step_99999999").mkdir()
    told = []
    assert checkpoint.newest(saved, told.append)[0] == 20 and "step_99999999" in told[0]
    checkpoint.save(saved, model, 30, {}, keep)
    assert checkpoint.newest(saved, told.append)[0] == 30
    assert checkpoint.steps(saved) == [20, 30, 99999999][-keep - 1 :]


def test_files_and_other_names_are_no_checkpoints(saved):
    (saved / "step_00000099").write_text("")
    (saved / "step_9999").mkdir()
    assert checkpoint.steps(saved) == [10, 20]


def test_the_best_one_is_apart_from_the_newest(model, saved):
    assert not checkpoint.has_best(saved)
    checkpoint.save_best(saved, model, 10, {"metric": "fid", "value": 3.5})
    checkpoint.save(saved, model, 30, {}, keep=1)
    assert checkpoint.steps(saved) == [30] and checkpoint.has_best(saved)
    assert checkpoint.about(saved, "best") == (10, {"metric": "fid", "value": 3.5})
    other = run.build(contract.tiny("gan", seed=4))
    checkpoint.restore(saved, "best", other)
    assert contract.changed(contract.values(model), contract.values(other)) == set()


def rewrite(saved, **changes):
    path = saved / "step_00000020" / "checkpoint.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize(
    "changes",
    [
        {"facts": {"rollbacks": "2"}},
        {"facts": {"rollbacks": -1}},
        {"facts": {"rollbacks": 1.5}},
        {"facts": {"examples": None}},
        {"facts": []},
        {"step": 21},
        {"step": "20"},
        {"sha256": {"state.npz": 5}},
        {"sha256": {"state.npz": "0", "../../../../etc/passwd": "0"}},
        {"sha256": {"state.npz": "0", "/dev/zero": "0"}},
        {"sha256": {"state.npz": "0", "": "0"}},
    ],
)
def test_wrong_contents_are_damage(saved, changes):
    if "/dev/zero" in str(changes) or "passwd" in str(changes):
        changes["sha256"]["state.npz"] = checkpoint.sha256(saved / "step_00000020" / "state.npz")
    rewrite(saved, **changes)
    told = []
    assert checkpoint.newest(saved, told.append)[0] == 10
    assert len(told) == 1 and "damaged" in told[0]


@pytest.mark.parametrize("name", ["state.npz", "checkpoint.json"])
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_only_plain_files_are_read(saved, tmp_path_factory, name, kind):
    path = saved / "step_00000020" / name
    elsewhere = tmp_path_factory.mktemp("elsewhere") / name
    path.rename(elsewhere)
    path.symlink_to(elsewhere) if kind == "link" else os.mkfifo(path)
    told = []
    assert checkpoint.newest(saved, told.append)[0] == 10
    assert f"{path} is not a plain file" in told[0]


def test_a_description_of_gigabytes_is_not_read(saved):
    with (saved / "step_00000020" / "checkpoint.json").open("r+b") as file:
        file.truncate(1 << 40)
    told = []
    assert checkpoint.newest(saved, told.append)[0] == 10 and "larger than 65,536 bytes" in told[0]


def test_deep_nesting_is_damage(saved):
    (saved / "step_00000020" / "checkpoint.json").write_text("[" * 30_000)
    assert checkpoint.newest(saved, lambda line: None)[0] == 10


def test_links_in_the_way_are_replaced_not_followed(model, saved, tmp_path_factory):
    target = tmp_path_factory.mktemp("target")
    (target / "kept").write_text("mine")
    (saved / ".unfinished_step_00000030").symlink_to(target)
    checkpoint.save(saved, model, 30, {})
    assert (target / "kept").read_text() == "mine" and names(target) == ["kept"]
    assert names(saved) == ["step_00000020", "step_00000030"]


def archive(model, path, change):
    """Write a state.npz in which one entry is not what it should be."""
    arrays = {name: np.asarray(variable) for name, variable in checkpoint.training_state(model).items()}
    name = next(name for name, value in arrays.items() if value.ndim == 2)
    with zipfile.ZipFile(path, "w") as file:
        for each, value in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, value)
            content = change(value, buffer.getvalue()) if each == name else buffer.getvalue()
            file.writestr(f"{each}.npy", content, compress_type=zipfile.ZIP_DEFLATED)


def header(shape, dtype):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": dtype, "fortran_order": False, "shape": shape})
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        # Announces 4 TB, and would inflate to 100 MB.
        (lambda value, content: header((1 << 20, 1 << 20), "<f4") + bytes(10**8), r"has shape \(1048576, 1048576\)"),
        (lambda value, content: header(value.shape, "<f8") + bytes(8 * value.size), "of float64, expected"),
        (lambda value, content: header(value.shape, "|O") + b"cos\nsystem\n(S'true'\ntR.", "of object, expected"),
        (lambda value, content: content[:-4], "cannot be read"),
        (lambda value, content: b"\x93NUMPY\x03\x00" + content[8:], "cannot be read"),
        (lambda value, content: b"no array", "cannot be read"),
        (lambda value, content: b"", "cannot be read"),
    ],
)
def test_tricks_in_an_archive_are_one_line_and_change_nothing(model, saved, change, message):
    path = saved / "step_00000020" / "state.npz"
    archive(model, path, change)
    other = run.build(contract.tiny("gan", seed=4))
    before = contract.values(other)
    with pytest.raises(UserError, match=message) as error:
        checkpoint.restore(saved, 20, other)
    assert "\n" not in str(error.value)
    assert contract.changed(before, contract.values(other)) == set()


def test_one_name_twice_in_an_archive_is_refused(model, saved):
    path = saved / "step_00000020" / "state.npz"
    with zipfile.ZipFile(path, "a") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file.writestr(file.namelist()[0], b"again")
    with pytest.raises(UserError, match="state of another model"):
        checkpoint.restore(saved, 20, model)


def test_a_folder_that_is_gone_is_not_called_intact(model, saved):
    shutil.rmtree(saved)
    saved.write_text("")
    with pytest.raises(UserError, match="The folder is gone; bring it back or choose another --run_dir"):
        checkpoint.save(saved, model, 30, {})
