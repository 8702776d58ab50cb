"""VAE against VAE/GAN: rebuilt held-out pictures, drawn ones, and attributes that are added to codes.

usage: python -m experiments.vaegan_results --data_dir DIR [--steps N]

Presets celeba_64_narrow on faces, 7,000 steps, and cats_64 on cats, 2,500 steps, or N steps of either: both models have
the same encoder and decoder and see every picture equally often. Runs that are there, RUNS/vaegan/celeba-vae and so on,
are taken as they are; the others are trained. Features are those of the network that the data set declares, and those
that VAE/GAN was trained to match, of its own discriminator. Attributes are judged by attribute_cnn/celeba_64. Numbers
are kept in RUNS/vaegan/results.json: the same command goes on where it was interrupted. Writes the page OUT/vaegan.md.
"""

import pathlib
import sys

import numpy as np

from experiments import _trials
from experiments._kept import Kept, cell, interval, ratio
from keras_facegan import load_model
from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.cli import guarded
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.evaluation.extractors import fitting_extractor, open_extractors
from keras_facegan.files import write_text
from keras_facegan.latent.arithmetic import add_attribute, attribute_vector
from keras_facegan.loading import load_networks
from keras_facegan.metrics.frechet import frechet_distance
from keras_facegan.metrics.pictures import sharpness
from keras_facegan.metrics.signal_to_noise import psnr
from keras_facegan.networks.chunks import in_chunks

PRESETS, SIDE = {"celeba": "celeba_64_narrow", "cats": "cats_64"}, 64
# Of every run of a set, where `--steps` does not say it.
STEPS = {"celeba": 7000, "cats": 2500}
# Share of the steps of VAE/GAN in which the weight of its features grows, as in its preset for faces.
RAMP = 5 / 7
MODELS, FACES, JUDGE = ("vae", "vaegan"), "celeba", "attribute_cnn/celeba_64"
ATTRIBUTES = ("Eyeglasses", "Smiling", "Male", "Bangs", "Blond_Hair", "Mustache")
# Pictures of either kind for a Frechet distance, and resamples of the drawn ones for its interval.
DRAWN, RESAMPLES = 2000, 100
# Faces that an attribute is added to, at most.
CHANGED = 500
# Measure: its name in the table, and digits.
MEASURES = {
    "psnr": ("PSNR, dB", 2),
    "features": ("error of features", 3),
    "matched": ("error of the discriminator's features", 3),
    "sharpness": ("sharpness, rebuilt", 2),
    "drawn_sharpness": ("sharpness, drawn", 2),
    "frechet": ("Frechet distance, drawn", 3),
}
# What is expected of the second model: the measure, the sign of what is better, and the claim in words.
AIMS = (
    ("sharpness", 1, "rebuilt pictures of VAE/GAN are sharper"),
    ("features", -1, "rebuilt pictures of VAE/GAN are nearer in features"),
    ("matched", -1, "rebuilt pictures of VAE/GAN are nearer in its discriminator's features"),
    ("psnr", -1, "PSNR of VAE/GAN is lower, the price"),
    ("frechet", -1, "drawn pictures of VAE/GAN are nearer to real ones"),
)


def main(argv):
    """Measure what is missing, write the page."""
    given = _trials.parse(__doc__, argv, steps=0)
    kept = Kept(pathlib.Path(given.runs) / "vaegan" / "results.json")
    # Runs of other lengths are other results.
    suffix = f", {given.steps} steps" if given.steps else ""
    rows, flips = {}, {}
    for dataset in PRESETS:
        for name in MODELS:
            title = f"{dataset}, {name}{suffix}"
            rows[dataset, name] = kept.get(title, lambda each=(dataset, name): measured(*each, given))
        title = f"{dataset}, features of the discriminator{suffix}"
        matched = kept.get(title, lambda dataset=dataset: matched_features(dataset, given))
        for name in MODELS:
            rows[dataset, name] = {**rows[dataset, name], "matched": matched[name]}
    for name in MODELS:
        title = f"attributes, {name}{suffix}"
        flips[name] = kept.get(title, lambda name=name: attributes_added(trained(FACES, name, given), given))
    path = pathlib.Path(given.out) / "vaegan.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, page(rows, flips, given.steps))
    print(path)
    return 0


