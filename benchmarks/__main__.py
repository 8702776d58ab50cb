"""Every benchmark of the library in turn, or those that are named: python -m benchmarks [NAME ...]"""

import argparse
import ast
import pathlib
import subprocess
import sys

NAMES = (
    "startup", "input_pipeline", "checkpoint_cost", "train_step", "distribution", "ageing", "attributes", "drawn_faces",
    "metrics", "drawing",
)  # fmt: skip


def main(argv=None):
    """Run benchmarks, each in a process of its own, so that none meets another's threads; a failure is the exit code.

    Args:
        argv: Arguments; those of the process unless given.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the speed of the library, as ratios within one run.",
        epilog="\n".join(["benchmarks:", *(f"  {name:<16}{_summary(name)}" for name in NAMES)]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="a benchmark to run; all in turn unless given")
    names = parser.parse_args(argv).names or NAMES
    for name in names:
        if name not in NAMES:
            parser.error(f"`{name}` is not a benchmark. Available: {', '.join(NAMES)}.")
    codes = [subprocess.run([sys.executable, "-m", f"benchmarks.{name}"]).returncode for name in names]
    return max(codes, key=abs)


def _summary(name):
    """Return what a benchmark measures, the first part of its docstring, without importing it."""
    source = pathlib.Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(source)).partition(":")[0]


if __name__ == "__main__":
    sys.exit(main())
