"""What aged copies of its training pictures do for an identity network: faces of the same people, made older.

usage: python -m experiments.aged_augmentation [--data_dir DIR] [--ageing pfa_gan/utkface_64] [--seeds 3]

Drawn people who are young on every picture are learnt from these pictures alone, from them and a copy of each that is
35 to 65 years old by the model, and from them and the same people drawn at that age: the most that ageing could do.
Other people are told apart, young against old and young against young. With --data_dir the people of `celeba_identity`
as well, whose ages are not known. All rows have the same networks and steps. Pictures and runs lie in RUNS/aged, and
numbers in its results.json: the same command goes on where it was interrupted.
"""

import pathlib
import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from absl import flags

import keras_facegan
from experiments import _trials
from experiments._kept import Kept
from keras_facegan import load_model
from keras_facegan.abilities import Ages, EstimatesAge
from keras_facegan.cli import guarded
from keras_facegan.data.drawing import draw, sample_parameters
from keras_facegan.data.images import save_image, to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.data.progress import progress
from keras_facegan.errors import DataError, UserError
from keras_facegan.files import replacing_folder
from keras_facegan.metrics.verification import auc, pair_distances
from keras_facegan.photos.ageing import age_found
from keras_facegan.photos.networks import load_network
from keras_facegan.photos.search import search_photos
from keras_facegan.seam import backend

# Side of a drawn photo, on which faces are looked for, and of what the networks learn.
PHOTO, SIDE = 160, 64
PEOPLE, PICTURES, TEST_PEOPLE = 300, 10, 150
# Aged copies at most: the search for faces takes most of the time.
COPIES = 3000
YOUNG, LATER = (18, 30), (35.0, 65.0)
SEED = 3
ESTIMATOR = "age_estimator/utkface_64"


class People(NamedTuple):
    """Pictures of people.

    Attributes:
        pictures: uint8 (n, side, side, 3).
        identity: int (n,).
        ages: Years (n,), or None where they are not known.
    """

    pictures: np.ndarray
    identity: np.ndarray
    ages: np.ndarray | None = None


def _flags(values):
    own = {"flag_values": values}
    flags.DEFINE_string("ageing", "pfa_gan/utkface_64", "Ageing model: weights of the zoo, or a run.", **own)
    flags.DEFINE_integer("seeds", 3, "Runs of every row, with other first weights.", 1, **own)


def main(argv):
    """Write the pictures, train the rows, print a table per set."""
    given = _trials.parse(__doc__, argv, steps=2000, define=_flags)
    backend.start()
    kept = Kept(pathlib.Path(given.runs) / "aged" / "results.json")
    for dataset, rows in {"drawn_faces": drawn, "celeba_identity": real}.items():
        if dataset == "drawn_faces" or given.data_dir:
            print(f"\n## {dataset}\n")
            _trials.table([row(given, kept, dataset, name, *each) for name, each in rows(given).items()])
    return 0


def row(given, kept, dataset, name, pictures: Callable, test: Callable):
    """Return the numbers of one way to train: the mean over the seeds, and their range.

    Args:
        given: Flags.
        kept: `Kept`.
        dataset: Name of the set.
        name: Name of the row.
        pictures: Callable that returns the `People` to learn from.
        test: Callable from a model to numbers by name.
    """
    folder = pathlib.Path(given.runs) / "aged" / f"{dataset} {name} {given.ageing}".replace(" ", "-").replace("/", "-")

    def measure(seed):
        people = write(folder / "pictures", pictures)
        return test(load_model(train(given, folder, people, seed)))

    title = f"{dataset}, {name}, {given.ageing}, {given.steps} steps, seed"
    found = [kept.get(f"{title} {seed}", lambda seed=seed: measure(seed)) for seed in range(given.seeds)]
    values = {key: [each[key] for each in found] for key in found[0]}
    shown = {key: f"{np.mean(each):.4f} ({min(each):.4f} to {max(each):.4f})" for key, each in values.items()}
    return {"learnt from": name, **shown}


def write(folder, pictures):
    """Write `People` as a folder per person, unless that was done, and return their number."""
    if not folder.is_dir():
        people = pictures()
        folder.parent.mkdir(parents=True, exist_ok=True)
        with replacing_folder(folder) as unfinished:
            for number, (picture, person) in enumerate(zip(people.pictures, people.identity, strict=True)):
                (unfinished / f"{person:05d}").mkdir(exist_ok=True)
                save_image(unfinished / f"{person:05d}" / f"{number:06d}.png", picture)
    return sum(1 for _ in folder.iterdir())


