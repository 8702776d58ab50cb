"""GLO against principal components of the same dimension, and against the inversion of a GAN with the same generator.

usage: python -m experiments.glo_codes --data_dir DIR [--steps 2500]

Training pictures are rebuilt from their codes: GLO from those of its table, PCA from as many components. Pictures of
the validation split are rebuilt from the codes that the latent tools find, in GLO and in dcgan/cats_64.
"""

import pathlib
import sys

import numpy as np
from sklearn.decomposition import PCA

from experiments import _trials
from keras_facegan import load_model
from keras_facegan.cli import guarded
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.latent.inversion import invert
from keras_facegan.losses.laplacian_pyramid import laplacian_distance
from keras_facegan.metrics.signal_to_noise import psnr
from keras_facegan.networks.chunks import in_chunks

HELD_OUT = 32


def main(argv):
    """Train, or take the run as it is; print both tables."""
    given = _trials.parse(__doc__, argv, steps=0)
    _trials.train("glo/cats_64", "glo", "cats_64", {}, given)
    glo = load_model(pathlib.Path(given.runs) / "glo/cats_64")
    _trials.table(training_pictures(glo, given.data_dir))
    print()
    _trials.table(held_out_pictures({"glo": glo, "dcgan/cats_64": load_model("dcgan/cats_64")}, given.data_dir))
    return 0


def training_pictures(glo, data_dir):
    """Return the errors of rebuilt training pictures, one row per model."""
    images = to_float(open_dataset("cats", image_shape=glo.image_shape, data_dir=data_dir).images)
    dim = glo.prior.latent_dim
    pixels = images.reshape(len(images), -1)
    pca = PCA(dim, svd_solver="randomized", random_state=0).fit(pixels)
    rebuilt = {
        f"{dim} codes of GLO": glo.decode(glo.codes_of(np.arange(len(images)))),
        f"{dim} principal components": pca.inverse_transform(pca.transform(pixels)).reshape(images.shape),
        "the mean picture": np.broadcast_to(images.mean(axis=0), images.shape),
    }
    return [{"training pictures rebuilt from": name, **errors(images, each)} for name, each in rebuilt.items()]


def errors(images, rebuilt):
    """Return the Laplacian and the squared error of rebuilt pictures, in [-1, 1], and their PSNR in dB."""
    rebuilt = np.clip(rebuilt, -1.0, 1.0).astype("float32")
    laplacian = in_chunks(laplacian_distance, images, rebuilt).mean()
    squared = np.mean(np.square(images - rebuilt), dtype="float64")
    return {
        "Laplacian loss": f"{laplacian:.4f}",
        "MSE": f"{squared:.4f}",
        "PSNR": f"{psnr(images, rebuilt).mean():.2f}",
    }


def held_out_pictures(models, data_dir):
    """Return the errors of pictures that GLO was not trained on, each from the code that was found for it."""
    rows = []
    for name, model in models.items():
        examples = open_dataset("cats", "validation", image_shape=model.image_shape, data_dir=data_dir)
        images = to_float(examples.images[:HELD_OUT])
        found = invert(model, images, steps=400, restarts=2, learning_rate=0.05, title=name)
        rows.append({f"{HELD_OUT} held-out pictures, codes found in": name, **errors(images, found.images)})
    return rows


if __name__ == "__main__":
    sys.exit(guarded(main))
