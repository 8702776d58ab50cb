"""What is asked of generated pictures: near the real ones, as varied, as sharp, and not learnt by heart."""

import numpy as np

from keras_facegan.abilities import Generates
from keras_facegan.data.images import to_float
from keras_facegan.evaluation.results import HIGHER, LEARNT, LOWER, ONE, REAL, Meaning, metric
from keras_facegan.losses.structural_similarity import WINDOW
from keras_facegan.metrics import diversity as varied
from keras_facegan.metrics import frechet, kernel, manifold, pictures
from keras_facegan.metrics import inception_score as scores
from keras_facegan.metrics.neighbours import nearest_neighbours

SUBSET = 1000
SPLITS = 10
# Of the distances of real pictures to their nearest neighbours: what is nearer than nearly all of them is a copy of a
# real picture, or a duplicate of a generated one.
COPY_SHARE = 0.01


def _compared(subject):
    return {"n_real": len(subject.real_images), "n_fake": len(subject.fake_images)}


@metric(
    "fid",
    needs=(Generates, "extractor"),
    split=LEARNT,
    values={
        "fid": Meaning(LOWER, "Frechet distance of the features of generated and of real pictures: 0 for equal sets."),
    },
)
def fid(subject):
    """Frechet distance of the features."""
    fake = frechet.statistics(subject.fake_features)
    distance = frechet.frechet_distance_of_statistics(subject.real.statistics, fake)
    return [subject.result("fid", distance, **_compared(subject))]


