"""Every model of the zoo that says how likely pictures are, on pictures that it was not trained on, in one page.

usage: python -m experiments.likelihood --data_dir DIR

Weights of the zoo are taken, or the finished run RUNS/likelihood/MODEL-PRESET, such as glow-mnist_32; of the first GAN
the run of `experiments.parzen`, of the convolutional VAEs those of `experiments.vaegan_results`. What is not there is
left out, and the page says so. Numbers are kept in RUNS/likelihood/results.json: the same command goes on where it was
interrupted. Writes OUT/likelihood.md.
"""

import pathlib
import sys
from typing import NamedTuple

import numpy as np

from experiments import _trials
from experiments._kept import Kept
from experiments.parzen import CENTROIDS, SAMPLES, VALIDATION, centroids, flat
from keras_facegan import evaluate, list_models, load_model
from keras_facegan.cli import guarded
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.files import write_text
from keras_facegan.metrics.parzen import parzen_log_likelihood
from keras_facegan.run_directory import RunDirectory

SHAPE = (28, 28, 1)


class Entry(NamedTuple):
    """A model of a table.

    Attributes:
        name: "model/preset".
        value: The result of `evaluate` that is shown.
        kind: What its number is.
        most: The value aimed at, or None.
        paper: What a paper has reached.
    """

    name: str
    value: str
    kind: str
    most: float | None = None
    paper: str = ""


# Nats per digit in black and white; bits per value of grey and colour pictures.
BINARY = (
    Entry("vae/mnist_28", "nll", "bound from 100 codes per digit", 106.0),
    Entry("pixelcnn/mnist_28", "nll", "exact; trained on eight draws of each digit", 83.0, "81.30"),
    Entry("pixelrnn/mnist_28", "nll", "exact", 88.0),
    Entry("pixelrnn/mnist_28_diagonal", "nll", "exact", 88.0, "80.75; with 7 layers of 16 units 79.20"),
)
GREY = (
    Entry("glow/mnist_32", "bits_per_dim", "bound from one noise per picture, 8 bits", 1.6),
    Entry("glow/cats_32", "bits_per_dim", "the same"),
    Entry("glow/cats_32_5bit", "bits_per_dim", "the same, 5 bits"),
    Entry("vae/cats_64", "bits_per_dim", "bound from 100 codes per picture, 8 bits"),
    Entry("vae/celeba_64_narrow", "bits_per_dim", "the same"),
)
# Generators of digits of 28 px that say no likelihood, and those that do, for comparison.
SAMPLED = ("gan/mnist_28", "sgan/mnist_28", "vae/mnist_28")
PAPERS_GAN = "225 ± 2"
# Runs of other experiments.
RUNS = {"gan/mnist_28": "parzen/gan", "vae/cats_64": "vaegan/cats-vae", "vae/celeba_64_narrow": "vaegan/celeba-vae"}


def main(argv):
    """Measure what is missing, write the page."""
    given = _trials.parse(__doc__, argv, steps=0)
    kept = Kept(pathlib.Path(given.runs) / "likelihood" / "results.json")
    guesses = kept.get("guesses", lambda: guessed(given.data_dir))
    told = {entry: told_by(entry, kept, given) for entry in BINARY + GREY}
    parzen = {name: parzen_of(name, kept, given) for name in (*SAMPLED, "training digits", "centroids of k-means")}
    path = pathlib.Path(given.out) / "likelihood.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, page(guesses, told, parzen))
    print(path)
    return 0


def source_of(name, given):
    """Return what to load for "model/preset": weights of the zoo, or a finished run; None where neither is there."""
    if name in list_models(pretrained=True):
        return name
    run = pathlib.Path(given.runs) / RUNS.get(name, f"likelihood/{name.replace('/', '-')}")
    return run if RunDirectory(run).weights.is_file() else None


def guessed(data_dir):
    """Return what it costs to guess: every pixel alike, and every pixel by its share of white among training digits."""
    train, test = (
        open_dataset("binary_mnist", split, image_shape=SHAPE, data_dir=data_dir).images > 127
        for split in ("train", "test")
    )
    white = np.clip(train.mean(axis=0), 1e-4, 1 - 1e-4)
    alone = -np.where(test, np.log(white), np.log(1 - white)).sum(axis=(1, 2, 3)).mean()
    return {"black or white alike": float(np.prod(SHAPE) * np.log(2)), "every pixel on its own": float(alone)}


def told_by(entry, kept, given):
    """Return [value, error, pictures] of what a model says of held-out pictures; None where there is no model."""
    source = source_of(entry.name, given)
    if source is None:
        return None

    def measure():
        split = "test" if entry in BINARY else None
        report = evaluate(
            source, data_dir=given.data_dir, metrics=["likelihood"], split=split, report=lambda line: None
        )
        result = report[entry.value]
        return {"value": [result.value, result.error, result.n_real]}

    return kept.get(entry.name, measure)["value"]


