"""Attributes of faces: recognised, kept when a face is rebuilt, changed, and drawn as they are asked for.

usage: python -m experiments.attribute_results --data_dir DIR [--parts recognition,transformation]
       python -m experiments.attribute_results --dataset drawn_faces

Figures 4 to 7 and 9 of the paper of `iterative_gan`, on held-out faces. `--recogniser` and `--model` name the two
networks that are looked at, weights of the zoo or runs; all others are trained here, `--steps` each, and resumed where
they were stopped. Of drawn faces the true attributes are known.
"""

import pathlib
import sys

import keras
import numpy as np
from absl import flags
from scipy.stats import bootstrap
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from experiments import _trials
from keras_facegan import evaluate, load_model
from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.cli import guarded
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.errors import UserError
from keras_facegan.loading import load_networks
from keras_facegan.metrics import verification
from keras_facegan.metrics.attributes import hamming_loss, macro_f1
from keras_facegan.metrics.pictures import sharpness
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.conditions import CORRELATED
from keras_facegan.photos.alignment import FRAMINGS

# Recogniser, model, its preset, and DCGAN's preset, by data set.
NAMES = {
    "celeba": ("attribute_cnn/celeba_64", "iterative_gan/celeba_64", "celeba_64", "celeba_64_narrow"),
    "drawn_faces": ("attribute_cnn/drawn_faces_64", "iterative_gan/drawn_faces_64", "default", "default"),
}
# Who tells whether two faces are of one person: no model was trained with it.
IDENTITY = "facenet/judge_64"
ABLATION = {
    "pixel": {"perceptual_weight": 0.0, "latent_weight": 0.0},
    "z": {"perceptual_weight": 0.0, "pixel_weight": 0.0},
    "z + pixel": {"perceptual_weight": 0.0},
    "integrated": {},
}
CHANGES = (("Male",), ("Eyeglasses",), ("Bangs",), ("Bald",), ("Male", "Eyeglasses", "Bangs"))
# Values that an interval is taken of, at most.
MOST = 20_000
# Side of the pooled maps that the support vector machines see.
POOLED = 2


def _flags(values):
    own = {"flag_values": values}
    flags.DEFINE_enum("dataset", "celeba", list(NAMES), "Faces to look at.", **own)
    flags.DEFINE_string("recogniser", None, "Network that recognises attributes, and judges; the zoo's.", **own)
    flags.DEFINE_string("model", None, "Iterative GAN; the zoo's.", **own)
    flags.DEFINE_list("parts", list(PARTS), "Tables to print, joined by commas.", **own)
    flags.DEFINE_integer("faces", 800, "Held-out faces to rebuild and to change, and faces to draw.", 2, **own)
    flags.DEFINE_integer("size", 20_000, "Drawn faces to train on; the held-out ones are a fifth of it.", 10, **own)
    flags.DEFINE_string("preset", None, "Preset of the models that are trained here.", **own)


def main(argv):
    """Print one table per part."""
    given = _trials.parse(__doc__, argv, steps=1750, define=_flags)
    for part in given.parts:
        if part not in PARTS:
            raise UserError(f"`{part}` is not a part. Available: {', '.join(PARTS)}.")
    recogniser, model, preset, _ = NAMES[given.dataset]
    given.recogniser, given.model = given.recogniser or recogniser, given.model or model
    given.preset = given.preset or preset
    for part in given.parts:
        print(f"\n## {part.capitalize()}\n")
        _trials.table(PARTS[part](given))
    return 0


# Recognition, figure 4.


def recognition(given):
    """Return Hamming loss and macro F1 of four ways to tell attributes."""
    learned = faces(given, "train", 64).columns["attributes"]
    truth = held_out(given, 64).columns["attributes"]
    majority = np.broadcast_to(learned.mean(axis=0), truth.shape)
    told = {"majority": majority, "DCGAN + SVM": support_vectors(given)}
    for name in (given.recogniser, given.model):
        model = load_model(name)
        # What a model does not tell is told as most faces have it.
        told[name] = majority.copy()
        told[name][:, places(model.attributes)] = model.recognise(pictures(held_out(given, model.image_shape[0])))
    return [
        {"network": name, "Hamming loss": hamming_loss(each, truth), "macro F1": macro_f1(each, truth)}
        for name, each in told.items()
    ]


