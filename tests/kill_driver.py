"""Train without a break, then again with SIGKILL at random moments, and say what happened in one line of JSON.

usage: kill_driver.py FOLDER KILLS SEED [--flags of train.py]

Imports take seconds and a step takes milliseconds: import once, and fork every attempt before TensorFlow starts.
"""

import json
import os
import pathlib
import random
import signal
import sys
import time

import matplotlib.pyplot  # noqa: F401

import keras_facegan.data.pipeline
import keras_facegan.run  # noqa: F401
from keras_facegan.cli import run as command
from keras_facegan.cli import train  # noqa: F401
from keras_facegan.registry import DATASETS, MODELS

STEPS_A_KILL = 8
PATIENCE = 120


def begin(run_dir, flags):
    """Fork a process that trains in `run_dir` as train.py does; return its number."""
    number = os.fork()
    if number == 0:
        log = os.open(run_dir.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        code = 3
        try:
            code = command("train", [*flags, "--run_dir", str(run_dir)])
        finally:
            sys.stdout.flush()
            os._exit(code)
    return number


def rows(run_dir):
    """Return how many steps history.csv tells of."""
    try:
        return max((run_dir / "history.csv").read_bytes().count(b"\n") - 1, 0)
    except FileNotFoundError:
        return 0


def unfinished(run_dir):
    """Return what marks the half-written checkpoints; a new one of the same step has another inode."""
    return {(path.name, path.stat().st_ino) for path in (run_dir / "checkpoints").glob(".unfinished_*")}


def saving(run_dir, known):
    try:
        return bool(unfinished(run_dir) - known)
    except FileNotFoundError:
        return True


def wait_for(condition, process):
    """Wait until a condition holds; return whether it did before the process ended."""
    until = time.monotonic() + PATIENCE
    while not condition():
        if process.ended() or time.monotonic() > until:
            return False
        time.sleep(0.0005)
    return True


class Attempt:
    def __init__(self, number):
        self.number, self.status = number, None

    def ended(self):
        if self.status is None:
            done, status = os.waitpid(self.number, os.WNOHANG)
            self.status = status if done else None
        return self.status is not None

    def kill(self):
        """Return whether the process was still there to be killed."""
        if self.ended():
            return False
        os.kill(self.number, signal.SIGKILL)
        _, self.status = os.waitpid(self.number, 0)
        return os.WIFSIGNALED(self.status)


def main(folder, kills, seed, flags):
    MODELS.names(), DATASETS.names()
    draw = random.Random(seed)
    unbroken, broken = folder / "unbroken", folder / "broken"
    last = STEPS_A_KILL * kills
    flags = [*flags, f"--steps={last}"]
    _, status = os.waitpid(begin(unbroken, flags), 0)
    assert status == 0, unbroken.with_suffix(".log").read_text()
    killed, during_save = 0, 0
    while killed < kills:
        before, known = rows(broken), unfinished(broken)
        attempt = Attempt(begin(broken, flags))
        kind = draw.choice(("start", "step", "save", "save"))
        if killed == kills - 1:
            # The last blow falls after the last checkpoint, while weights and plots are written.
            wait_for((broken / "checkpoints" / f"step_{last:08d}").exists, attempt)
            time.sleep(draw.uniform(0.0, 0.02))
        elif kind == "start" or before > last - 3 * STEPS_A_KILL:
            time.sleep(draw.uniform(0.0, 1.5))
        else:
            # Resuming cuts the history back to its checkpoint: wait for it to pass the old end.
            goal = before + draw.randint(1, 3)
            wait_for(lambda goal=goal: rows(broken) >= goal, attempt)
            if kind == "save":
                wait_for(lambda known=known: saving(broken, known), attempt)
                time.sleep(draw.uniform(0.0, 0.004))
            else:
                time.sleep(draw.uniform(0.0, 0.05))
        if not attempt.kill():
            if attempt.status == 0 and killed == kills - 1:
                break
            raise SystemExit(broken.with_suffix(".log").read_text())
        killed += 1
        during_save += saving(broken, known)
    _, status = os.waitpid(begin(broken, flags), 0)
    print(json.dumps({"code": status, "kills": killed, "during_save": during_save}))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
