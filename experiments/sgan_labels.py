"""What pictures without labels are worth: SGAN in Odena's form against the same network trained on the labels alone.

usage: python -m experiments.sgan_labels --data_dir DIR [--steps 1800]

MNIST with 1,000, 100, 50 and 25 labels, chosen by five seeds; the networks of sgan/mnist_28_odena, batch 64 (32
pictures with labels, 32 of all), shifted by up to an eighth of the side, Adam 1e-3 with beta_1 0.5, moving average
0.99; accuracy on the 10,000 test pictures. The network trained on the labels alone sees the same 32 pictures with
labels per step. Then how good digits are after two epochs with all labels, beside those of the same networks as a plain
GAN. Numbers are kept in RUNS/sgan_labels/results.json: the same command goes on where it was interrupted.
"""

import functools
import pathlib
import shutil
import sys

import keras
import numpy as np

from experiments import _trials
from experiments._kept import Kept
from keras_facegan import create_model, evaluate
from keras_facegan.cli import guarded
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset

LABELS = (1000, 100, 50, 25)
SEEDS = 5
# Accuracies of the source, by number of labels.
SOURCE = {1000: (0.965, 0.964), 100: (0.895, 0.928), 50: (0.859, 0.883), 25: (0.750, 0.802)}
# Two epochs of 50,000 pictures in batches of 64.
TWO_EPOCHS = 1563
BATCH, DECAY, AUGMENT = 64, 0.99, "translate"
# A short run at a higher rate.
ADAM = {"learning_rate": 1e-3, "beta_1": 0.5}
SHARED = {
    "model.ema_decay": DECAY,
    "train.optimizer": {"name": "adam", **ADAM},
    "train.batch_size": BATCH,
    "train.log_every": 100,
    "train.checkpoint_every": 500,
    "train.keep_checkpoints": 1,
}


def main(argv):
    """Train what is missing, save what two epochs draw, print both tables."""
    given = _trials.parse(__doc__, argv, steps=1800)
    kept = Kept(pathlib.Path(given.runs) / "sgan_labels" / "results.json")
    rows = []
    for labels in LABELS:
        row = {"labels": labels}
        for title, accuracy in METHODS.items():
            accuracies = [
                kept.get(
                    f"{title}, {labels} labels, seed {seed}, {given.steps} steps",
                    functools.partial(accuracy, f"labelled:{labels}:{seed}", seed, given),
                )
                for seed in range(SEEDS)
            ]
            row[title] = f"{np.mean(accuracies):.3f} +- {np.std(accuracies):.3f}"
        rows.append({**row, **dict(zip(("source, CNN", "source, SGAN"), SOURCE[labels], strict=True))})
    _trials.table(rows)
    given.steps = TWO_EPOCHS
    rows, runs = [], {}
    for title, weight in (("SGAN", 1.0), ("GAN", 0.0)):
        changes = {"data.sampler": "uniform", "model.labelled_weight": weight, "train.sample_every": TWO_EPOCHS}
        measured = {"metrics": ["classifier_score"], "num": 5_000}
        name = f"{title.lower()}-two-epochs"
        score = kept.get(f"{title}, two epochs", functools.partial(trained, name, changes, measured, given))
        rows.append({"after two epochs": title, "classifier score": score})
        runs[f"{title}, two epochs"] = kept.path.parent / name
    _trials.samples(pathlib.Path(given.out) / "sgan_two_epochs.png", runs, len(runs))
    _trials.table(rows)
    return 0


def semi_supervised(sampler, seed, given):
    """Train an SGAN on some labels and all pictures, and return its accuracy on test pictures."""
    # Only the number is needed, and twenty runs would fill a disk.
    directory = pathlib.Path(given.runs) / "sgan_labels" / "run"
    shutil.rmtree(directory, ignore_errors=True)
    changes = {"data.sampler": sampler, "data.augment": AUGMENT, "train.seed": seed}
    accuracy = trained("run", changes, {"metrics": ["accuracy"], "split": "test", "num": 10_000}, given)
    shutil.rmtree(directory)
    return accuracy


def trained(name, changes, measured, given):
    """Train an SGAN in RUNS/sgan_labels/NAME, and return one number of it."""
    _trials.train(f"sgan_labels/{name}", "sgan", "mnist_28_odena", {**SHARED, **changes}, given)
    directory = pathlib.Path(given.runs) / "sgan_labels" / name
    report = evaluate(directory, data_dir=given.data_dir, report=lambda line: None, **measured)
    return report[measured["metrics"][0]].value


def supervised(sampler, seed, given):
    """Train the classifier of the SGAN on the labels alone, and return its accuracy on test pictures."""
    model = create_model("sgan", "mnist_28_odena", seed=seed)
    train, test = (
        open_dataset("mnist", split, image_shape=model.image_shape, data_dir=given.data_dir)
        for split in ("train", "test")
    )
    # Every other place of a batch holds a picture with its label.
    batches = train.batches(BATCH, seed=seed, sampler=sampler, augment=AUGMENT)
    batches = batches.map(lambda x: (x["image"][::2], x["label"][::2]))
    classifier = keras.Model(model.discriminator.input, model.discriminator.output["class_logits"])
    classifier.compile(
        keras.optimizers.Adam(**ADAM, use_ema=True, ema_momentum=DECAY),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    classifier.fit(batches, steps_per_epoch=given.steps, verbose=0)
    told = classifier.predict(to_float(test.images[:]), batch_size=500, verbose=0).argmax(axis=1)
    keras.utils.clear_session()
    return float((told == test.columns["label"]).mean())


METHODS = {"labels alone": supervised, "SGAN": semi_supervised}

if __name__ == "__main__":
    sys.exit(guarded(main))
