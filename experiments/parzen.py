"""Parzen-window log-likelihood of the first GAN on MNIST, by the paper's protocol.

usage: python -m experiments.parzen --data_dir DIR [--steps 50000]

10,000 samples, the width chosen of ten on 1,000 validation pictures, the mean over the 10,000 test pictures in nats.
Beside the GAN stand training pictures, centroids of k-means, and normal noise with the mean and deviation of each
pixel, all as samples.
"""

import pathlib
import sys

import numpy as np
from sklearn.cluster import MiniBatchKMeans

from experiments import _trials
from keras_facegan import load_model
from keras_facegan.cli import guarded
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.metrics.parzen import parzen_log_likelihood

PAPER = "225 ± 2"
SAMPLES, VALIDATION = 10_000, 1000
CENTROIDS = 1000


def main(argv):
    """Train, or take the run as it is; print the table."""
    given = _trials.parse(__doc__, argv, steps=50_000)
    _trials.train("parzen/gan", "gan", "mnist_28", {}, given)
    model = load_model(pathlib.Path(given.runs) / "parzen/gan")
    train, validation, test = (flat(split, given.data_dir) for split in ("train", "validation", "test"))
    rng = np.random.default_rng(0)
    noise = np.clip(train.mean(0) + train.std(0) * rng.standard_normal((SAMPLES, train.shape[1])), 0, 1)
    samples = {
        f"gan/mnist_28 after {given.steps:,} steps": (model.generate(SAMPLES, seed=0).reshape(SAMPLES, -1) + 1) / 2,
        f"{SAMPLES:,} training pictures": train[rng.choice(len(train), SAMPLES, replace=False)],
        f"{CENTROIDS:,} centroids of k-means": centroids(train),
        "normal noise, pixel by pixel": noise,
    }
    rows = []
    for name, each in samples.items():
        found = parzen_log_likelihood(each, validation[:VALIDATION], test)
        likelihood = f"{found['log_likelihood']:.1f} ± {found['standard_error']:.1f}"
        rows.append({"samples": name, "log-likelihood": likelihood, "sigma": found["sigma"]})
    rows.append({"samples": "the paper's GAN", "log-likelihood": PAPER, "sigma": "not told"})
    _trials.table(rows)
    return 0


def centroids(train):
    """Return the means (CENTROIDS, 784) that k-means finds among training pictures."""
    return MiniBatchKMeans(CENTROIDS, batch_size=4096, n_init=1, random_state=0).fit(train).cluster_centers_


def flat(split, data_dir):
    """Return the pictures of a split as float64 (n, 784) in [0, 1]."""
    images = open_dataset("mnist", split, image_shape=(28, 28, 1), data_dir=data_dir).images
    return images.reshape(len(images), -1) / 255.0


if __name__ == "__main__":
    sys.exit(guarded(main))