def run_name(dataset, name):
    """Return where the run of a model of a set lies."""
    return f"vaegan/{dataset}-{name}"


def trained(dataset, name, given):
    """Return a model of a set, trained unless its run is there."""
    run, steps = run_name(dataset, name), given.steps or STEPS[dataset]
    changes = {"train.steps": steps}
    if name == "vaegan":
        changes["model.likelihood_ramp"] = int(RAMP * steps)
    _trials.train(run, name, PRESETS[dataset], changes, given)
    return load_model(pathlib.Path(given.runs) / run)


def pictures(dataset, split, given):
    """Open a split of a set."""
    return open_dataset(dataset, split, image_shape=(SIDE, SIDE, 3), data_dir=given.data_dir)


def measured(dataset, name, given):
    """Return [value, low, high] of every measure of a model, and the numbers of pictures."""
    model = trained(dataset, name, given)
    features = open_extractors(fitting_extractor(dataset, "PRESETS")).features
    truth = to_float(np.asarray(pictures(dataset, "validation+test", given).images))
    learnt = to_float(np.asarray(pictures(dataset, "train", given).images[:DRAWN]))
    rebuilt, drawn = model.rebuild(truth), model.generate(len(learnt), seed=0)
    return {
        "psnr": interval(np.mean, psnr(rebuilt, truth)),
        "features": error(features(rebuilt), features(truth)),
        "sharpness": interval(ratio, sharpness_of_each(rebuilt), sharpness_of_each(truth)),
        "drawn_sharpness": interval(ratio, sharpness_of_each(drawn), sharpness_of_each(learnt)),
        "frechet": distance(features(learnt), features(drawn)),
        "pictures": [len(truth), len(learnt)],
    }


def matched_features(dataset, given):
    """Return [value, low, high] of the error of either model in the features of VAE/GAN's discriminator."""
    models = {name: trained(dataset, name, given) for name in MODELS}
    discriminator = load_networks(pathlib.Path(given.runs) / run_name(dataset, "vaegan")).discriminator
    truth = to_float(np.asarray(pictures(dataset, "validation+test", given).images))

    def features(images):
        seen = in_chunks(lambda x: discriminator({"image": x}, training=False)["features"], images)
        return seen.reshape(len(seen), -1)

    return {name: error(features(model.rebuild(truth)), features(truth)) for name, model in models.items()}


def error(rebuilt, truth):
    """Return the squared distance of features, as a share of that of two different pictures, and its interval."""
    apart = np.square(truth - np.roll(truth, 1, axis=0)).sum(axis=1, dtype="float64")
    return interval(ratio, np.square(rebuilt - truth).sum(axis=1, dtype="float64"), apart)


def sharpness_of_each(images):
    """Return the sharpness (n,) of pictures."""
    return np.array([sharpness(each[None]) for each in images])


def distance(real, drawn):
    """Return the Frechet distance of features, and an interval of two deviations over resamples of the drawn ones."""
    value, rng = frechet_distance(real, drawn), np.random.default_rng(0)
    resampled = [frechet_distance(real, drawn[rng.integers(0, len(drawn), len(drawn))]) for _ in range(RESAMPLES)]
    reach = 1.96 * np.std(resampled)
    return [float(value), float(value - reach), float(value + reach)]


def attributes_added(model, given):
    """Return, by attribute, the share of faces without it that the judge sees it on, before and after it is added.

    The vector of an attribute is the mean code of the training faces that have it, less that of those that lack it.
    """
    judge = load_model(JUDGE)
    learnt, held_out = pictures(FACES, "train", given), pictures(FACES, "validation+test", given)
    codes, faces = model.encode(to_float(np.asarray(learnt.images))), to_float(np.asarray(held_out.images))
    rows = {}
    for name in ATTRIBUTES:
        place, seen_at = CELEBA_ATTRIBUTES.index(name), judge.attributes.index(name)
        vector = attribute_vector(codes, learnt.columns["attributes"][:, place] > 0.5)
        lacking = faces[held_out.columns["attributes"][:, place] < 0.5][:CHANGED]
        own = model.encode(lacking)
        before, after = (
            judge.recognise(model.decode(each))[:, seen_at] > 0.5 for each in (own, add_attribute(own, vector))
        )
        rows[name] = {
            "faces": len(lacking),
            "rebuilt": interval(np.mean, before.astype("float64")),
            "added": interval(np.mean, after.astype("float64")),
            # Of the faces that the judge does not see it on when they are only rebuilt.
            "flipped": interval(np.mean, after[~before].astype("float64")),
        }
    return rows


