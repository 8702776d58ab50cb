"""Whether FaceGAN's losses stay closer together than DCGAN's, and whether its structure or its loss form does it.

usage: python -m experiments.facegan_vs_dcgan --data_dir DIR [--steps 3160]

Batch 64 up to the paper's iteration 3,160, at 32 px where the paper has 64: the light FaceGAN without its innermost
scale, its losses in standard and in literal form at 5e-4, and a DCGAN of 16 channels at half the image side at 2e-4
and at FaceGAN's 5e-4.
"""

import pathlib
import sys

from experiments import _trials
from keras_facegan.cli import guarded
from keras_facegan.metrics.stability import loss_distance

DATASETS = {"mnist": "mnist_64", "celeba": "light_celeba_64"}


def contenders(dataset):
    """Return {title: (model, preset, changes)} of the runs on a data set."""
    facegan, channels = DATASETS[dataset], 1 if dataset == "mnist" else 3
    small = {"model.image_shape": [32, 32, channels]}
    light, narrow = {**small, "model.filters": [16, 32, 64]}, {**small, "model.filters": 16}
    return {
        "FaceGAN standard 5e-4": ("facegan", facegan, {**light, "model.loss": "standard"}),
        "FaceGAN literal 5e-4": ("facegan", facegan, {**light, "model.loss": "literal"}),
        "DCGAN 2e-4": ("dcgan", "mnist_64" if channels == 1 else "celeba_64", narrow),
        "DCGAN 5e-4": (
            "dcgan",
            "mnist_64" if channels == 1 else "celeba_64",
            {**narrow, "train.optimizer": {"name": "adam", "learning_rate": 5e-4, "beta_1": 0.5}},
        ),
    }


def main(argv):
    """Train the eight runs, save a figure, print the table."""
    given = _trials.parse(__doc__, argv, steps=3160)
    panels, rows = {}, []
    for dataset in DATASETS:
        for title, (model, preset, changes) in contenders(dataset).items():
            name = f"facegan_vs_dcgan/{dataset}-{title.lower().replace(' ', '-')}"
            shared = {
                "train.batch_size": 64,
                "train.log_every": 1,
                "train.checkpoint_every": 790,
            }
            history = _trials.train(name, model, preset, {**changes, **shared}, given)
            steps = history["step"]
            curves = {"discriminator": (steps, history["d_loss"]), "generator": (steps, history["g_loss"])}
            panels[f"{dataset}, {title}"] = curves
            measured = loss_distance(history["d_loss"], history["g_loss"])
            rows.append({"data": dataset, "run": title, **measured})
    _trials.figure(pathlib.Path(given.out) / "facegan_vs_dcgan.png", panels, 4, "loss")
    _trials.table(rows)
    return 0


if __name__ == "__main__":
    sys.exit(guarded(main))
