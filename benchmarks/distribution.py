"""Two workers on two cores against one process: python -m benchmarks.distribution

A step of DCGAN at 64 px. Every worker has one core and one thread, and half of the batch that one process has. Ideal is
half the time at the same processor time. On a machine that others use as well, processor time alone means something.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time

from benchmarks import clock

WARM_UP = 3


def main(arguments=None):
    """Read the options and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=16, help="channels of the widest scale")
    parser.add_argument("--batch-size", type=int, default=64, help="pictures per step, of all workers")
    parser.add_argument("--steps", type=int, default=20, help="steps that are timed")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each contender")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        return _work(options, json.loads(options.worker))
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        raise SystemExit("Two workers need two cores.")

    # Take turns, each in processes of its own.
    contenders = {
        "one process, one core": [cores[:1]],
        "one process, two cores": [cores],
        "two workers": [[core] for core in cores],
    }
    results = {name: [] for name in contenders}
    for _ in range(options.rounds):
        for name, teams in contenders.items():
            results[name].append(_turn(options, teams))

    # Compare with one core: wall time is that of the slowest worker, processor time that of all.
    medians = {
        name: [statistics.median(each) for each in zip(*rounds, strict=True)] for name, rounds in results.items()
    }
    (wall, used), rows = medians["one process, one core"], []
    for name, (own_wall, own_used) in medians.items():
        rows.append([name, f"{1e3 * own_wall:.0f}", f"{wall / own_wall:.2f}", f"{own_used / used:.2f}"])
    title = f"Two workers, DCGAN 64 px, width {options.width}, batch {options.batch_size} in all"
    clock.show(title, ["", "ms/step", "times as fast as one core", "processor time of one core"], rows)


def _turn(options, teams):
    """Return the seconds and the processor seconds of a step by one process per list of cores."""
    addresses = [f"127.0.0.1:{port}" for port in random.sample(range(10_000, 32_000), len(teams))]
    sizes = [f"--width={options.width}", f"--batch-size={options.batch_size}", f"--steps={options.steps}"]
    processes = []
    for number, cores in enumerate(teams):
        about = json.dumps({"cores": cores, "workers": addresses if len(teams) > 1 else [], "number": number})
        command = [sys.executable, "-m", "benchmarks.distribution", *sizes, f"--worker={about}"]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    told = [json.loads(process.communicate()[0].splitlines()[-1]) for process in processes]
    return max(wall for wall, _ in told), sum(used for _, used in told)


def _work(options, about):
    """Train as one worker, and print the seconds and processor seconds of a step."""
    os.sched_setaffinity(0, about["cores"])
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(len(about["cores"]))
    from keras_facegan.seam.cluster import Cluster
    from keras_facegan.seam.distribution import start

    several = bool(about["workers"])
    cluster = Cluster("multi_worker", 0, tuple(about["workers"]), about["number"]) if several else Cluster()
    distribution = start(cluster, report=lambda line: None)
    import keras
    import numpy as np

    from keras_facegan import create_model
    from keras_facegan.data.pipeline import Examples

    with distribution.scope():
        model = create_model("dcgan", image_shape=(64, 64, 3), filters=options.width, seed=0)
        model.compile()
    pictures = np.random.default_rng(0).integers(0, 256, (4 * options.batch_size, 64, 64, 3), dtype="uint8")
    examples = Examples("random", pictures, {}, tuple(map(str, range(len(pictures)))))

    class Clock(keras.callbacks.Callback):
        times = []

        def on_train_batch_end(self, batch, logs=None):
            float(logs["d_loss"])
            self.times.append((time.perf_counter(), time.process_time()))

    def batches_of(shard=(0, 1)):
        return examples.batches(options.batch_size, shard=shard)

    distribution.fit(model, batches_of, WARM_UP + options.steps, [Clock()])
    (begun, before), (ended, after) = Clock.times[WARM_UP - 1], Clock.times[-1]
    print(json.dumps([(ended - begun) / options.steps, (after - before) / options.steps]))


if __name__ == "__main__":
    main()
