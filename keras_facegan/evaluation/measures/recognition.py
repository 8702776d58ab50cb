"""How often a model tells what a picture shows: its class, whether it is the same person, how old that is."""

import numpy as np

from keras_facegan.abilities import Classifies, Embeds, EstimatesAge, Recognises
from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.evaluation.results import HIGHER, LOWER, ZERO, Meaning, metric
from keras_facegan.losses.ages import AGES
from keras_facegan.metrics import verification as pairs
from keras_facegan.metrics.ages import by_decade, mean_absolute_error
from keras_facegan.metrics.attributes import hamming_loss, macro_f1, majority_hamming_loss

FAR = 1e-2
PAIRS = 200_000


@metric(
    "accuracy",
    needs=(Classifies,),
    reads=("label",),
    values={
        "accuracy": Meaning(HIGHER, "Share of pictures whose class is named rightly."),
    },
)
def accuracy(subject):
    """Share of pictures whose class is told rightly."""
    images, columns = subject.looked_at
    right = subject.apply(subject.model.classify, images).argmax(axis=1) == columns["label"]
    error = np.sqrt(right.mean() * (1 - right.mean()) / len(right))
    return [subject.result("accuracy", right.mean(), error, seen=False, n_real=len(images))]


@metric(
    "verification",
    needs=(Embeds,),
    reads=("identity",),
    values={
        "auc": Meaning(
            HIGHER, "Chance that a pair of one person is nearer than a pair of two: 0.5 is guessing, 1 is never wrong."
        ),
        "equal_error_rate": Meaning(
            LOWER, "Share of wrong answers at the threshold where both kinds of pairs are wrong equally often."
        ),
        "tar_at_far_1e-2": Meaning(
            HIGHER, "Share of pairs of one person that are accepted where 1 % of pairs of two people are."
        ),
    },
)
def verification(subject):
    """How well distances tell pairs of one person from pairs of two."""
    images, columns = subject.looked_at
    embeddings = subject.apply(subject.model.embed, images)
    genuine, impostor = pairs.pair_distances(embeddings, columns["identity"], most=PAIRS, seed=subject.seed)
    about = {"seen": False, "n_real": len(images), "genuine_pairs": len(genuine), "impostor_pairs": len(impostor)}
    found = [
        subject.result("auc", pairs.auc(genuine, impostor), **about),
        subject.result("equal_error_rate", pairs.equal_error_rate(genuine, impostor), **about),
    ]
    # A rate is told of ten accepted pairs or more.
    if len(impostor) >= 10 / FAR:
        found.append(subject.result("tar_at_far_1e-2", pairs.tar_at_far(genuine, impostor, FAR), **about))
    return found


@metric(
    "ages",
    needs=(EstimatesAge,),
    reads=("age",),
    values={
        "mae": Meaning(LOWER, "Mean absolute error of estimated ages in years."),
        "bias": Meaning(ZERO, "Mean error in years: above 0 faces are taken for older than they are."),
    },
)
def ages(subject):
    """Mean absolute and mean error in years, as a whole and by decade of the true age."""
    images, columns = subject.looked_at
    truth = np.minimum(columns["age"], AGES - 1)
    estimated = subject.apply(subject.model.estimate_age, images)
    error = np.abs(estimated - truth).std() / np.sqrt(len(truth))
    about = {"seen": False, "n_real": len(truth)}
    found = [
        subject.result("mae", mean_absolute_error(estimated, truth), error, **about),
        subject.result("bias", (estimated - truth).mean(), (estimated - truth).std() / np.sqrt(len(truth)), **about),
    ]
    for row in by_decade(estimated, truth):
        for name in ("mae", "bias"):
            about["n_real"] = row["count"]
            found.append(subject.result(name, row[name], group=row["ages"], **about))
    return found


@metric(
    "attributes",
    needs=(Recognises,),
    reads=("attributes",),
    values={
        "hamming_loss": Meaning(LOWER, "Share of attributes that are told wrongly."),
        "majority_hamming_loss": Meaning("", "The same where every face is told what most of them have."),
        "macro_f1": Meaning(HIGHER, "F1 score of an attribute, the mean over the attributes."),
    },
)
def attributes(subject):
    """How well the attributes of faces are told, beside guessing the commoner answer."""
    images, columns = subject.looked_at
    places = [CELEBA_ATTRIBUTES.index(name) for name in subject.model.attributes]
    truth = columns["attributes"][:, places]
    told = subject.apply(subject.model.recognise, images)
    error = ((told > 0.5) != truth).mean(axis=1).std() / np.sqrt(len(truth))
    about = {"seen": False, "n_real": len(truth), "attributes": len(places)}
    return [
        subject.result("hamming_loss", hamming_loss(told, truth), error, **about),
        subject.result("majority_hamming_loss", majority_hamming_loss(truth, truth), **about),
        subject.result("macro_f1", macro_f1(told, truth), **about),
    ]
