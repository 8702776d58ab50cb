"""Measures' seconds and memory, and what they add to the networks that feed them: python -m benchmarks.metrics

Each measure runs once in a process of its own, on features drawn at random. Extraction is measured in processor seconds
against the bare network on the same pictures.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

from benchmarks import clock

PICTURES, SIDE = 2000, 64
EXTRACTORS = (("facenet/judge_64", "embed"), ("facenet/celeba_96", "embed"))


def frechet(rng):
    """10,000 pictures of 2,048 features, as Inception's."""
    from keras_facegan.metrics.frechet import frechet_distance

    real, fake = rng.standard_normal((2, 10_000, 2048), "float32")
    return lambda: frechet_distance(real, fake)


def kernel(rng):
    """10,000 pictures of 128 features, 100 subsets of 1,000."""
    from keras_facegan.metrics.kernel import kernel_distance

    real, fake = rng.standard_normal((2, 10_000, 128), "float32")
    return lambda: kernel_distance(real, fake)


def manifold(rng):
    """Precision and recall of 10,000 pictures of 128 features."""
    from keras_facegan.metrics.manifold import precision_recall

    real, fake = rng.standard_normal((2, 10_000, 128), "float32")
    return lambda: precision_recall(real, fake)


def coverage(rng):
    """Density and coverage of 10,000 pictures of 128 features."""
    from keras_facegan.metrics.manifold import density_coverage

    real, fake = rng.standard_normal((2, 10_000, 128), "float32")
    return lambda: density_coverage(real, fake)


def parzen(rng):
    """10,000 samples, 1,000 validation and 10,000 test pictures of 784 pixels."""
    from keras_facegan.metrics.parzen import parzen_log_likelihood

    samples, test = rng.random((2, 10_000, 784), dtype="float32")
    validation = rng.random((1000, 784), dtype="float32")
    return lambda: parzen_log_likelihood(samples, validation, test)


MEASURES = {each.__name__: each for each in (frechet, kernel, manifold, coverage, parzen)}
AIMS = {"kernel": "< 10 s", "manifold": "< 1,500 MB", "coverage": "< 1,500 MB", "parzen": "< 2,000 MB"}


def measured(name):
    """Return seconds, processor seconds and the most megabytes that the process held, input and libraries included."""
    call = MEASURES[name](np.random.default_rng(0))
    start, used = time.perf_counter(), time.process_time()
    call()
    seconds, used = time.perf_counter() - start, time.process_time() - used
    # Linux counts kilobytes, macOS bytes.
    return (
        seconds,
        used,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3),
    )


def extraction(name, method, rounds):
    """Return a row: pictures a processor second of the bare network, and what extraction and statistics take of it."""
    from keras_facegan import load_pretrained
    from keras_facegan.data.pipeline import open_dataset
    from keras_facegan.metrics.extractors import Extractor
    from keras_facegan.metrics.frechet import frechet_distance_of_statistics, statistics
    from keras_facegan.metrics.reference import reference_features
    from keras_facegan.metrics.resize import resized

    images = open_dataset("drawn_faces", "all", image_shape=(SIDE, SIDE, 3), size=PICTURES).images[:PICTURES]
    model = load_pretrained(name)
    network = getattr(model, method)
    extract = Extractor(name, network, model.image_shape, "0" * 64)
    prepared, kept = resized(images, model.image_shape), reference_features(images, extract, "all").statistics

    def turn(work):
        start = time.process_time()
        work()
        return (time.process_time() - start,) * 2

    turns = {
        "network": lambda: turn(lambda: network(prepared)),
        "frechet": lambda: turn(lambda: frechet_distance_of_statistics(kept, statistics(extract(images)))),
        "cached": lambda: turn(lambda: reference_features(images, extract, "all")),
    }
    clock.interleave(turns, 1)
    times = clock.medians(clock.interleave(turns, rounds))
    ratios = (f"{times['frechet'] / times['network']:.2f}", f"{times['network'] / times['cached']:.0f}")
    return [name, f"{PICTURES / times['network']:.0f}", *ratios]


def main(rounds=3):
    """Print both tables."""
    rows = []
    # First, while this process is small: a child's peak begins with what its parent holds.
    for name, measure in MEASURES.items():
        command = [sys.executable, "-m", "benchmarks.metrics", name]
        answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        seconds, used, megabytes = json.loads(answer)
        what = measure.__doc__.rstrip(".")
        rows.append([name, what, f"{seconds:.1f}", f"{used:.1f}", f"{megabytes:,.0f}", AIMS.get(name, "")])
    clock.show("Measures", ["measure", "of", "seconds", "processor s", "peak MB", "aim"], rows)

    with tempfile.TemporaryDirectory() as folder:
        os.environ["KERAS_FACEGAN_CACHE"] = folder
        rows = [extraction(*each, rounds) for each in EXTRACTORS]
    header = ["extractor", "pictures/s", "Frechet / network", "network / cached reference"]
    title = f"{PICTURES:,} pictures of {SIDE} px: bytes to Frechet distance (aims: <= 1.1; cached >= 10)"
    clock.show(title, header, rows)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measured(sys.argv[1])))
    else:
        main()
