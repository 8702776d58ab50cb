"""CycleGAN, StarGAN and the iterative GAN: attributes of faces that none of them has seen, set and taken away.

usage: python -m experiments.translation_results [--data_dir DIR] [--steps N]

The comparison of Ma et al. 2019, section 5.3.4, on drawn faces and, where --data_dir holds it, on CelebA. One CycleGAN
is trained for each of bangs, glasses and bald heads, on CelebA for 2,000 steps; of the other models the committed
weights are taken where there are some, else a run of the same preset is trained. --steps changes all runs that are
trained. The judge of attributes is `attribute_cnn`, that of identity `facenet/judge_64`; neither was trained
with a generator. Distances to real faces are Frechet distances of the features that the set declares. Brackets and
`+-` are intervals of 95 %, by bootstrap over faces.
"""

import dataclasses
import pathlib
import sys

import numpy as np
from scipy import stats

import keras_facegan
from experiments import _trials
from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.cli import guarded
from keras_facegan.data import image_grid, save_image
from keras_facegan.data.images import to_float
from keras_facegan.data.options import declared_extractor
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.metrics import frechet_distance, resized

ATTRIBUTES, HAIR = ("Bangs", "Eyeglasses", "Bald"), ("Black_Hair", "Blond_Hair", "Brown_Hair")
CHANGES = [*((name, 1) for name in (*ATTRIBUTES, *HAIR)), *((name, 0) for name in ATTRIBUTES)]
PRESETS = {"drawn_faces": "default", "celeba": "celeba_64"}
WEIGHTS = {"drawn_faces": "drawn_faces_64", "celeba": "celeba_64"}
# Three CycleGANs of CelebA are trained, so each has a third of the preset's steps.
SHORTER = {
    "train.steps": 2000,
    "train.optimizer.learning_rate.constant_steps": 1000,
    "train.optimizer.learning_rate.decay_steps": 1000,
}
CYCLEGAN = {"drawn_faces": {}, "celeba": SHORTER}
OPTIONS = {"drawn_faces": {"size": 8000}, "celeba": {}}
IDENTITY, SIDE = "facenet/judge_64", 64
# Faces that a change is made to at most, real ones that they are compared with, and faces of the figure.
MOST, REAL, SHOWN = 500, 2000, 6
RESAMPLES = 100


@dataclasses.dataclass(frozen=True)
class Bench:
    """What the models of one data set are measured with.

    Attributes:
        judge: Model that recognises attributes.
        identity: Model that embeds faces.
        features: Callable from pictures to features (n, d).
        faces: float32 (n, 64, 64, 3), held out.
        labels: bool (n, 40), their attributes.
        real_features: float32 (m, d) of all faces of the set.
        real_seen: bool (m, attributes of the judge), what it sees of them.
        real_labels: bool (m, 40).
    """

    judge: object
    identity: object
    features: object
    faces: np.ndarray
    labels: np.ndarray
    real_features: np.ndarray
    real_seen: np.ndarray
    real_labels: np.ndarray

    def chosen(self, name, value):
        """Return the held-out faces that a change is made to: those that lack the attribute, or have it."""
        has = self.labels[:, CELEBA_ATTRIBUTES.index(name)]
        return self.faces[has != bool(value)][:MOST]

    def wanted(self, name, value):
        """Return the places of real faces that are as the changed ones are to be."""
        has = self.real_labels[:, CELEBA_ATTRIBUTES.index(name)]
        return np.flatnonzero(has == bool(value))[:REAL]


class CycleGANs:
    """A CycleGAN per attribute, as one model that changes attributes: domain A are the faces that have it."""

    def __init__(self, models):
        self.models, self.attributes = models, tuple(models)

    def transform(self, images, changes):
        """Return faces with one attribute changed."""
        ((name, value),) = changes.items()
        return self.models[name].translate(images, to="A" if value else "B")


def main(argv):
    """Train what is missing, print a table per data set, save a figure of drawn faces."""
    given = _trials.parse(__doc__, argv, steps=0)
    for dataset in PRESETS if given.data_dir else ("drawn_faces",):
        bench, models = open_bench(dataset, given), contestants(dataset, given)
        print(f"\n## {dataset}\n")
        _trials.table([row for change in CHANGES for row in rows_of(bench, models, *change)])
        if dataset == "drawn_faces":
            # Pictures of CelebA are not handed on.
            figure(pathlib.Path(given.out) / "translation.png", bench, models)
    return 0


def open_bench(dataset, given):
    """Return the `Bench` of a data set."""
    options = {"image_shape": (SIDE, SIDE, 3), "data_dir": given.data_dir, **OPTIONS[dataset]}
    held_out = open_dataset(dataset, "validation+test", **options)
    every = open_dataset(dataset, "all", **options)
    extractor = keras_facegan.load_pretrained(declared_extractor(dataset))
    judge = trained("attribute_cnn", dataset, given)

    def features(images):
        return extractor.embed(resized(images, extractor.image_shape))

    return Bench(
        judge,
        keras_facegan.load_pretrained(IDENTITY),
        features,
        to_float(held_out.images[:]),
        held_out.columns["attributes"] > 0.5,
        features(every.images),
        judge.recognise(to_float(every.images[:])) > 0.5,
        every.columns["attributes"] > 0.5,
    )


