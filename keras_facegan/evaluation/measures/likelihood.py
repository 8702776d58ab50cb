"""How likely held-out pictures are under a model that can say so, and how near it rebuilds them."""

import numpy as np

from keras_facegan.abilities import GivesLikelihood, Rebuilds
from keras_facegan.data.images import to_float
from keras_facegan.evaluation.results import HIGHER, LOWER, Meaning, metric
from keras_facegan.metrics.likelihood import bits_per_dim
from keras_facegan.metrics.signal_to_noise import psnr


@metric(
    "likelihood",
    needs=(GivesLikelihood,),
    values={
        "nll": Meaning(LOWER, "Mean negative log-likelihood of a picture in nats, or an upper bound of it."),
        "bits_per_dim": Meaning(LOWER, "The same per value of a picture, in bits: 8 for guessing among 256 levels."),
    },
)
def likelihood(subject):
    """Mean negative log-likelihood of held-out pictures."""
    images, _ = subject.looked_at
    nats = -subject.apply(subject.model.log_prob, images).astype("float64")
    dims = int(np.prod(images.shape[1:]))
    error, count = nats.std() / len(nats) ** 0.5, {"n_real": len(nats)}
    bits = bits_per_dim(nats.mean(), dims, subject.model.level_width)
    return [
        subject.result("nll", nats.mean(), error, seen=False, **count),
        subject.result("bits_per_dim", bits, error / (dims * np.log(2)), seen=False, **count),
    ]


@metric(
    "rebuilding",
    needs=(Rebuilds,),
    values={"rebuilt_psnr": Meaning(HIGHER, "Mean peak signal-to-noise ratio of rebuilt held-out pictures, in dB.")},
)
def rebuilding(subject):
    """How near held-out pictures are rebuilt."""
    images, _ = subject.looked_at
    ratios = psnr(to_float(images), subject.apply(subject.model.rebuild, images))
    return [
        subject.result("rebuilt_psnr", ratios.mean(), ratios.std() / len(ratios) ** 0.5, seen=False, n_real=len(ratios))
    ]
