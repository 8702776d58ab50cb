"""A step of PFA-GAN at 64 px against PyTorch, and the cost of ageing by open gates: python -m benchmarks.ageing

On a machine that others use as well, `--processor-time --threads 1` still compares, as in `benchmarks.train_step`.
"""

import argparse

import numpy as np

from benchmarks import clock, train_step
from benchmarks.ageing_contenders import BATCH, CONTENDERS, PRESET, SIDE
from benchmarks.contenders import clocks, start_tensorflow

FACES = 64


def train(options):
    """Print the pictures a second of each contender in units of ours."""
    pythons = train_step.find_pythons(CONTENDERS, options)
    rivals = [name for name in pythons if name != "ours"]
    rows = []
    for precision in options.precisions:
        commands = {
            name: [python, "-m", "benchmarks.ageing_contenders", name, precision, str(options.threads)]
            for name, python in pythons.items()
        }
        times, others = train_step.compare(commands, options)
        ratios = [f"{times[name] / times['ours']:.2f}" for name in rivals]
        rows.append([precision, f"{BATCH / times['ours']:.0f}", *ratios, f"{others:.1f}"])
    unit = "processor second" if options.processor_time else "second"
    title = f"Train step, PFA-GAN {PRESET}, batch {BATCH}, threads {options.threads} (aim: pytorch / ours >= 1)"
    clock.show(
        title, ["precision", f"ours, pictures a {unit}", *(f"{each} / ours" for each in rivals), "load of others"], rows
    )


def age(options):
    """Print the cost of ageing a face by the number of gates that are open, in units of one."""
    start_tensorflow(options.threads)
    from keras_facegan import create_model

    model = create_model("pfa_gan", PRESET, seed=0)
    images = np.random.default_rng(0).uniform(-1.0, 1.0, (FACES, SIDE, SIDE, 3)).astype("float32")

    def turn(gates):
        start = clocks()
        model.age(images, gates, 0)
        seconds, used = (after - before for before, after in zip(start, clocks(), strict=True))
        return used if options.processor_time else seconds, used

    turns = {gates: lambda gates=gates: turn(gates) for gates in range(len(model.groups))}
    for each in turns.values():
        each()
    times = clock.medians(clock.interleave(turns, options.rounds))
    rows = [[gates, f"{1e3 * each / FACES:.2f}", f"{each / times[1]:.2f}"] for gates, each in times.items()]
    title = (
        f"Ageing {FACES} faces, PFA-GAN {PRESET}, threads {options.threads} (aim: as many times the cost of one gate)"
    )
    clock.show(title, ["open gates", "ms a face", "of one gate"], rows)


def main(arguments=None):
    """Read the options and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    train_step.add_options(parser)
    options = parser.parse_args(arguments)
    train(options)
    age(options)


if __name__ == "__main__":
    main()
