"""The iterative GAN at 128 px beside the seconds of its paper's GPU: python -m benchmarks.attributes [--rounds 3]

The paper's networks, untrained, on random pictures. Its table 1 gives 106,230 s for 10 epochs of 185,000 pictures on a
GTX 1070 Ti, its table 2 3.23 s for 64 rebuilt faces and 2.16 s for 64 drawn ones. Wall-clock: it wants an idle machine;
processor seconds are shown beside it.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from benchmarks import clock

FACES, PRESET = 64, "celeba_128"
# Training pictures per second, seconds of 64 rebuilt and of 64 drawn faces.
PAPER = {"train": 185_000 * 10 / 106_230, "rebuild": 3.2256, "generate": 2.1558}


def seconds(action, rounds):
    """Return the least (wall-clock seconds, processor seconds) of several calls, after one that is not timed."""
    action()
    times = []
    for _ in range(rounds):
        wall, processor = time.perf_counter(), time.process_time()
        action()
        times.append((time.perf_counter() - wall, time.process_time() - processor))
    return tuple(map(min, zip(*times, strict=True)))


def measure(precision, batch_size, rounds):
    """Return `{"train": ..., "rebuild": ..., "generate": ...}`, pairs of seconds as `seconds` gives them."""
    import numpy as np

    from keras_facegan import recipe, run

    model = run.build(recipe.resolve("iterative_gan", PRESET, [("train.mixed_precision", precision)]))
    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1, (FACES, *model.image_shape)).astype("float32")
    labels = rng.integers(0, 2, (FACES, 40)).astype("float32")
    data = {"image": images[:batch_size], "attributes": labels[:batch_size]}
    return {
        "train": seconds(lambda: model.fit(data, batch_size=batch_size, verbose=0), rounds),
        "rebuild": seconds(lambda: model.rebuild(images), rounds),
        "generate": seconds(lambda: model.generate(FACES), rounds),
    }


def main(arguments=None):
    """Read the options and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--precisions", nargs="+", default=["off", "bfloat16"], choices=["off", "bfloat16"])
    parser.add_argument("--rounds", type=int, default=3, help="calls of each that are timed")
    parser.add_argument("--batch-size", type=int, default=16, help="pictures per training step")
    options = parser.parse_args(arguments)
    rows = []
    for precision in options.precisions:
        name = "float32" if precision == "off" else precision
        for what, (wall, processor) in measure(precision, options.batch_size, options.rounds).items():
            if what == "train":
                rate, used = options.batch_size / wall, options.batch_size / processor
                rows.append([name, "training, pictures/s", f"{rate:.2f}", f"{used:.2f}", f"{PAPER[what]:.1f}", "6"])
            else:
                cells = f"{wall:.2f}", f"{processor:.2f}", f"{PAPER[what]:.2f}", f"{PAPER[what]:.2f}"
                rows.append([name, f"{what} {FACES} faces, s", *cells])
    header = ("precision", "what", "wall clock", "processor time", "paper's GPU", "aim")
    clock.show(f"Iterative GAN at 128 px, training batches of {options.batch_size}", header, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
