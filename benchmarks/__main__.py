"""Every benchmark of the library in turn: python -m benchmarks"""

import subprocess
import sys

NAMES = ("startup", "input_pipeline", "checkpoint_cost", "train_step", "ageing", "drawn_faces", "metrics")


def main():
    """Run each benchmark in a process of its own, so that none finds another's threads; a failure is the exit code."""
    codes = [subprocess.run([sys.executable, "-m", f"benchmarks.{name}"]).returncode for name in NAMES]
    return max(codes, key=abs)


if __name__ == "__main__":
    sys.exit(main())
