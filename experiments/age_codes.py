"""How near Age-cGAN comes to a face by each way to find its code: the encoder alone, or a search that begins there.

usage: python -m experiments.age_codes --data_dir DIR [--model age_cgan/utkface_64] [--faces 256]

Held-out faces of UTKFace are drawn again in their own age groups. "Same person" is told by facenet/judge_64, which no
search has seen, at the threshold that calls 1 % of pairs of two people the same; "identity distance" is that of the
network that the search asks. Numbers are kept in RUNS/age_codes/results.json: the same command goes on where it was
interrupted. Prints a table, and saves OUT/age_codes.png: drawn people, and the same drawn again by every way.
"""

import pathlib
import sys
from typing import get_args

import numpy as np
from absl import flags

from experiments import _trials
from experiments._kept import Kept, cell, interval, ratio
from keras_facegan import load_model, load_pretrained
from keras_facegan.cli import guarded
from keras_facegan.data.images import image_grid, save_image, to_float, to_uint8
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.evaluation.measures.ageing import FAR, PEOPLE
from keras_facegan.loading import load_helper
from keras_facegan.metrics.pictures import sharpness
from keras_facegan.models.age_cgan import Mode
from keras_facegan.seam import backend

# Drawn people on the picture.
SHOWN, SEED = 8, 5
# Measure: its name in the table, and digits.
MEASURES = {
    "same": ("same person", 3),
    "identity": ("identity distance", 3),
    "left": ("of that of the encoder alone", 3),
    "mse": ("MSE", 4),
    "sharpness": ("sharpness", 2),
}


def main(argv):
    """Measure what is missing, print the table, save the picture."""

    def define(values):
        flags.DEFINE_string("model", "age_cgan/utkface_64", "Weights or a run of an age_cgan.", flag_values=values)
        flags.DEFINE_integer("faces", 256, "Held-out faces.", lower_bound=2, flag_values=values)

    given = _trials.parse(__doc__, argv, steps=0, define=define)
    backend.start()
    model = load_model(given.model)
    examples = open_dataset(
        "utkface", "validation+test", image_shape=model.image_shape, data_dir=given.data_dir, min_age=18
    )
    # Files are in the order of their ages.
    places = np.random.default_rng(SEED).permutation(len(examples.images))[: given.faces]
    faces, ages = to_float(np.asarray(examples.images)[places]), examples.columns["age"][places]
    kept = Kept(pathlib.Path(given.runs) / "age_codes" / "results.json")
    judge, asked = load_pretrained(PEOPLE), load_helper(model.config["face_network"], "facenet")

    def found(mode):
        """Return, for every face, the numbers that the table is made of."""
        return of_each(faces, model.reconstruct(faces, model.groups.of(ages), mode), judge, asked)

    rows, initial = [], found("initial")
    for mode in get_args(Mode):
        title = f"{given.model}, {mode}, {given.faces} faces"
        numbers = kept.get(title, lambda mode=mode: summary(found(mode), initial))
        rows.append({"code": mode} | {title: cell(numbers[name], digits) for name, (title, digits) in MEASURES.items()})
    _trials.table(rows)
    save_image(pathlib.Path(given.out) / "age_codes.png", people(model))
    return 0


def of_each(faces, drawn, judge, asked):
    """Return arrays (n,): whether a drawn face is the same person, its distances, and both sharpnesses.

    Args:
        faces: float (n, H, W, 3) in [-1, 1].
        drawn: The same faces, drawn again.
        judge: A `facenet` that tells people, and its threshold.
        asked: The `facenet` of the search.
    """
    threshold, _ = judge.calibration.threshold(FAR)
    return {
        "same": (np.square(judge.embed(faces) - judge.embed(drawn)).sum(axis=1) < threshold).astype("float64"),
        "identity": np.linalg.norm(asked.embed(faces) - asked.embed(drawn), axis=1).astype("float64"),
        "mse": np.square(faces - drawn).mean(axis=(1, 2, 3), dtype="float64"),
        "sharp": np.array([sharpness(each[None]) for each in drawn]),
        "sharp_real": np.array([sharpness(each[None]) for each in faces]),
    }


def summary(found, initial):
    """Return [value, low, high] of every measure.

    Args:
        found: Dict of arrays (n,), as `of_each` gives it.
        initial: The same for the codes of the encoder alone.
    """
    return {
        **{name: interval(np.mean, found[name]) for name in ("same", "identity", "mse")},
        "left": interval(ratio, found["identity"], initial["identity"]),
        "sharpness": interval(ratio, found["sharp"], found["sharp_real"]),
    }


def people(model):
    """Return the picture: drawn people in the first row, and one row of the same drawn again for every mode."""
    examples = open_dataset("drawn_faces", "test", image_shape=model.image_shape, min_age=18, max_age=75, size=2000)
    faces, ages = to_float(np.asarray(examples.images)[:SHOWN]), examples.columns["age"][:SHOWN]
    again = [model.reconstruct(faces, model.groups.of(ages), mode) for mode in get_args(Mode)]
    rows = np.concatenate([faces, *again])
    return image_grid(to_uint8(rows).repeat(2, 1).repeat(2, 2), SHOWN)


if __name__ == "__main__":
    sys.exit(guarded(main))
