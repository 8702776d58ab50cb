"""Pictures drawn pixel by pixel, with and without what layers keep, against one pass: python -m benchmarks.drawing

Digits of 28 px by untrained networks of the presets' sizes. Whole passes are timed one by one, and a picture takes one
per pixel. Processor seconds count no waiting, so the ratios hold on a busy machine too.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import time

from benchmarks import clock

PICTURES, PASSES, ROUNDS = 64, 5, 3
MODELS = (
    ("pixelcnn", "mnist_28_7", "plain"),
    ("pixelcnn", "mnist_28_7", "gated"),
    ("pixelrnn", "mnist_28", "row_lstm"),
    ("pixelrnn", "mnist_28_diagonal", "diagonal_bilstm"),
)
GENERATOR = ("dcgan", "mnist_32")


def processor_seconds(action, times=1):
    """Return the processor seconds that one of `times` calls takes."""
    start = time.process_time()
    for _ in range(times):
        action()
    return (time.process_time() - start) / times


def drawing(name, preset, network):
    """Return processor seconds per picture of 28 px: drawn by `generate`, and by one whole pass per pixel."""
    from keras_facegan import create_model

    model = create_model(name, preset, network=network)
    data = {"image": model.generate(PICTURES)}
    model.predictor.predict_on_batch(data)
    whole = min(processor_seconds(lambda: model.predictor.predict_on_batch(data), PASSES) for _ in range(ROUNDS))
    drawn = min(processor_seconds(lambda: model.generate(PICTURES)) for _ in range(ROUNDS))
    return drawn / PICTURES, 28 * 28 * whole / PICTURES


def main():
    """Print milliseconds per picture, and as how many generator passes they are."""
    from keras_facegan import create_model

    generator = create_model(*GENERATOR)
    generator.generate(PICTURES)
    one = min(processor_seconds(lambda: generator.generate(PICTURES)) for _ in range(ROUNDS)) / PICTURES
    rows = [[f"{GENERATOR[0]}, one pass at 32 px", f"{1000 * one:.2f}", "1", "", "", ""]]
    for name, preset, network in MODELS:
        drawn, passes = drawing(name, preset, network)
        kept, not_kept = (f"{1000 * drawn:.2f}", f"{drawn / one:.1f}"), (f"{1000 * passes:.0f}", f"{passes / one:.0f}")
        rows.append([f"{name}, {network}", *kept, *not_kept, f"{passes / drawn:.0f}"])
    header = ("model", "kept, ms", "generator passes", "whole passes, ms", "generator passes", "ratio")
    clock.show(f"Processor milliseconds per picture, {PICTURES} at a time", header, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
