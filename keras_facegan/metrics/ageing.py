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
        others: Dict from a name to a callable, pictures -> (n, d): what they are compared by as well. A model may
            please the network that it was trained with, and those like it, more than the eye.
    """

    estimate_age: collections.abc.Callable
    features: collections.abc.Callable
    embed: collections.abc.Callable
    threshold: float
    others: collections.abc.Mapping = {}


def ageing_by_group(path, real, group_of, judge, regions=None):
    """Judge the faces of a path through the age groups.

    Args:
        path: Array (n, groups, H, W, 3) in [-1, 1]; `path[:, 0]` are the faces as they are.
        real: One array (m, H, W, 3) of real faces a group, in the order of the path; one at least in each.
        group_of: Callable, whole years (n,) -> groups (n,).
        judge: `Judge`.
        regions: Dict from a name to (rows, columns), slices of at least 8 pixels of a picture.

    Returns:
        Estimated ages float64 (n, groups), and a list of dicts, one a group: "judged_age" and "real_age" (mean
        estimated years of aged and of real faces), "in_group" (share of aged faces estimated into it), "same_person"
        (share that is taken for the person of `path[:, 0]`), "frechet" and "frechet_unaged" (Frechet distance of real
        faces of the group from aged and from unaged ones), "frechet_note" (what these two had to warn of, or ""),
        "pixel_change" (mean absolute change of a value) and "fine_detail" (energy of the finest details over that of
        the unaged faces). For every name of `judge.others` also "frechet_<name>" and "frechet_<name>_unaged", for every
        one of `regions` "<name>_detail", the fine detail of that part alone.

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
    embedded = judge.embed(faces)
    compared = {"frechet": judge.features} | {f"frechet_{name}": each for name, each in judge.others.items()}
    unaged = {name: features(faces) for name, features in compared.items()}
    parts = {"fine_detail": (slice(None), slice(None))} | {f"{n}_detail": each for n, each in (regions or {}).items()}
    energies = {name: high_frequency_energy(faces[:, high, wide]) for name, (high, wide) in parts.items()}
    rows = []
    for group, examples in enumerate(real):
        aged = path[:, group]
        distance = np.square(judge.embed(aged) - embedded).sum(axis=1)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            distances = {}
            for name, features in compared.items():
                reference = features(examples)
                distances[name] = frechet_distance(reference, features(aged))
                distances[f"{name}_unaged"] = frechet_distance(reference, unaged[name])
        details = {
            name: high_frequency_energy(aged[:, high, wide]) / energies[name] for name, (high, wide) in parts.items()
        }
        rows.append(
            {
                "judged_age": float(ages[:, group].mean()),
                "real_age": float(np.mean(judge.estimate_age(examples))),
                "in_group": float(np.mean(group_of(np.round(ages[:, group])) == group)),
                "same_person": float(np.mean(distance < judge.threshold)),
                **distances,
                "frechet_note": " ".join(dict.fromkeys(str(each.message) for each in caught)),
                "pixel_change": float(np.abs(aged - faces).mean()),
                **details,
            }
        )
    return ages, rows
