"""Killed at any moment and started again, a run ends where an unbroken one ends, byte for byte."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

DRIVER = pathlib.Path(__file__).with_name("kill_driver.py")
FLAGS = ["--model=dcgan", "--preset=tiny", "--deterministic"]
OFTEN = ["--set=train.log_every=1", "--set=train.checkpoint_every=2", "--set=train.sample_every=5"]


@pytest.mark.parametrize(
    ("kills", "more"),
    [
        (12, []),
        pytest.param(50, [], marks=pytest.mark.slow),
        pytest.param(20, ["--mixed_precision=float16", "--set=model.n_critic=2"], marks=pytest.mark.slow),
    ],
)
def test_killed_run_equals_unbroken_run(tmp_path, kills, more):
    command = [sys.executable, DRIVER, tmp_path, str(kills), "1", *FLAGS, *OFTEN, *more]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout.splitlines()[-1])
    print(f"{report['kills']} kills, {report['during_save']} of them while a checkpoint was being written")
    assert report["code"] == 0, (tmp_path / "broken.log").read_text()[-3000:]
    # The last blow may come too late to be one.
    assert report["kills"] >= kills - 1
    assert report["during_save"] >= 1

    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    assert (broken / "history.csv").read_bytes() == (unbroken / "history.csv").read_bytes()
    assert (broken / "recipe.toml").read_bytes() == (unbroken / "recipe.toml").read_bytes()
    pictures = sorted(path.name for path in (unbroken / "samples").iterdir())
    assert sorted(path.name for path in (broken / "samples").iterdir()) == pictures
    for name in pictures:
        assert (broken / "samples" / name).read_bytes() == (unbroken / "samples" / name).read_bytes(), name
    assert final_state(broken) == final_state(unbroken)
    names = ("history.csv", "recipe.toml", "model.weights.h5", "loss.png", "scores.png", "checkpoints", "samples")
    assert {path.name for path in broken.iterdir()} == {*names, "tensorboard", "run.lock"}
    # Nothing half-written stays behind; a kill between saving the last one and clearing away may leave one too many.
    kept, expected = (sorted(each.name for each in (root / "checkpoints").iterdir()) for root in (broken, unbroken))
    assert kept[-2:] == expected and len(kept) <= 3 and not any("unfinished" in name for name in kept)


def final_state(run_dir):
    newest = sorted((run_dir / "checkpoints").glob("step_*"))[-1]
    with np.load(newest / "state.npz") as arrays:
        return newest.name, {name: arrays[name].tobytes() for name in arrays.files}
