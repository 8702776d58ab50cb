"""Whether an ageing model makes faces older, keeps the person, and looks like real faces of that age."""

import numpy as np

from keras_facegan.abilities import Ages
from keras_facegan.data.framing import FRAMINGS, USUAL
from keras_facegan.data.images import to_float
from keras_facegan.errors import TooFewPicturesError
from keras_facegan.evaluation.results import HIGHER, LOWER, ONE, REAL, Meaning, metric
from keras_facegan.metrics.ageing import Judge, ageing_by_group
from keras_facegan.metrics.ages import path_correlation
from keras_facegan.pretrained import load_pretrained, weights_card

# Networks that no ageing model is trained with.
AGES, PEOPLE, ATTRIBUTES = "age_estimator/judge_64", "facenet/judge_64", "attribute_cnn/celeba_64"
# Children do not age as adults do.
YOUNGEST = 18
# Faces of about this age begin where a model goes both ways.
YOUNG = 25
FAR = 1e-2
# Least side in pixels of a part whose detail is measured.
LEAST = 8


@metric(
    "ageing",
    needs=(Ages,),
    reads=("age",),
    values={
        "judged_age": Meaning(REAL, "Mean age in years that an independent estimator gives aged faces."),
        "real_age": Meaning("", "The same of real faces of the group, to compare with."),
        "in_group": Meaning(HIGHER, "Share of aged faces whose estimated age lies in the group."),
        "same_person": Meaning(HIGHER, "Share of aged faces that an independent network takes for the same person."),
        "frechet": Meaning(LOWER, "Frechet distance of aged faces from real faces of the group."),
        "frechet_unaged": Meaning("", "The same of the faces before ageing, to compare with."),
        "frechet_people": Meaning(LOWER, "Frechet distance from real faces of the group, by embeddings of people."),
        "frechet_people_unaged": Meaning("", "The same of the faces before ageing, to compare with."),
        "frechet_attributes": Meaning(LOWER, "The same by the probabilities of forty attributes."),
        "frechet_attributes_unaged": Meaning("", "The same of the faces before ageing, to compare with."),
        "pixel_change": Meaning("", "Mean absolute change of a pixel value, of 2 from black to white."),
        "fine_detail": Meaning(ONE, "Energy of the finest details, over that of the faces before ageing."),
        "eyes_detail": Meaning(ONE, "The same in the band of the eyes and of glasses."),
        "mouth_detail": Meaning(ONE, "The same around mouth and teeth."),
        "path_correlation": Meaning(HIGHER, "Correlation of estimated age and group along the path of each face."),
        "judge_accepts_real_pairs": Meaning("", "Share of real pairs of one person that the network accepts."),
    },
)
def ageing(subject):
    """Faces of the group that ageing begins with, of 18 years and more, taken into every other one and judged.

    In a model that goes both ways ageing begins with the group of 25 years.
    """
    images, columns = subject.looked_at
    model, groups = subject.model, subject.model.groups
    # The chain of a model that makes faces younger begins with the oldest group.
    order = np.arange(len(groups)) if model.older else np.arange(len(groups))[::-1]
    if model.both_ways:
        young = int(groups.of([YOUNG])[0])
        order = np.r_[young, np.delete(order, young)]
    group = groups.of(columns["age"])
    begin = np.flatnonzero((group == order[0]) & (columns["age"] >= YOUNGEST))
    counts = np.bincount(group, minlength=len(groups))
    if len(begin) < 2 or counts.min() < 2:
        raise TooFewPicturesError(
            f"It needs two faces or more of {YOUNGEST} years and more in the group {groups.names[order[0]]}, got "
            f"{len(begin)}, and of every group, got {counts.tolist()}: raise --num, or give another --split."
        )
    judge, accepted = open_judge()
    path = subject.apply(lambda faces: model.age_path(faces, int(order[0])), images[begin])
    # A path is in the order of the places, its judge wants the unaged faces first.
    path = path[:, model.place(order)]
    real = [to_float(images[group == each]) for each in order]
    regions = _regions(model.image_shape[0], FRAMINGS.get(subject.part.dataset, USUAL))
    ages, rows = ageing_by_group(path, real, lambda years: np.argsort(order)[groups.of(years)], judge, regions)

    judges = {name: weights_card(name)[1]["sha256"] for name in (AGES, PEOPLE, ATTRIBUTES)}
    about = {"seen": False, "n_fake": len(begin), "judges": judges}
    found = []
    for each, row in zip(order, rows, strict=True):
        warning, of_group = row.pop("frechet_note"), {**about, "n_real": int(counts[each]), "group": groups.names[each]}
        for name, value in row.items():
            note = warning if name.startswith("frechet") else ""
            found.append(subject.result(name, value, note=note, **of_group))
    means = np.asarray(model.group_ages.means)[order]
    # A model that was never trained knows no ages of its groups.
    if np.ptp(means):
        correlation = path_correlation(ages, means)
        error = correlation.std() / np.sqrt(len(begin))
        found.append(subject.result("path_correlation", correlation.mean(), error, **about))
    return [*found, subject.result("judge_accepts_real_pairs", accepted, **about, far=FAR)]


def open_judge():
    """Return the `Judge` of aged faces, and the share of real pairs of one person that it accepts."""
    people, estimator, attributes = load_pretrained(PEOPLE), load_pretrained(AGES), load_pretrained(ATTRIBUTES)
    threshold, accepted = people.calibration.threshold(FAR)
    others = {"people": people.embed, "attributes": attributes.recognise}
    return Judge(estimator.estimate_age, estimator.features, people.embed, threshold, others), accepted


def _regions(side, framing):
    """Return the parts of an aligned face of a side in pixels, as slices of rows and columns."""

    def around(centre, reach):
        reach = max(reach * side, LEAST / 2)
        start = round(min(max(centre * side - reach, 0), side - 2 * reach))
        return slice(start, start + round(2 * reach))

    eyes, size = framing
    return {
        "eyes": (around(eyes, 0.3 * size), around(0.5, 0.85 * size)),
        "mouth": (around(eyes + size, 0.3 * size), around(0.5, 0.5 * size)),
    }
