"""Faces that a model has aged, group by group: as old as they should be, the same person, like real faces."""

import collections.abc
import typing
import warnings

import numpy as np

from keras_facegan.errors import UserError
from keras_facegan.metrics.frechet import frechet_distance
from keras_facegan.metrics.pictures import high_frequency_energy


class Judge(typing.NamedTuple):
    """What looks at aged faces; no model may have been trained with any of it.

    Args:
        estimate_age: Callable, pictures float (n, H, W, 3) in [-1, 1] -> years (n,).
        features: Callable, pictures -> (n, d), what real and aged faces are compared by.
        embed: Callable, pictures -> unit vectors (n, D).
        threshold: Squared distance of embeddings below which two pictures count as one person.
    """

    estimate_age: collections.abc.Callable
    features: collections.abc.Callable
    embed: collections.abc.Callable
    threshold: float


def ageing_by_group(path, real, group_of, judge):
    """Judge the faces of a path through the age groups.

    Args:
        path: Array (n, groups, H, W, 3) in [-1, 1]; `path[:, 0]` are the faces as they are.
        real: One array (m, H, W, 3) of real faces a group, in the order of the path; one at least in each.
        group_of: Callable, whole years (n,) -> groups (n,).
        judge: `Judge`.

    Returns:
        Estimated ages float64 (n, groups), and a list of dicts, one a group: "judged_age" and "real_age" (mean
        estimated years of aged and of real faces), "in_group" (share of aged faces estimated into it), "same_person"
        (share that is taken for the person of `path[:, 0]`), "frechet" and "frechet_unaged" (Frechet distance of real
        faces of the group from aged and from unaged ones), "frechet_note" (what these two had to warn of, or ""),
        "pixel_change" (mean absolute change of a value) and "fine_detail" (energy of the finest details over that of
        the unaged faces).

    Raises:
        UserError: The groups of `path` and `real` differ, or a group has no real faces.

    Reference:
        PFA-GAN, Huang et al. 2020, arXiv 2012.03459, section IV; what is judged is the same, the judges are others.
    """
    path = np.asarray(path)
    if path.ndim != 5 or path.shape[1] != len(real) or not all(len(faces) for faces in real):
        raise UserError(
            f"path {path.shape} must be (n, groups, H, W, 3), with real faces of each of its groups, got "
            f"{[len(faces) for faces in real]}."
        )
    faces = path[:, 0]
    ages = np.stack([judge.estimate_age(path[:, group]) for group in range(path.shape[1])], axis=1).astype("float64")
    embedded, unaged, energy = judge.embed(faces), judge.features(faces), high_frequency_energy(faces)
    rows = []
    for group, examples in enumerate(real):
        aged, reference = path[:, group], judge.features(examples)
        distance = np.square(judge.embed(aged) - embedded).sum(axis=1)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            frechet = [frechet_distance(reference, each) for each in (judge.features(aged), unaged)]
        rows.append(
            {
                "judged_age": float(ages[:, group].mean()),
                "real_age": float(np.mean(judge.estimate_age(examples))),
                "in_group": float(np.mean(group_of(np.round(ages[:, group])) == group)),
                "same_person": float(np.mean(distance < judge.threshold)),
                "frechet": frechet[0],
                "frechet_unaged": frechet[1],
                "frechet_note": " ".join(dict.fromkeys(str(each.message) for each in caught)),
                "pixel_change": float(np.abs(aged - faces).mean()),
                "fine_detail": float(high_frequency_energy(aged) / energy),
            }
        )
    return ages, rows
