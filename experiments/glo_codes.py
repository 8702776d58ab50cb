"""GLO against principal components of the same dimension, and against the inversion of a GAN with the same generator.

usage: python -m experiments.glo_codes --data_dir DIR [--steps N]

Training pictures are rebuilt from their codes: GLO from those of its table, PCA from as many components. Pictures of
the validation split are rebuilt from the codes that the latent tools find, in GLO and in dcgan/cats_64. The run
RUNS/glo/cats_64 is taken as it is, or trained. Numbers are kept in RUNS/glo/results.json: the same command goes on
where it was interrupted. Writes the page OUT/codes.md.
"""

import pathlib
import sys

import numpy as np
from sklearn.decomposition import PCA

from experiments import _trials
from experiments._kept import Kept, cell, interval
from keras_facegan import load_model
from keras_facegan.abilities import Generates, GivesLikelihood, can
from keras_facegan.cli import guarded
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.files import write_text
from keras_facegan.latent.inversion import invert
from keras_facegan.loading import load_networks
from keras_facegan.losses.laplacian_pyramid import laplacian_distance
from keras_facegan.metrics.signal_to_noise import psnr
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.registry import MODELS

HELD_OUT, SEARCH = 32, {"steps": 400, "restarts": 2, "learning_rate": 0.05}
GLO, PCS, MEAN, DCGAN = "glo", "principal components", "the mean picture", "dcgan/cats_64"
# Measure: its name in the tables, and digits.
MEASURES = {"laplacian": ("Laplacian loss", 4), "mse": ("MSE", 4), "psnr": ("PSNR, dB", 2)}


def main(argv):
    """Train, or take the run as it is; measure what is missing, write the page."""
    given = _trials.parse(__doc__, argv, steps=0)
    _trials.train("glo/cats_64", "glo", "cats_64", {}, given)
    folder = pathlib.Path(given.runs) / "glo"
    # Codes are part of checkpoints alone.
    glo, kept = load_networks(folder / "cats_64"), Kept(folder / "results.json")
    # Runs of other lengths are other results.
    suffix = f", {given.steps} steps" if given.steps else ""
    training = kept.get(f"training pictures{suffix}", lambda: training_pictures(glo, given.data_dir))
    held_out = {
        GLO: kept.get(f"held-out, glo{suffix}", lambda: held_out_pictures(glo, given.data_dir)),
        DCGAN: kept.get(f"held-out, {DCGAN}", lambda: held_out_pictures(load_model(DCGAN), given.data_dir)),
    }
    path = pathlib.Path(given.out) / "codes.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, page(training, held_out, glo.prior.latent_dim, glo.num_codes, given.steps))
    print(path)
    return 0


def training_pictures(glo, data_dir):
    """Return the errors of rebuilt training pictures by what they are rebuilt from."""
    images = to_float(open_dataset("cats", image_shape=glo.image_shape, data_dir=data_dir).images)
    pixels = images.reshape(len(images), -1)
    pca = PCA(glo.prior.latent_dim, svd_solver="randomized", random_state=0).fit(pixels)
    rebuilt = {
        GLO: glo.decode(glo.codes_of(np.arange(len(images)))),
        PCS: pca.inverse_transform(pca.transform(pixels)).reshape(images.shape),
        MEAN: np.broadcast_to(images.mean(axis=0), images.shape),
    }
    return {name: errors(images, each) for name, each in rebuilt.items()}


def held_out_pictures(model, data_dir):
    """Return the errors of pictures that GLO was not trained on, each from the code that was found for it."""
    examples = open_dataset("cats", "validation", image_shape=model.image_shape, data_dir=data_dir)
    images = to_float(examples.images[:HELD_OUT])
    return errors(images, invert(model, images, **SEARCH, title=model.name).images)


def errors(images, rebuilt):
    """Return [mean, low, high] of the errors of rebuilt pictures, in [-1, 1], and of their PSNR in dB."""
    rebuilt = np.clip(rebuilt, -1.0, 1.0).astype("float32")
    return {
        "laplacian": interval(np.mean, in_chunks(laplacian_distance, images, rebuilt).astype("float64")),
        "mse": interval(np.mean, np.square(images - rebuilt).mean(axis=(1, 2, 3), dtype="float64")),
        "psnr": interval(np.mean, psnr(images, rebuilt).astype("float64")),
    }


