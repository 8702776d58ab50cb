"""The input pipeline's batches against training steps: python -m benchmarks.input_pipeline

Both are measured in processor seconds: they share the cores, so that is what one takes from the other.
"""

import time

import numpy as np

from benchmarks import clock, contenders

BATCHES, STEPS, WIDTH = 30, 6, 16


def batches(augment):
    """Return a turn that takes batches of 64 drawn faces at 64 px, which are decoded once, before it."""
    from keras_facegan.data import load_dataset

    data = load_dataset("drawn_faces", image_shape=(64, 64, 3), batch_size=contenders.BATCH, size=1024, augment=augment)
    iterator = iter(data)

    def turn():
        start = time.process_time()
        for _ in range(BATCHES):
            np.asarray(next(iterator)["image"])
        used = time.process_time() - start
        return used / BATCHES, used

    turn()
    return turn


def step():
    """Return a turn of training steps of the narrow DCGAN, the fastest consumer of the zoo at this size."""
    run = contenders.ours(WIDTH, "float32", 2)
    run(2)

    def turn():
        start = time.process_time()
        return run(STEPS)[1], time.process_time() - start

    return turn


def main(rounds=7):
    """Print how many batches come in the time of one step."""
    turns = {
        "train step": step(),
        "batch": batches(()),
        "batch, flip + translate + colour": batches("flip+translate+colour"),
    }
    times = clock.medians(clock.interleave(turns, rounds))
    rows = [[name, f"{1e3 * each:.1f}", f"{times['train step'] / each:.1f}"] for name, each in times.items()]
    title = f"Input pipeline, 64 px, batch 64, against DCGAN of width {WIDTH} (aim: at least 3 batches a step)"
    clock.show(title, ["what", "processor ms", "a step"], rows)


if __name__ == "__main__":
    main()
