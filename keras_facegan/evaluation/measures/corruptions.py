"""Whether the features of a network tell a little spoilt from much spoilt pictures, and so are fit to measure with."""

import numpy as np
from PIL import Image, ImageFilter

from keras_facegan.abilities import Describes
from keras_facegan.evaluation.results import HIGHER, Meaning, metric
from keras_facegan.metrics.frechet import frechet_distance

LEVELS = (1, 2, 3, 4)
# Pictures that are spoilt: they are looked at seventeen times.
MOST = 1000
# Of what chance makes: a smaller step is none.
ROUNDING = 1e-6


_KINDS = {
    "blur": "blurred",
    "noise": "with noise",
    "cover": "with a part hidden",
    "tear": "with the upper half shifted against the lower one",
}


@metric(
    "corruptions",
    needs=(Describes,),
    values={
        "two_halves": Meaning("", "Frechet distance of two halves of the pictures: what chance alone makes."),
        **{
            kind: Meaning(
                "", f"Frechet distance of pictures from the same ones {words}; it should rise with the level."
            )
            for kind, words in _KINDS.items()
        },
        "rising_steps": Meaning(HIGHER, "Share of steps between levels that lead farther away."),
    },
)
def corruptions(subject):
    """Frechet distance of pictures from the same ones blurred, noisy, covered and torn, more and more."""
    images, _ = subject.looked_at
    if len(images) > MOST:
        images = images[np.sort(np.random.default_rng(subject.seed).choice(len(images), MOST, replace=False))]
    real = subject.apply(subject.model.features, images)
    about = {"seen": False, "n_real": len(images)}
    # What chance alone makes of two sets of one kind, of half as many pictures.
    order = np.random.default_rng(subject.seed).permutation(len(images))
    halves = frechet_distance(real[order[::2]], real[order[1::2]])
    found, rising = [subject.result("two_halves", halves, **{**about, "n_real": len(images) // 2})], []
    for name, spoil in SPOILT.items():
        distances = [
            frechet_distance(real, subject.apply(subject.model.features, spoil(images, level, subject.seed)))
            for level in LEVELS
        ]
        found += [
            subject.result(name, each, group=str(level), **about) for level, each in zip(LEVELS, distances, strict=True)
        ]
        rising += (np.diff([0.0, *distances]) > ROUNDING * halves).tolist()
    return [*found, subject.result("rising_steps", np.mean(rising), **about, steps=len(rising))]


def blurred(images, level, seed):
    """Return pictures blurred by a Gaussian of a hundredth of their side a level."""
    sigma = level * images.shape[1] / 100
    result = np.empty_like(images)
    for picture, target in zip(images, result, strict=True):
        for channel in range(images.shape[-1]):
            plane = Image.fromarray(picture[..., channel])
            target[..., channel] = plane.filter(ImageFilter.GaussianBlur(sigma))
    return result


def noisy(images, level, seed):
    """Return pictures with normal noise of 8 of 255 values a level."""
    noise = np.random.default_rng(seed).normal(0.0, 8.0 * level, images.shape)
    return np.clip(np.rint(images + noise), 0, 255).astype("uint8")


def covered(images, level, seed):
    """Return pictures of which a grey square of an eighth of the side a level hides a part."""
    result, side = images.copy(), images.shape[1]
    hidden = max(side * level // 8, 1)
    places = np.random.default_rng(seed).integers(0, side - hidden + 1, (len(images), 2))
    for picture, (top, left) in zip(result, places, strict=True):
        picture[top : top + hidden, left : left + hidden] = 128
    return result


def torn(images, level, seed):
    """Return pictures whose upper half is shifted against the lower one by a sixteenth of the side per level."""
    middle, shift = images.shape[1] // 2, max(images.shape[2] * level // 16, 1)
    return np.concatenate([np.roll(images[:, :middle], shift, axis=2), images[:, middle:]], axis=1)


SPOILT = {"blur": blurred, "noise": noisy, "cover": covered, "tear": torn}
