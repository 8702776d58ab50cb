"""What "stable" means for FaceGAN, LSGAN, BEGAN and the unrolled GAN: distance and swing of their losses on faces.

usage: python -m experiments.stability --data_dir DIR [--steps 3160]

The protocol of experiments.facegan_vs_dcgan: CelebA at 32 px up to the FaceGANs paper's iteration 3,160, each model
with the loss and the learning rate of its own paper; batch 64, BEGAN's 16. DCGAN is the reference.
"""

import pathlib
import sys

from experiments import _trials
from keras_facegan import evaluate
from keras_facegan.cli import guarded
from keras_facegan.metrics.stability import loss_distance

SMALL = {"model.image_shape": [32, 32, 3]}
CONTENDERS = {
    "DCGAN": ("dcgan", "celeba_64", {**SMALL, "model.filters": 16}),
    "FaceGAN": ("facegan", "light_celeba_64", {**SMALL, "model.filters": [16, 32, 64]}),
    "LSGAN": ("lsgan", "celeba_64", {**SMALL, "model.filters": 16}),
    "unrolled GAN, K = 5": ("unrolled_gan", "celeba_64", {**SMALL, "model.filters": 16, "model.unrolled_steps": 5}),
    "BEGAN": ("began", "celeba_32", {}),
}
# What L_D and L_G are where real and generated pictures cannot be told apart; BEGAN has no such point.
EQUILIBRIUM = {"DCGAN": 0.693, "FaceGAN": 0.693, "LSGAN": 0.125, "unrolled GAN, K = 5": 0.693, "BEGAN": None}


def main(argv):
    """Train the five runs, save two figures, print the table."""
    given = _trials.parse(__doc__, argv, steps=3160)
    panels, rows, runs = {}, [], {}
    for title, (model, preset, changes) in CONTENDERS.items():
        name = f"stability/{title.lower().replace(' ', '-').replace(',', '')}"
        batch = {} if model == "began" else {"train.batch_size": 64}
        shared = {"train.log_every": 1, "train.checkpoint_every": 790, **batch}
        history = _trials.train(name, model, preset, {**changes, **shared}, given)
        steps = history["step"]
        panels[title] = {"discriminator": (steps, history["d_loss"]), "generator": (steps, history["g_loss"])}
        measured = loss_distance(history["d_loss"], history["g_loss"])
        run = runs[title] = pathlib.Path(given.runs) / name
        report = evaluate(run, data_dir=given.data_dir, metrics=["fid", "precision_recall"], report=lambda line: None)
        drawn = {each: report[each].value for each in ("fid", "precision", "recall")}
        rows.append({"run": title, "distance at equilibrium": EQUILIBRIUM[title] or "-", **measured, **drawn})
    _trials.figure(pathlib.Path(given.out) / "stability.png", panels, 3, "loss")
    _trials.samples(pathlib.Path(given.out) / "stability_samples.png", runs, 3)
    _trials.table(rows)
    return 0


if __name__ == "__main__":
    sys.exit(guarded(main))
