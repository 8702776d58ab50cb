"""Workers on this machine train as one process does, stop together, and go on after one of them was killed."""

import csv
import json
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

DRIVER = pathlib.Path(__file__).with_name("distributed_driver.py")
OFTEN = ["--set=train.log_every=1", "--set=train.checkpoint_every=2"]
# Where a gradient is 0 but for rounding, Adam takes a whole step whichever way the rounding points; and small steps let
# differences of rounding grow less.
GAN = ["--model=gan", "--preset=tiny", *OFTEN, '--set=train.optimizer={ name = "sgd", learning_rate = 0.1 }']
PFA_GAN = ["--model=pfa_gan", "--preset=tiny", *OFTEN, "--set=train.optimizer.learning_rate=1e-5"]
DCGAN = ["--model=dcgan", "--preset=tiny", *OFTEN, "--set=model.n_critic=2", "--set=data.augment=flip+translate"]
ENDLESS = [*GAN, "--steps=1000000", "--set=train.sample_every=1000000"]


def trained(folder, *plan):
    """Train with groups of workers that follow each other, see the driver."""
    done = subprocess.run([sys.executable, DRIVER, folder, json.dumps(plan)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def history(run_dir):
    """Return the terms of history.csv, float64 arrays by name."""
    with (run_dir / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def one_and_two(folder, flags):
    """Return the histories of a run by one process and of the same run by two workers, and what these said."""
    plan = [{"flags": flags, "workers": workers, "run_dir": str(workers)} for workers in (1, 2)]
    one, two = trained(folder, *plan)
    assert one["codes"] == [0] and two["codes"] == [0, 0], (one, two)
    return history(folder / "1"), history(folder / "2"), two["said"]


def assert_close(one, two, names, tolerance):
    assert len(one["step"]) == 20
    np.testing.assert_array_equal(two["step"], one["step"])
    for name in names:
        np.testing.assert_allclose(two[name], one[name], rtol=tolerance, err_msg=name)


def test_two_workers_train_as_one_process(tmp_path):
    # Dropout, latents, and the parts of every batch; no batch normalisation.
    one, two, said = one_and_two(tmp_path, GAN)
    assert_close(one, two, ("d_loss", "g_loss", "real_score", "fake_score"), 1e-4)
    # The chief alone writes, and speaks.
    assert "Done: model.weights.h5" in said[0] and "2 devices (CPU) of 2 workers" in said[0]
    assert said[1].splitlines()[-1].startswith("Worker 1 is done; worker 0 has written the results")
    files = [sorted(path.name for path in (tmp_path / each).rglob("*") if path.is_file()) for each in "12"]
    assert [name for name in files[1] if "tfevents" not in name] == [
        name for name in files[0] if "tfevents" not in name
    ]
    assert sum("tfevents" in name for name in files[1]) == 1


def test_a_killed_worker_ends_the_other_and_the_run_goes_on(tmp_path):
    group = {"flags": ENDLESS, "workers": 2, "run_dir": "run"}
    killed, stopped = trained(tmp_path, {**group, "blow": ["KILL", 1]}, {**group, "blow": ["TERM", 1]})
    assert killed["codes"] == [1, -9], killed
    # Two minutes are asked for; it takes seconds, and a hung worker takes all of the driver's patience.
    assert killed["seconds"] < 120
    last = killed["said"][0].splitlines()[-1]
    assert last.startswith("error: Worker 0 lost another one of 127.0.0.1:") and "start all of them again" in last
    assert "Traceback" not in killed["said"][0]

    # The other one was asked to stop, and both do after the same step.
    assert stopped["codes"] == [143, 143], stopped
    resumed = int(re.search(r"Resumed at step (\d+) of 1000000", stopped["said"][0])[1])
    last = int(re.search(r"Stopped by SIGTERM after step (\d+) of 1000000", stopped["said"][0])[1])
    assert last > resumed >= 4 and resumed % 2 == 0
    np.testing.assert_array_equal(history(tmp_path / "run")["step"], np.arange(1, last + 1))
    assert (tmp_path / "run" / "checkpoints" / f"step_{last:08d}" / "state.npz").is_file()


@pytest.mark.slow
def test_two_workers_age_faces_as_one_process_does(tmp_path):
    one, two, _ = one_and_two(tmp_path, PFA_GAN)
    assert_close(one, two, ("d_loss", "g_loss"), 1e-4)
    assert_close(one, two, ("adversarial_loss", "age_loss", "group_loss", "pixel_loss", "open_gates"), 1e-3)


@pytest.mark.slow
def test_batch_normalisation_by_parts_stays_close(tmp_path):
    one, two, _ = one_and_two(tmp_path, DCGAN)
    assert_close(one, two, ("d_loss", "g_loss"), 0.05)
    assert not np.allclose(one["d_loss"], two["d_loss"], rtol=1e-4)


@pytest.mark.slow
def test_a_run_goes_on_with_another_number_of_workers(tmp_path):
    group = {"flags": ENDLESS, "run_dir": "run"}
    plan = [(2, "KILL", 0), (1, "TERM", 0), (3, "TERM", 2), (2, "TERM", 0)]
    flags = [*ENDLESS, "--batch_size=12"]
    results = trained(
        tmp_path,
        *({**group, "flags": flags, "workers": workers, "blow": [name, number]} for workers, name, number in plan),
    )
    assert [each["codes"] for each in results] == [[-9, 1], [143], [143, 143, 143], [143, 143]], results
    for before, after in zip(results[1:], results[2:], strict=False):
        last = re.search(r"Stopped by SIGTERM after step (\d+)", before["said"][0])[1]
        assert f"Resumed at step {last} of" in after["said"][0]


def test_workers_with_other_settings_are_refused_by_all(tmp_path):
    (apart,) = trained(tmp_path, {"flags": GAN, "workers": 2, "run_dir": "run", "own": [["--seed=1"], ["--seed=2"]]})
    assert apart["codes"] == [1, 1], apart
    for said in apart["said"]:
        assert "error: The workers differ in their recipe" in said.splitlines()[-1]
    assert not (tmp_path / "run" / "recipe.toml").exists()
