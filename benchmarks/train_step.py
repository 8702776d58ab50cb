"""A step of DCGAN at 64 px against plain Keras and PyTorch: python -m benchmarks.train_step --widths 64 16

Each contender lives in a process of its own and keeps warm while the others have their turns. On a machine that others
use as well, `--processor-time --threads 1` still compares: it counts no waiting, for a core or for another thread.
"""

import argparse
import json
import subprocess
import sys

from benchmarks import clock
from benchmarks.contenders import CONTENDERS

AIM = 1.2


class Child:
    """A contender's process.

    Args:
        command: What starts it: an interpreter, "-m", a module that calls `contenders.serve`, and its arguments.
    """

    def __init__(self, command):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
        if self.process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"`{' '.join(command)}` did not start; run it by itself to see why.")

    def turn(self, steps, processor_time):
        """Run so many steps; return (seconds a step, processor seconds used)."""
        print(steps, file=self.process.stdin, flush=True)
        wall, processor, used = json.loads(self.process.stdout.readline())
        return processor if processor_time else wall, used

    def close(self):
        """Let the process end."""
        self.process.communicate()


def has_torch(python):
    """Whether an interpreter can import PyTorch."""
    return subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0


def find_pythons(contenders, options):
    """Return `{name: interpreter}` of the contenders, without those of PyTorch where it is missing, which is said."""
    pythons = {name: options.torch_python if "pytorch" in name else sys.executable for name in contenders}
    if has_torch(options.torch_python):
        return pythons
    print(f"{options.torch_python} has no PyTorch, which is left out. To compare: pip install torch==2.13.0")
    return {name: python for name, python in pythons.items() if "pytorch" not in name}


def compare(commands, options):
    """Return `(medians, load of others)` of the contenders that the `commands` start, by name."""
    children = {}
    try:
        for name, command in commands.items():
            children[name] = Child(command)
        turns = {
            name: lambda child=child: child.turn(options.steps, options.processor_time)
            for name, child in children.items()
        }
        results = clock.interleave(turns, options.rounds)
    finally:
        for child in children.values():
            child.close()
    return clock.medians(results), clock.load_of_others(results)


def add_options(parser):
    """Add what every comparison of training steps can be told."""
    parser.add_argument("--precisions", nargs="+", default=["float32", "bfloat16"], choices=["float32", "bfloat16"])
    parser.add_argument("--steps", type=int, default=3, help="steps a turn")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each contender")
    parser.add_argument("--threads", type=int, default=2, help="threads of each contender")
    parser.add_argument("--processor-time", action="store_true", help="compare processor seconds instead of seconds")
    parser.add_argument("--torch-python", default=sys.executable, help="interpreter that has PyTorch")


def main(arguments=None):
    """Read the options and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--widths", type=int, nargs="+", default=[64, 16], help="channels of the widest scale")
    add_options(parser)
    options = parser.parse_args(arguments)
    pythons = find_pythons(CONTENDERS, options)
    rivals = [name for name in pythons if name != "ours"]
    rows = []
    for width in options.widths:
        for precision in options.precisions:
            arguments = [str(width), precision, str(options.threads)]
            commands = {
                name: [python, "-m", "benchmarks.contenders", name, *arguments] for name, python in pythons.items()
            }
            times, others = compare(commands, options)
            ratios = [f"{times[name] / times['ours']:.2f}" for name in rivals]
            rows.append([width, precision, f"{1e3 * times['ours']:.0f}", *ratios, f"{others:.1f}"])
    unit = "processor time" if options.processor_time else "time"
    title = f"Train step, DCGAN 64 px, batch 64, threads {options.threads}, {unit} (aim: pytorch / ours >= {AIM})"
    clock.show(
        title, ["width", "precision", "ours, ms", *(f"{each} / ours" for each in rivals), "load of others"], rows
    )


if __name__ == "__main__":
    main()