def parzen_of(name, kept, given):
    """Return [log-likelihood, error, sigma] of samples by Parzen windows; None where there is no model."""
    source = source_of(name, given) if name in SAMPLED else name
    if source is None:
        return None

    def measure():
        train, validation, test = (flat(split, given.data_dir) for split in ("train", "validation", "test"))
        if name in SAMPLED:
            samples = (load_model(source).generate(SAMPLES, seed=0).reshape(SAMPLES, -1) + 1) / 2
        elif name == "training digits":
            samples = train[np.random.default_rng(0).choice(len(train), SAMPLES, replace=False)]
        else:
            samples = centroids(train)
        result = parzen_log_likelihood(samples, validation[:VALIDATION], test)
        return {"value": [result["log_likelihood"], result["standard_error"], result["sigma"]]}

    return kept.get(f"Parzen, {name}", measure)["value"]


def page(guesses, told, parzen):
    """Return the page of results as Markdown.

    Args:
        guesses: Dict from a way to guess to its nats.
        told: Dict from an `Entry` to [value, error, pictures], or None where there is no such model.
        parzen: Dict from the name of samples to [log-likelihood, error, sigma], or None.
    """
    missing = [entry.name for entry, numbers in told.items() if numbers is None]
    missing += [name for name, numbers in parzen.items() if numbers is None and name not in missing]
    note = f"Neither weights nor a finished run were there when this page was written: {', '.join(missing)}.\n\n"
    guessing = [
        {"model": name, "nats": f"{nats:.2f}", "number": "exact", "aim": "", "paper": ""}
        for name, nats in guesses.items()
    ]
    uniform = {"model": "every value alike", "bits per value": "8, or 5", "number": "exact", "aim": "", "paper": ""}
    sampled = [
        {"samples": name, "log-likelihood": f"{numbers[0]:.1f} ± {numbers[1]:.1f}", "sigma": numbers[2]}
        for name, numbers in parzen.items()
        if numbers is not None
    ]
    paper = {"samples": "the first paper's GAN", "log-likelihood": PAPERS_GAN, "sigma": "not said"}
    return PAGE.format(
        missing=note if missing else "",
        binary=_trials.as_table([*guessing, *rows(BINARY, told, "nats", 2)]),
        grey=_trials.as_table([uniform, *rows(GREY, told, "bits per value", 3)]),
        sampled=_trials.as_table([*sampled, paper]),
        samples=SAMPLES,
        validation=VALIDATION,
        centroids=CENTROIDS,
    )


def rows(entries, told, unit, digits):
    """Return the rows of the models of a table that are there."""
    return [
        {
            "model": f"`{entry.name}`",
            unit: f"{told[entry][0]:.{digits}f} ± {told[entry][1]:.{digits}f}",
            "number": entry.kind,
            "aim": judged(told[entry][0], entry.most),
            "paper": entry.paper,
        }
        for entry in entries
        if told[entry] is not None
    ]


def judged(value, most):
    """Return in words whether a value is as low as it was aimed to be."""
    if most is None:
        return ""
    return f"at most {most:g}: {'reached' if value <= most else f'missed by {value - most:.2f}'}"


PAGE = """# How likely pictures are

Models of the zoo that give a likelihood, on pictures that they were not trained on; ± is the standard error.

    python -m experiments.likelihood --data_dir DIR

{missing}## Digits in black and white

The 10,000 test digits of `binary_mnist`, in nats per digit; less is better. Every pixel was drawn once, white with the
probability of its grey value, in the test digits too. Digits that are cut at a threshold are easier, and their numbers
do not compare. A bound says that the true number is at most so large.

{binary}

## Grey and colour pictures

Bits per value of held-out pictures; less is better. A density over values with noise as wide as a level bounds the
probability of the level. At 5 bits the last three bits of a value are not modelled.

{grey}

## Beside the Parzen windows of generators

The measure of the first GANs, for generators that give no likelihood: {samples:,} samples, normal distributions around
them, their width chosen on {validation:,} validation digits, the mean over the 10,000 test digits, grey, in nats; more
is better. Beside them {samples:,} training digits and {centroids:,} centroids of k-means. [The first GAN](parzen.md)
has a page of its own.

{sampled}

What these numbers are worth: a higher one is no better picture where centroids, which are blurred, are rated above real
digits. They do not compare with the tables above, which speak of probabilities of black and white, or of levels. Only a
model of those tables says how likely a picture is; of the `vae` both numbers are there.
"""


if __name__ == "__main__":
    sys.exit(guarded(main))
