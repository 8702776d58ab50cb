"""Start-up in fresh processes: python -m benchmarks.startup"""

import os
import pathlib
import resource
import subprocess
import sys
import time

from benchmarks import clock

ROOT = pathlib.Path(__file__).parent.parent
COMMANDS = {
    "import keras": ["-c", "import keras"],
    "import keras_facegan": ["-c", "import keras_facegan"],
    "import a model": ["-c", "import keras_facegan.models.dcgan"],
    "train.py --list": ["train.py", "--list"],
}
AIMS = {"import keras_facegan": "<= 1.2", "import a model": "<= 1.2", "train.py --list": "< 1 s"}


def turn(arguments):
    """Run one command; return (seconds, processor seconds used)."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=True, capture_output=True)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(rounds=5):
    """Print each command's seconds and its ratio to `import keras`."""
    # One round first: compiled files and pages of libraries come from the disk once.
    turns = {name: lambda arguments=arguments: turn(arguments) for name, arguments in COMMANDS.items()}
    clock.interleave(turns, 1)
    times = clock.medians(clock.interleave(turns, rounds))
    keras = times["import keras"]
    rows = [[name, f"{each:.2f}", f"{each / keras:.2f}", AIMS.get(name, "")] for name, each in times.items()]
    clock.show("Start-up in a fresh process", ["command", "seconds", "/ import keras", "aim"], rows)


if __name__ == "__main__":
    main()