def page(rows, flips, steps=0):
    """Return the page of results as Markdown.

    Args:
        rows: Dict from (set, model) to its numbers.
        flips: Dict from a model to {attribute: its numbers}.
        steps: Steps of every run, 0 for the presets'.
    """
    counts = {dataset: rows[dataset, MODELS[0]]["pictures"] for dataset in PRESETS}
    added = [
        {"attribute": attribute, "model": f"`{name}`", "faces": flips[name][attribute]["faces"]}
        | {key: cell(flips[name][attribute][key], 2) for key in ("rebuilt", "added", "flipped")}
        for attribute in ATTRIBUTES
        for name in MODELS
    ]
    measures = [
        {"set": dataset, "model": f"`{name}`"}
        | {title: cell(numbers[key], digits) for key, (title, digits) in MEASURES.items()}
        for (dataset, name), numbers in rows.items()
    ]
    return PAGE.format(
        steps=f" --steps {steps}" if steps else "",
        lengths=" and ".join(f"{steps or STEPS[dataset]:,} steps of {dataset}" for dataset in PRESETS),
        held_out=", ".join(f"{count:,} of {dataset}" for dataset, (count, _) in counts.items()),
        drawn=", ".join(f"{count:,} for {dataset}" for dataset, (_, count) in counts.items()),
        side=SIDE,
        aims=_trials.as_table([{"aim": aim, "reached": reached} for aim, reached in aims(rows, flips)]),
        measures=_trials.as_table(measures),
        most=CHANGED,
        judge=JUDGE,
        added=_trials.as_table(added),
    )


def aims(rows, flips):
    """Return (what is claimed or aimed at, what was measured)."""
    for measure, sign, claim in AIMS:
        for dataset in PRESETS:
            vae, vaegan = (rows[dataset, name][measure] for name in MODELS)
            digits = MEASURES[measure][1]
            apart = vae[2] < vaegan[1] or vaegan[2] < vae[1]
            verdict = "yes" if sign * (vaegan[0] - vae[0]) > 0 else "no"
            within = "" if apart else ", within the intervals"
            numbers = f"{vaegan[0]:.{digits}f} against {vae[0]:.{digits}f} of VAE"
            yield f"{dataset}: {claim}", f"{verdict}, {numbers}{within}"
    for name in MODELS:
        shares = [row["flipped"][0] for row in flips[name].values()]
        yield (
            f"attributes added to codes of `{name}` are seen",
            f"{np.mean(shares):.2f} of the faces, the mean over {len(shares)} attributes",
        )


PAGE = """# VAE and VAE/GAN

What a discriminator's features do for an auto-encoder: `vae` and `vaegan` with the same encoder and decoder, trained on
the same pictures equally often: {lengths}.

    python -m experiments.vaegan_results --data_dir DIR{steps}

{aims}

Held-out pictures of {side} pixels a side are rebuilt: {held_out}. The error of features is the squared distance of a
rebuilt picture to the true one, as a share of that of two different pictures, seen by the network that the data set
declares; it was trained with neither model. The discriminator is that of VAE/GAN, whose features its decoder has been
trained to match; their weight grows from 0 over the first five sevenths of its steps, for features of a discriminator
that has seen little say little. Sharpness is the variance of the Laplacian as a share of that of real pictures.
Pictures are drawn, {drawn}, and compared with as many that were trained on. In brackets: 95 % intervals over resamples
of the pictures.

{measures}

## Attributes added to codes

The vector of an attribute is the mean code of the training faces that have it, less that of those that lack it. It is
added once to the codes of up to {most} held-out faces that lack it. The shares of faces on which `{judge}` sees the
attribute: when they are only rebuilt, with the vector, and, flipped, with the vector among those on which it was not
seen before.

{added}
"""


if __name__ == "__main__":
    sys.exit(guarded(main))