def support_vectors(given):
    """Return what linear machines tell from the maps of a DCGAN's discriminator that saw no label, 0 or 1."""
    model = load_networks(train(given, "dcgan", "dcgan", NAMES[given.dataset][3], {}))
    maps = [each.output for each in model.discriminator.layers if isinstance(each, keras.layers.LeakyReLU)]
    pooled = [
        keras.layers.Flatten(dtype="float32")(keras.layers.MaxPooling2D(each.shape[1] // POOLED)(each)) for each in maps
    ]
    network = keras.Model(model.discriminator.input, keras.layers.Concatenate(dtype="float32")(pooled))

    def features(examples):
        return in_chunks(lambda x: network({"image": x}, training=False), pictures(examples))

    side = model.image_shape[0]
    training = faces(given, "train", side)
    seen, asked = features(training), features(held_out(given, side))
    scaler, told = StandardScaler().fit(seen), []
    for labels in training.columns["attributes"].T:
        if labels.min() == labels.max():
            told.append(np.full(len(asked), labels[0]))
            continue
        machine = LinearSVC(C=1e-4, dual=False).fit(scaler.transform(seen), labels)
        told.append(machine.predict(scaler.transform(asked)))
    return np.stack(told, axis=1)


# Reconstruction, figure 5.


def reconstruction(given):
    """Return how near to a face what is rebuilt of it comes, under four losses."""
    rows, embed = [], identity_judge(given)
    for losses, weights in ABLATION.items():
        changes = {f"model.{key}": value for key, value in weights.items()}
        model = load_model(train(given, losses.replace(" + ", "-"), "iterative_gan", given.preset, changes))
        images = pictures(held_out(given, model.image_shape[0]))[: given.faces]
        rebuilt = model.rebuild(images)
        rows.append(
            {
                "losses": losses,
                "identity distance": interval(apart(embed, images, rebuilt)),
                "pixel error": interval(np.abs(images - rebuilt).mean(axis=(1, 2, 3))),
                "sharpness of real": sharpness(rebuilt) / sharpness(images),
                "faces": len(images),
            }
        )
    return rows


# Transformation, figures 6 and 7.


def transformation(given):
    """Return whether changes are seen by the recogniser, what else they change, and whether the person stays."""
    model, recogniser, embed = load_model(given.model), load_model(given.recogniser), identity_judge(given)
    held = held_out(given, model.image_shape[0])
    images = pictures(held)[: given.faces]
    correlation = correlations(faces(given, "train", 64).columns["attributes"])
    before, rebuilt = model.recognise(images) > 0.5, model.rebuild(images)
    seen_before = recogniser.recognise(rebuilt) > 0.5
    # What to compare with: another photo of the same person, and the face that is only rebuilt.
    genuine, _ = verification.pair_distances(embed(pictures(held)), held.columns["identity"])
    columns = ("change", "seen", "put on", "taken off", "others changed", "others", "identity distance")
    rows = [
        {**dict.fromkeys(columns, ""), "change": name, "identity distance": interval(distances)}
        for name, distances in (("another photo", genuine), ("rebuilt", apart(embed, images, rebuilt)))
    ]
    for names in CHANGES:
        if not set(names) <= set(model.attributes):
            continue
        own = [model.attributes.index(name) for name in names]
        changed = turned_over(model, images, before[:, own], names)
        seen = recogniser.recognise(changed) > 0.5
        asked = [recogniser.attributes.index(name) for name in names]
        wanted = ~before[:, own]
        # Attributes that go with a changed one are not counted among the others.
        kept = correlation[places(names)][:, places(recogniser.attributes)].max(axis=0) <= CORRELATED
        others = np.setdiff1d(np.flatnonzero(kept), asked)
        rows.append(
            {
                "change": ", ".join(names),
                "seen": float((seen[:, asked] == wanted).mean()),
                "put on": share(seen[:, asked][wanted]),
                "taken off": share(~seen[:, asked][~wanted]),
                "others changed": float((seen[:, others] != seen_before[:, others]).mean()),
                "others": len(others),
                "identity distance": interval(apart(embed, images, changed)),
            }
        )
    return rows


def turned_over(model, images, before, names):
    """Return faces with attributes turned over: each face loses those that it has, and gets those that it lacks."""
    changed = np.empty_like(images)
    for had in np.unique(before, axis=0):
        chosen = (before == had).all(axis=1)
        changes = {name: int(not has) for name, has in zip(names, had, strict=True)}
        changed[chosen] = model.transform(images[chosen], changes)
    return changed


# Generation, figure 9.


def generation(given):
    """Return what CGAN, ACGAN and the iterative GAN draw: how real, how obedient, and the same person or not."""
    model = load_model(given.model)
    # What is always or never there cannot be asked for.
    labels, rows = faces(given, "train", 64).columns["attributes"], []
    names = [name for name in model.attributes if np.ptp(labels[:, CELEBA_ATTRIBUTES.index(name)]) > 0]
    changes = {
        "model.image_shape": list(model.image_shape), "model.filters": model.config["filters"],
        "model.condition": "attributes", "model.attributes": names,
        # As the iterative GAN is trained.
        "train.batch_size": 64, "train.mixed_precision": "bfloat16",
    }  # fmt: skip
    preset = "celeba_64" if given.dataset == "celeba" else "default"
    sources = {name: train(given, name, name, preset, changes) for name in ("cgan", "acgan")}
    recogniser, embed = load_model(given.recogniser), identity_judge(given)
    for name, source in {**sources, "iterative_gan": given.model}.items():
        report = evaluate(source, data_dir=given.data_dir, metrics=["fid"], report=lambda line: None)
        drawn = load_model(source)
        known = drawn.conditions[0].names
        own, asked_of = ([each.index(name) for name in names] for each in (recogniser.attributes, known))
        inputs = drawn.sample_inputs(given.faces, seed=0)
        images, asked = drawn.decode(**inputs), inputs["attributes"]
        agreement = ((recogniser.recognise(images)[:, own] > 0.5) == (asked[:, asked_of] > 0.5)).mean(axis=1)
        # Every face once more with its first attribute of `CHANGES` turned over, on the same code.
        first = next(each for (each, *_) in CHANGES if each in names)
        turned, place = asked.copy(), known.index(first)
        turned[:, place] = 1.0 - turned[:, place]
        other = drawn.decode(inputs["latents"], attributes=turned)
        rows.append(
            {
                "model": name,
                "FID": report["fid"].value,
                "agreement with what was asked": interval(agreement),
                f"identity distance, {first} turned over": interval(apart(embed, images, other)),
                "faces": len(images),
            }
        )
    return rows


PARTS = {each.__name__: each for each in (recognition, reconstruction, transformation, generation)}


# What the parts share.


def faces(given, split, side):
    """Open the faces of a split at a size."""
    return open_dataset(given.dataset, split, image_shape=(side, side, 3), data_dir=given.data_dir, **options(given))


def options(given):
    """Return the options of the data set."""
    return {"size": given.size} if given.dataset == "drawn_faces" else {}


def train(given, name, model, preset, changes):
    """Train a model on the faces, or go on with it, and return the directory of its run."""
    data = {"dataset": given.dataset, "split": "train", **options(given)}
    name = f"attributes/{given.dataset}-{name}"
    _trials.train(name, model, preset, {**changes, **{f"data.{key}": each for key, each in data.items()}}, given)
    return pathlib.Path(given.runs) / name


def held_out(given, side):
    """Open the faces that no model was trained on."""
    return faces(given, "validation+test", side)


def pictures(examples):
    """Return all pictures of `Examples` as floats in [-1, 1]."""
    return to_float(examples.images[:])


def places(names):
    """Return where attributes stand among CelebA's forty."""
    return [CELEBA_ATTRIBUTES.index(name) for name in names]


def identity_judge(given):
    """Return a function from faces (n, side, side, 3) to embeddings (n, D), by a network that sees them closer up."""
    judge, own, its = load_model(IDENTITY), FRAMINGS[given.dataset], FRAMINGS["celeba_identity"]
    # Side and upper edge of what it sees, as shares of the side.
    wide, top = own.size / its.size, own.eyes - its.eyes * own.size / its.size

    def embed(images):
        side = images.shape[1]
        length, row = round(wide * side), round(top * side)
        column = (side - length) // 2
        close_up = images[:, row : row + length, column : column + length]
        return judge.embed(keras.ops.image.resize(close_up, judge.image_shape[:2]))

    return embed


def apart(embed, a, b):
    """Return the squared distance (n,) that an identity network sees between faces, from 0 to 4."""
    return np.square(embed(a) - embed(b)).sum(axis=1)


def correlations(labels):
    """Return the absolute correlation of every pair of attributes, 0 where one is constant."""
    with np.errstate(invalid="ignore"):
        return np.abs(np.nan_to_num(np.corrcoef(labels.T)))


def share(values):
    """Return the share of true values, or what says that there are no values."""
    return float(values.mean()) if values.size else "no face"


def interval(values):
    """Return a mean and its 95 % interval by bootstrap, as a string."""
    # Of many pairs as many as give three digits: the bootstrap draws a thousand times.
    values = np.random.default_rng(0).permutation(values)[:MOST]
    low, high = bootstrap((values,), np.mean, n_resamples=1000, rng=0, method="percentile").confidence_interval
    return f"{values.mean():.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    sys.exit(guarded(main))