@metric(
    "kid",
    needs=(Generates, "extractor"),
    split=LEARNT,
    values={
        "kid": Meaning(LOWER, "Kernel distance of the features: about 0 for equal sets, however few the pictures."),
    },
)
def kid(subject):
    """Kernel distance of the features."""
    # Subsets of the whole would not differ, and so say nothing of the error.
    size = max(2, min(SUBSET, len(subject.real_images) // 2, len(subject.fake_images) // 2))
    mean, spread = kernel.kernel_distance(
        subject.real.features, subject.fake_features, subset_size=size, seed=subject.seed
    )
    return [subject.result("kid", mean, spread, **_compared(subject), subset_size=size, subsets=100)]


@metric(
    "precision_recall",
    needs=(Generates, "extractor"),
    split=LEARNT,
    values={
        "precision": Meaning(HIGHER, "Share of generated pictures that look like some real picture: quality."),
        "recall": Meaning(HIGHER, "Share of real pictures that look like some generated picture: variety."),
    },
)
def precision_recall(subject):
    """Shares of either set within the other's manifold."""
    pair = manifold.precision_recall(*_of_equal_number(subject), k=3)
    return [
        subject.result(name, value, **_equal(subject), k=3)
        for name, value in zip(("precision", "recall"), pair, strict=True)
    ]


@metric(
    "density_coverage",
    needs=(Generates, "extractor"),
    split=LEARNT,
    values={
        "density": Meaning(
            HIGHER, "How many real pictures are near to a generated one: as precision, less moved by outliers."
        ),
        "coverage": Meaning(
            HIGHER, "Share of real pictures with a generated one near by: as recall, less moved by outliers."
        ),
    },
)
def density_coverage(subject):
    """How densely generated pictures lie among the real ones, and how many of these they come near to."""
    pair = manifold.density_coverage(*_of_equal_number(subject), k=5)
    return [
        subject.result(name, value, **_equal(subject), k=5)
        for name, value in zip(("density", "coverage"), pair, strict=True)
    ]


@metric(
    "diversity",
    needs=(Generates, "extractor"),
    split=LEARNT,
    values={
        "diversity": Meaning(
            ONE, "Mean distance of generated pictures from each other, over that of real ones; 0: collapsed."
        ),
        "ms_ssim": Meaning(REAL, "Likeness of pairs of generated pictures, 1 where all are equal."),
        "ms_ssim_real": Meaning("", "The same of real pictures, to compare with."),
    },
)
def diversity(subject):
    """Mean distance of generated pictures from each other, over that of real ones, and their likeness in pairs."""
    real, fake = _of_equal_number(subject)
    ratio = varied.mean_distance(fake) / max(varied.mean_distance(real), np.finfo("float64").tiny)
    found = [subject.result("diversity", ratio, **_equal(subject))]
    if min(subject.model.image_shape[:2]) >= WINDOW:
        for name, images, count in (
            ("ms_ssim", subject.fake_images, {"n_fake": len(subject.fake_images)}),
            ("ms_ssim_real", subject.real_images, {"n_real": len(subject.real_images)}),
        ):
            likeness = varied.picture_similarity(to_float(images), seed=subject.seed)
            found.append(subject.result(name, likeness, seen=False, **count, pairs=100))
    return found


@metric(
    "neighbours",
    needs=(Generates, "extractor"),
    split=LEARNT,
    values={
        "neighbour_distance": Meaning(
            ONE, "Distance to the nearest real picture, over that of real ones; 0: learnt by heart."
        ),
        "copies": Meaning(LOWER, "Share of pictures nearer to a real one than 99 % of real ones are to each other."),
        "duplicates": Meaning(LOWER, "Share of pictures as near as that to another generated one."),
    },
)
def neighbours(subject):
    """Distance to the nearest real picture, over that of real ones from each other; shares of copies and duplicates."""
    real = subject.real.features
    nearest = nearest_neighbours(subject.fake_features, real)[1][:, 0]
    among_real = nearest_neighbours(real, real, k=2)[1][:, 1]
    ratio = nearest.mean() / max(among_real.mean(), np.finfo("float64").tiny)
    copy = np.quantile(among_real, COPY_SHARE)
    about = {**_compared(subject), "nearer_than_share": COPY_SHARE}
    return [
        subject.result("neighbour_distance", ratio, **_compared(subject)),
        subject.result("copies", np.mean(nearest < copy), **about),
        subject.result("duplicates", varied.duplicate_rate(subject.fake_features, copy), **about),
    ]


@metric(
    "classifier_score",
    needs=(Generates, "classifier"),
    split=LEARNT,
    values={
        "classifier_score": Meaning(
            REAL, "How sure a classifier is of each picture, and how evenly the classes come; at least 1."
        ),
        "classifier_score_real": Meaning("", "The same of real pictures, to compare with."),
    },
)
def classifier_score(subject):
    """How sure a classifier is of each picture, and how evenly the classes come; beside it that of real ones."""
    found = []
    for name, images, count in (
        ("classifier_score", subject.fake_images, {"n_fake": len(subject.fake_images)}),
        ("classifier_score_real", subject.real_images, {"n_real": len(subject.real_images)}),
    ):
        splits = min(SPLITS, len(images))
        score, spread = scores.classifier_score(subject.extractors.probabilities(images), splits, subject.seed)
        found.append(subject.result(name, score, spread, **count, splits=splits))
    return found


@metric(
    "sharpness",
    needs=(Generates,),
    split=LEARNT,
    values={
        "sharpness": Meaning(ONE, "Strength of edges, over that of real pictures: below 1 blurred, above 1 noisy."),
        "fine_detail": Meaning(ONE, "Energy of the finest details, over that of real pictures."),
    },
)
def sharpness(subject):
    """Variance of the Laplacian, and energy of the finest details, both over those of real pictures."""
    fake, real = to_float(subject.fake_images), to_float(subject.real_images)
    return [
        subject.result(
            name, measure(fake) / max(measure(real), np.finfo("float64").tiny), seen=False, **_compared(subject)
        )
        for name, measure in (("sharpness", pictures.sharpness), ("fine_detail", pictures.high_frequency_energy))
    ]


def _equal(subject):
    count = min(len(subject.real_images), len(subject.fake_images))
    return {"n_real": count, "n_fake": count}


def _of_equal_number(subject):
    count = _equal(subject)["n_real"]
    return subject.real.features[:count], subject.fake_features[:count]
