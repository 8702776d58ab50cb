"""What checkpoints cost at their default interval: python -m benchmarks.checkpoint_cost"""

import tempfile
import time

from benchmarks import clock, contenders

STEPS = 3


def main(rounds=5):
    """Print the share of a run that goes into checkpoints, for the widest and the narrow DCGAN at 64 px."""
    rows = []
    for width in (64, 16):
        run, model = contenders.fitted_dcgan(width, "float32", 2)
        run(2)
        rows.append(_share(width, run, model, rounds))
    header = ["width", "checkpoint, ms", "step, ms", "every", "share"]
    clock.show("Checkpoints at the default interval (aim: less than 2 % of a run)", header, rows)


def _share(width, run, model, rounds):
    from keras_facegan import checkpoint, recipe

    every = recipe.Training.checkpoint_every

    def training():
        used = time.process_time()
        return run(STEPS)[0], time.process_time() - used

    with tempfile.TemporaryDirectory() as folder:

        def saving():
            start, used = time.perf_counter(), time.process_time()
            checkpoint.save(folder, model, 1, {})
            return time.perf_counter() - start, time.process_time() - used

        times = clock.medians(clock.interleave({"step": training, "checkpoint": saving}, rounds))
    share = times["checkpoint"] / (times["step"] * every)
    return [width, f"{1e3 * times['checkpoint']:.0f}", f"{1e3 * times['step']:.0f}", every, f"{100 * share:.2f} %"]


if __name__ == "__main__":
    main()
