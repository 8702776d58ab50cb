"""Faces drawn a second on one core: python benchmarks/drawn_faces.py"""

import time

import numpy as np

from keras_facegan.data.drawing import draw, sample_parameters

FACES = 512
ROUNDS = 9


def faces_per_second(size):
    """Return (best, median) faces a second of processor time at `size` pixels; NumPy draws on one thread."""
    rates = []
    for turn in range(ROUNDS):
        indices = np.arange(FACES) + FACES * turn
        start = time.process_time()
        draw(sample_parameters(indices), size)
        rates.append(FACES / (time.process_time() - start))
    return max(rates), float(np.median(rates))


def main():
    """Print one line a size."""
    for size in (32, 64):
        best, median = faces_per_second(size)
        print(f"{size:3d} px  best {best:6.0f}  median {median:6.0f} faces/s")


if __name__ == "__main__":
    main()
