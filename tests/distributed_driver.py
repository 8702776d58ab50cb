"""Train on several workers of this machine, and say how each of them ended in one line of JSON.

usage: distributed_driver.py FOLDER PLAN

PLAN is JSON: a list of groups of workers that follow each other, `{"flags": [...], "workers": 2, "run_dir": "name",
"blow": ["KILL", 1], "own": [[...], [...]]}`. One worker trains without `--distribute`. A blow is a signal that a worker
gets some steps after the group has begun to train; `own` are flags that the workers do not share. Imports take seconds
and a step takes milliseconds: import once, and fork every worker before TensorFlow starts.
"""

import contextlib
import json
import os
import pathlib
import random
import signal
import socket
import sys
import time

import matplotlib.pyplot  # noqa: F401

import keras_facegan.data.pipeline
import keras_facegan.run  # noqa: F401
from keras_facegan.cli import run as command
from keras_facegan.cli import train  # noqa: F401
from keras_facegan.registry import DATASETS, MODELS

# Rows that history.csv gains before a blow falls.
STEPS = 5
# Seconds until workers that do not end are taken for hung: a busy machine gives them a tenth of a core.
PATIENCE = 600


def free_addresses(count):
    """Return "host:port" of free ports, none of which the system gives to others by itself in the meantime."""
    free = []
    while len(free) < count:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as each, contextlib.suppress(OSError):
            each.bind(("127.0.0.1", port))
            free = sorted({*free, port})
    return [f"127.0.0.1:{port}" for port in free]


class Worker:
    def __init__(self, flags, log):
        self.log, self.code = log, None
        self.number = os.fork()
        if self.number == 0:
            self._train(flags)

    def _train(self, flags):
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        code = 70
        try:
            code = command("train", flags)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def ended(self):
        if self.code is None:
            done, status = os.waitpid(self.number, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if done else None
        return self.code is not None

    def send(self, number):
        if not self.ended():
            os.kill(self.number, number)


def rows(path):
    return max(path.read_bytes().count(b"\n") - 1, 0) if path.exists() else 0


def wait_for(condition, patience=PATIENCE):
    until = time.monotonic() + patience
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)


def group(folder, flags, workers, run_dir, blow=None, own=None):
    """Train with a group of workers; return their codes, what they said, and the seconds from the blow to their end."""
    flags = [*flags, f"--run_dir={folder / run_dir}"]
    if workers > 1:
        flags += ["--distribute=multi_worker", f"--workers={','.join(free_addresses(workers))}"]
    own = own or [[]] * workers
    own = [[*more, f"--worker={number}"] if workers > 1 else more for number, more in enumerate(own)]
    history = folder / run_dir / "history.csv"
    before = rows(history)
    logs = [folder / f"{run_dir}-{time.monotonic_ns()}-{number}.log" for number in range(workers)]
    team = [Worker([*flags, *more], log) for more, log in zip(own, logs, strict=True)]
    try:
        begun = time.monotonic()
        if blow is not None:
            name, number = blow
            wait_for(lambda: rows(history) >= before + STEPS or any(each.ended() for each in team))
            begun = time.monotonic()
            team[number].send(getattr(signal, f"SIG{name}"))
        wait_for(lambda: all(each.ended() for each in team))
        if not all(each.ended() for each in team):
            raise SystemExit("\n".join(log.read_text() for log in logs))
    finally:
        for each in team:
            each.send(signal.SIGKILL)
    said = [log.read_text() for log in logs]
    return {"codes": [each.code for each in team], "said": said, "seconds": time.monotonic() - begun}


def main(folder, plan):
    MODELS.names(), DATASETS.names()
    print(json.dumps([group(folder, **each) for each in plan]))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), json.loads(sys.argv[2]))