def train(given, folder, people, seed):
    """Train an identity network on a folder of people, and return the directory of its run."""
    changes = {
        "model.image_shape": [SIDE, SIDE, 3], "model.identities": people, "model.softmax_steps": given.steps,
        "data.dataset": "identity_folder", "data.split": "all", "data.sampler": "uniform", "data.augment": "flip",
        "train.seed": seed, "train.steps": given.steps, "train.mixed_precision": "bfloat16",
    }  # fmt: skip
    directory = folder / f"seed-{seed}"
    run = keras_facegan.train("facenet", data_dir=folder / "pictures", run_dir=directory, changes=changes)
    if run.stopped_by is not None:
        raise UserError(f"{directory} was stopped before its end; the same command goes on with it.")
    return directory


def with_aged(people, given):
    """Return people, and behind them a copy of every picture, `COPIES` at most, that the model can make older."""
    ageing, estimator = load_network(given.ageing, Ages), None
    if people.ages is None:
        estimator = load_network(ESTIMATOR, EstimatesAge)
    count = len(people.pictures)
    chosen = np.random.default_rng(SEED).permutation(count)[:COPIES]
    years, aged, whose = later(count), [], []
    with progress("Ageing", len(chosen)) as advance:
        for number, found in zip(chosen, search_photos(list(people.pictures[chosen])), strict=True):
            try:
                age = None if people.ages is None else float(people.ages[number])
                aged.append(age_found(found, ageing, estimator, float(years[number]), age).pictures[0])
                whose.append(people.identity[number])
            except DataError:
                # No face was found, or it is that old already.
                pass
            advance(1)
    print(f"{len(aged):,} of {count:,} pictures have an aged copy.", file=sys.stderr)
    return People(np.concatenate([people.pictures, aged]), np.concatenate([people.identity, whose]))


def later(count):
    """Return the ages (n,) of the older copies, in years."""
    return np.random.default_rng(SEED).uniform(*LATER, count)


# Drawn people.


def drawn(given):
    """Return how to learn from drawn people and how to test, by row."""
    ages = {"min_age": YOUNG[0], "max_age": YOUNG[1]}
    faces = sample_parameters(np.arange(PEOPLE * PICTURES), SEED, identities=PEOPLE, **ages)

    def young():
        return People(draw(faces, PHOTO), faces.identity, faces.age)

    def drawn_again():
        both = np.concatenate([draw(faces, PHOTO), draw(faces.at_age(later(len(faces.age))), PHOTO)])
        return People(both, np.concatenate([faces.identity] * 2))

    rows = {
        "young pictures": young,
        "and aged copies": lambda: with_aged(young(), given),
        "and the same drawn older": drawn_again,
    }
    return {name: (pictures, tell_drawn_apart) for name, pictures in rows.items()}


def tell_drawn_apart(model):
    """Return how well people whom a model has never seen are told apart, when both are young and over the years."""
    settings = {"identities": TEST_PEOPLE, "first_identity": PEOPLE, "min_age": YOUNG[0], "max_age": YOUNG[1]}
    young = sample_parameters(np.arange(3 * TEST_PEOPLE), SEED + 1, **settings)
    old = young[np.arange(2 * TEST_PEOPLE, 3 * TEST_PEOPLE)].at_age(np.linspace(*LATER, TEST_PEOPLE))
    early = model.embed(to_float(draw(young[np.arange(2 * TEST_PEOPLE)], SIDE)))
    apart = 2.0 - 2.0 * early @ model.embed(to_float(draw(old, SIDE))).T
    same = young.identity[: 2 * TEST_PEOPLE, None] == old.identity
    return {
        "AUC, young against old": auc(apart[same], apart[~same]),
        "AUC, young against young": auc(*pair_distances(early, young.identity[: 2 * TEST_PEOPLE])),
    }


# Real people.


def real(given):
    """Return how to learn from real people and how to test, by row."""

    def as_they_are():
        examples = opened(given, "train", (96, 96, 3))
        return People(np.asarray(examples.images), examples.columns["identity"])

    def test(model):
        held_out = opened(given, "validation+test", model.image_shape)
        embeddings = model.embed(to_float(np.asarray(held_out.images)))
        return {"AUC": auc(*pair_distances(embeddings, held_out.columns["identity"]))}

    rows = {"pictures as they are": as_they_are, "and aged copies": lambda: with_aged(as_they_are(), given)}
    return {name: (pictures, test) for name, pictures in rows.items()}


def opened(given, split, shape):
    """Open pictures of real people."""
    return open_dataset("celeba_identity", split, image_shape=shape, data_dir=given.data_dir)


if __name__ == "__main__":
    sys.exit(guarded(main))
