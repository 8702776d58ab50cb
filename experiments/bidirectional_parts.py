"""What the features and the age loss do in the bidirectional network: trained with all losses, and without either.

usage: python -m experiments.bidirectional_parts --data_dir DIR [--steps 1250]

The preset `utkface_64` on faces of UTKFace, the same number of steps each. Runs that are there, RUNS/bidirectional/all
and so on, are taken as they are. Held-out faces are drawn in their own group, and in all ten, and judged by
age_estimator/judge_64, which no ageing model is trained with. `--also NAME` puts weights or another run above them.
Prints the table.
"""

import pathlib
import sys

import numpy as np
from absl import flags
from scipy import stats

from experiments import _trials
from experiments._kept import Kept, cell, interval, ratio
from keras_facegan import load_model, load_pretrained
from keras_facegan.cli import guarded
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.evaluation.measures.ageing import AGES
from keras_facegan.metrics.pictures import sharpness
from keras_facegan.metrics.signal_to_noise import psnr
from keras_facegan.seam import backend

# By run, what is changed in the preset.
PARTS = {
    "all": {},
    "without L_f": {"model.feature_weight": 0.0},
    "without L_a": {"model.age_weight": 0.0},
}
# Held-out faces that are judged.
FACES, SEED = 512, 5
# Measure: its name in the table, and digits.
MEASURES = {
    "spearman": ("judged age and group, Spearman", 3),
    "psnr": ("own age, PSNR, dB", 2),
    "sharpness": ("sharpness", 3),
}


def main(argv):
    """Train and measure what is missing, print the table."""

    def define(values):
        flags.DEFINE_list("also", [], "Weights or runs to measure as well.", flag_values=values)

    given = _trials.parse(__doc__, argv, steps=1250, define=define)
    backend.start()
    folder = pathlib.Path(given.runs) / "bidirectional"
    kept = Kept(folder / "results.json")
    rows = [(name, kept.get(name, lambda name=name: measured(load_model(name), given))) for name in given.also]
    for part, changes in PARTS.items():
        run = f"bidirectional/{part.replace(' ', '_')}"

        def trained(run=run, changes=changes):
            decay = {"train.optimizer.learning_rate.decay_steps": given.steps} if given.steps else {}
            _trials.train(run, "bidirectional_dcgan", "utkface_64", {**changes, **decay}, given)
            return measured(load_model(pathlib.Path(given.runs) / run), given)

        rows.append((part, kept.get(f"{part}, {given.steps} steps", trained)))
    _trials.table(
        [
            {"trained": name}
            | {"judged ages by group": ", ".join(f"{age:.1f}" for age in found["ages"])}
            | {title: cell(found[key], digits) for key, (title, digits) in MEASURES.items()}
            for name, found in rows
        ]
    )
    return 0


def measured(model, given):
    """Return the judged ages by group, and [value, low, high] of every measure."""
    examples = open_dataset("utkface", "validation+test", image_shape=model.image_shape, data_dir=given.data_dir)
    # Files are in the order of their ages.
    places = np.random.default_rng(SEED).permutation(len(examples.images))[:FACES]
    faces = to_float(np.asarray(examples.images)[places])
    return judged(model, faces, *(examples.columns[name][places] for name in ("age", "gender")), load_pretrained(AGES))


def judged(model, faces, ages, gender, judge):
    """Return what `measured` does.

    Args:
        model: A bidirectional model.
        faces: float (n, H, W, 3) in [-1, 1].
        ages: Their ages in years (n,).
        gender: Their genders (n,).
        judge: Age estimator.
    """
    rebuilt, groups = model.draw(faces, model.groups.of(ages), gender), range(len(model.groups))
    # Drawn in their own group as well, so that all of a path is compared alike.
    told = [judge.estimate_age(model.draw(faces, np.full(len(faces), group), gender)) for group in groups]
    told = np.stack(told, axis=1).astype("float64")
    sharp, real = (np.array([sharpness(each[None]) for each in images]) for images in (rebuilt, faces))
    return {
        "ages": told.mean(axis=0).tolist(),
        "spearman": interval(np.mean, np.array([stats.spearmanr(path, groups).statistic for path in told])),
        "psnr": interval(np.mean, psnr(rebuilt, faces)),
        "sharpness": interval(ratio, sharp, real),
    }


if __name__ == "__main__":
    sys.exit(guarded(main))