def contestants(dataset, given):
    """Return the models by name."""
    cyclegans = {
        name: run_of("cyclegan", dataset, given, f"-{name}", {"data.domains": name, **CYCLEGAN[dataset]})
        for name in ATTRIBUTES
    }
    others = {name: trained(name, dataset, given) for name in ("stargan", "iterative_gan")}
    return {"cyclegan": CycleGANs(cyclegans), **others}


def trained(model, dataset, given):
    """Return the committed weights of a model for a data set, or else a run of the same preset."""
    weights = f"{model}/{WEIGHTS[dataset]}"
    if weights in keras_facegan.list_models(pretrained=True):
        return keras_facegan.load_pretrained(weights)
    return run_of(model, dataset, given)


def run_of(model, dataset, given, suffix="", changes=None):
    """Return the model of a run of a data set's preset, trained here unless it is there."""
    name = f"translation_results/{dataset}/{model}{suffix}"
    _trials.train(name, model, PRESETS[dataset], changes or {}, given)
    return keras_facegan.load_model(pathlib.Path(given.runs) / name)


def rows_of(bench, models, name, value):
    """Return the rows of a change: of the faces as they are, of real ones with what is wanted, and of each model."""
    faces, places = bench.chosen(name, value), bench.wanted(name, value)
    place = bench.judge.attributes.index(name)
    change = f"{'+' if value else '-'} {name}"
    real, seen = bench.real_features[places], bench.real_seen[places, place]
    first = {"change": change, "faces": len(faces)}
    rows = [
        {**first, "model": "faces as they are", **measures(bench, faces, faces, real, name, value)},
        {
            "change": change,
            "faces": len(places),
            "model": "real faces",
            "seen by the judge": mean_of(seen == bool(value)),
            "identity distance": "",
            "other attributes changed": "",
            "Frechet distance": "",
        },
    ]
    for model, changer in models.items():
        if name in changer.attributes:
            changed = changer.transform(faces, {name: value})
            rows.append({**first, "model": model, **measures(bench, faces, changed, real, name, value)})
    return rows


def measures(bench, faces, changed, real, name, value):
    """Return what the judges say of changed faces (n, H, W, C), beside features (m, d) of real ones."""
    before, after = (bench.judge.recognise(images) > 0.5 for images in (faces, changed))
    place = bench.judge.attributes.index(name)
    # What the change brings with it is not held against a model: hair that is blond is no longer black.
    implied = {name} | (
        {"Bald", "Bangs", "Gray_Hair", "Receding_Hairline", *HAIR} if name in ("Bald", *HAIR) else set()
    )
    others = [index for index, other in enumerate(bench.judge.attributes) if other not in implied]
    distances = np.square(bench.identity.embed(faces) - bench.identity.embed(changed)).sum(axis=1)
    return {
        "seen by the judge": mean_of(after[:, place] == bool(value)),
        "identity distance": mean_of(distances),
        "other attributes changed": mean_of((before != after)[:, others].mean(axis=1)),
        "Frechet distance": distance_of(real, bench.features(changed)),
    }


def mean_of(values):
    """Return a mean with its interval of 95 %."""
    values = np.asarray(values, "float64")
    if len(values) < 2 or values.min() == values.max():
        return f"{values.mean():.3f}"
    interval = stats.bootstrap((values,), np.mean, method="percentile", rng=0).confidence_interval
    return f"{values.mean():.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def distance_of(real, fake):
    """Return a Frechet distance with its interval of 95 %; too few faces have none."""
    if min(len(real), len(fake)) <= real.shape[1]:
        return "too few faces"
    rng = np.random.default_rng(0)
    resampled = [frechet_distance(real, fake[rng.integers(0, len(fake), len(fake))]) for _ in range(RESAMPLES)]
    return f"{frechet_distance(real, fake):.3f} +- {1.96 * np.std(resampled):.3f}"


def figure(path, bench, models):
    """Save faces as they are, and below what each model makes of them for each attribute that all of them know."""
    lacking = ~bench.labels[:, [CELEBA_ATTRIBUTES.index(name) for name in ATTRIBUTES]].any(axis=1)
    faces = bench.faces[lacking][:SHOWN]
    rows, names = [faces], ["faces"]
    for name in ATTRIBUTES:
        for model, changer in models.items():
            rows.append(changer.transform(faces, {name: 1}))
            names.append(f"+ {name}, {model}")
    path.parent.mkdir(parents=True, exist_ok=True)
    save_image(path, image_grid(np.concatenate(rows), len(faces), row_names=names))


if __name__ == "__main__":
    sys.exit(guarded(main))
