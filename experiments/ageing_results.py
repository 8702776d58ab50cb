"""All ageing systems side by side: the same held-out faces of 18 to 30 years, asked for 35, 45 and 60 years.

usage: python -m experiments.ageing_results --data_dir DIR [--systems pfa_gan/utkface_64,RUN_DIR]

Judged by networks that no ageing model is trained with, beside real faces of about these ages, gender for gender and
race for race like the faces that are aged: the young and the old of a data set differ in more than age. A row of other
people of that age tells what real faces reach. Numbers are kept in RUNS/ageing/results.json: the same command goes on
where it was interrupted. Prints the table and saves OUT/ageing_systems.png: drawn people as they are, drawn again at 60
years, and made 60 years old by every system.
"""

import json
import pathlib
import sys

import numpy as np
from absl import flags

from experiments import _trials
from experiments.cross_age import ageing_weights
from keras_facegan.abilities import Ages
from keras_facegan.cli import guarded
from keras_facegan.data.drawing import draw, sample_parameters
from keras_facegan.data.images import image_grid, save_image, to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.evaluation.measures.ageing import open_judge
from keras_facegan.files import write_text
from keras_facegan.metrics.ageing import ageing_by_group
from keras_facegan.photos.ageing import age_found
from keras_facegan.photos.networks import load_network
from keras_facegan.photos.search import search_photos
from keras_facegan.seam import backend

YOUNGEST, OLDEST, YEARS = 18, 30, (35, 45, 60)
# Real faces to compare with are of these ages, give or take so many years; so many of them a face.
WITHIN, EACH = 3, 3
OTHERS = "other people"
# With fewer of a gender and race, others of the gender do.
FEWEST = 8
# Of aged to unaged faces, by the features of the judge of ages and by those of two other networks.
RATIOS = {"": "", ", people": "_people", ", attributes": "_attributes"}
# Drawn people on the picture, and the side of a face on it.
SHOWN, SIDE, SEED = 5, 160, 3


def main(argv):
    """Measure what is missing, print the table, save the picture."""

    def define(values):
        flags.DEFINE_list("systems", None, "Weights and runs; all of the zoo that make older.", flag_values=values)

    given = _trials.parse(__doc__, argv, steps=0, define=define)
    backend.start()
    networks = [load_network(name, Ages) for name in given.systems or ageing_weights()]
    networks = [network for network in networks if network.model.older]
    file = pathlib.Path(given.runs) / "ageing" / "results.json"
    results = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    judge = None
    for name, model in {OTHERS: None, **{network.name: network.model for network in networks}}.items():
        if name not in results:
            judge = judge or open_judge()[0]
            shape = model.image_shape if model else (64, 64, 3)
            kept, real = (
                open_dataset("utkface", split, image_shape=shape, data_dir=given.data_dir)
                for split in ("validation+test", "train")
            )
            results[name] = measured(model, kept, real, judge)
            file.parent.mkdir(parents=True, exist_ok=True)
            write_text(file, json.dumps(results, indent=1))
    names = [OTHERS, *(network.name for network in networks)]
    _trials.table([{"system": name} | row for name in names for row in results[name]])
    pictures = drawn_people(networks)
    save_image(pathlib.Path(given.out) / "ageing_systems.png", image_grid(pictures, 2 + len(networks)))
    return 0


def measured(model, held_out, real, judge):
    """Return one row of numbers per age that is asked for.

    Args:
        model: Model that ages faces; None for real faces of other people instead of aged ones.
        held_out: `Examples` of UTKFace, of which the young ones are aged.
        real: Other `Examples` of UTKFace, whose faces theirs are compared with.
        judge: `Judge`.
    """
    ages = held_out.columns["age"]
    young = np.flatnonzero((ages >= YOUNGEST) & (ages <= OLDEST))
    faces, kinds = to_float(held_out.images[young]), _kinds(held_out)[young]
    # Every second one to compare with, the rest for the other people.
    reference = [alike(kinds, real, years, slice(0, None, 2)) for years in YEARS]
    if model is None:
        aged = [alike(kinds, real, years, slice(1, None, 2), each=1) for years in YEARS]
    else:
        own = model.groups.of(ages[young])
        aged = [model.age(faces, to=years, source_group=own) for years in YEARS]
    path, centres = np.stack([faces, *aged], axis=1), np.array([ages[young].mean(), *YEARS])
    _, rows = ageing_by_group(
        path, [faces, *reference], lambda each: np.abs(each[:, None] - centres).argmin(axis=1), judge
    )
    return [
        {
            "asked for": years,
            "judged age": float(row["judged_age"]),
            "of real faces": float(row["real_age"]),
            "same person": float(row["same_person"]),
            **{
                f"Frechet ratio{title}": float(row[f"frechet{name}"] / row[f"frechet{name}_unaged"])
                for title, name in RATIOS.items()
            },
            "pixel change": float(row["pixel_change"]),
            "fine detail": float(row["fine_detail"]),
        }
        for years, row in zip(YEARS, rows[1:], strict=True)
    ]


def alike(kinds, examples, years, part, each=EACH):
    """Return real faces of about an age, `each` for every one of `kinds` and of the same kind, drawn with seed 0.

    Where a kind has fewer than `FEWEST` faces of that age, all of the gender may be drawn.

    Args:
        kinds: Gender and race of faces, as `_kinds` tells them (n,).
        examples: `Examples` of UTKFace.
        years: The age.
        part: Slice of the faces of that age that may be drawn.
        each: How many a face.
    """
    near, of_all, rng = np.abs(examples.columns["age"] - years) <= WITHIN, _kinds(examples), np.random.default_rng(0)
    chosen = []
    for kind, count in zip(*np.unique(kinds, return_counts=True), strict=True):
        places = np.flatnonzero(near & (of_all == kind))
        if len(places) < FEWEST:
            # Of old people of a rare race there is hardly one.
            places = np.flatnonzero(near & (np.char.partition(of_all, "_")[:, 0] == kind.partition("_")[0]))
        chosen += rng.choice(places[part], count * each).tolist()
    return to_float(examples.images[np.sort(chosen)])


def _kinds(examples):
    """Return gender and race of faces, as their names tell them: "[age]_[gender]_[race]_[date].jpg"."""
    return np.array(["_".join(pathlib.PurePath(key).name.split("_")[1:3]) for key in examples.keys])


def drawn_people(networks):
    """Return uint8 (people * (2 + systems), side, side, 3): as they are, at 60 years, and aged by every network."""
    pictures, place = [], 0
    while len(pictures) < SHOWN * (2 + len(networks)):
        face = sample_parameters(np.array([place]), SEED, identities=10**6, min_age=YOUNGEST, max_age=OLDEST)
        place += 1
        [picture] = draw(face, SIDE)
        [found] = search_photos(picture)
        if len(found.faces) == 1:
            aged = [age_found(found, network, None, YEARS[-1], float(face.age[0])) for network in networks]
            pictures += [picture, *draw(face.at_age(YEARS[-1]), SIDE), *(photo.pictures[0] for photo in aged)]
    return np.stack(pictures)


if __name__ == "__main__":
    sys.exit(guarded(main))