def page(training, held_out, latent_dim, num_codes, steps=0):
    """Return the page of results as Markdown.

    Args:
        training: Dict from what training pictures are rebuilt from to their errors.
        held_out: Dict from a model to the errors of held-out pictures.
        latent_dim: Length of a code.
        num_codes: Number of training pictures.
        steps: Steps of the run, 0 for the preset's.
    """
    likelihoods = [name for name in MODELS.names() if can(MODELS.get(name), GivesLikelihood)]
    others = [name for name in MODELS.names() if can(MODELS.get(name), Generates) and name not in likelihoods]
    return PAGE.format(
        steps=f" --steps {steps}" if steps else "",
        aims=_trials.as_table([{"aim": aim, "reached": reached} for aim, reached in aims(training, held_out)]),
        training=_trials.as_table(rows("rebuilt from", training)),
        held_out=_trials.as_table(rows("codes found in", held_out)),
        latent_dim=latent_dim,
        num_codes=num_codes,
        count=HELD_OUT,
        **{f"search_{key}": value for key, value in SEARCH.items()},
        likelihoods=", ".join(f"`{name}`" for name in likelihoods),
        others=", ".join(f"`{name}`" for name in others),
    )


def rows(first, results):
    """Return the rows of a table of errors."""
    return [
        {first: name, **{title: cell(numbers[key], digits) for key, (title, digits) in MEASURES.items()}}
        for name, numbers in results.items()
    ]


def aims(training, held_out):
    """Return (what is claimed or aimed at, what was measured)."""
    for key, title in (("laplacian", "its own Laplacian loss"), ("mse", "squared error")):
        glo, pcs = training[GLO][key][0], training[PCS][key][0]
        verdict = f"{'yes' if glo < pcs else 'no'}, {glo:.4f} and {pcs:.4f}"
        yield f"training pictures: GLO below as many components in {title}", verdict
    glo, dcgan = (held_out[name]["psnr"] for name in (GLO, DCGAN))
    within = "" if glo[2] < dcgan[1] or dcgan[2] < glo[1] else ", within the intervals"
    verdict = f"{'yes' if glo[0] > dcgan[0] else 'no'}, {glo[0]:.2f} and {dcgan[0]:.2f} dB{within}"
    yield "held-out pictures: PSNR above that of a DCGAN of the same size", verdict


PAGE = """# Codes of pictures

`glo` learns a code per training picture together with its generator, which is that of `dcgan/cats_64`. How near do
codes come to their pictures?

    python -m experiments.glo_codes --data_dir DIR{steps}

{aims}

In brackets: 95 % intervals over resamples of the pictures, whose values lie in [-1, 1].

## Pictures that it was trained on

All {num_codes:,} training pictures of `cats`, from codes of {latent_dim} numbers, and from as many principal components
of the same pictures. These components have the least squared error that a linear map can have.

{training}

## Pictures that it was not trained on

{count} pictures of the validation split, each from the best code that Adam finds: {search_steps} steps at
{search_learning_rate:g} from {search_restarts} starts. `dcgan/cats_64` was trained on all cats, these {count} among
them, which is to its advantage.

{held_out}

## Which models say how likely a picture is

{likelihoods} do. Autoregressive models give the product of the
probabilities of all pixels. A flow can be run backwards, and gives the density of its code times the determinant of its
Jacobian ([change of variables](theory.md)). A VAE gives a bound, by its encoder.

These draw pictures and give no likelihood: {others}.
The generator of a GAN cannot be run backwards, and what it draws is a surface of as many dimensions as a code has,
beside which the density is zero. Its discriminator tells real pictures from drawn ones, and not how likely they are.
GLO lacks an inverse too, and its codes have no distribution of their own: the normal one that it draws from is fitted
to them afterwards. The encoder of `vaegan` would give a bound of the likelihood of features of its discriminator, not
of pixels.
"""


if __name__ == "__main__":
    sys.exit(guarded(main))
