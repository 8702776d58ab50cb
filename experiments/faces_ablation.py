"""What each choice of `facenet/celeba_64` and `age_estimator/utkface_112` is worth, all else equal, after few steps.

usage: python -m experiments.faces_ablation --data_dir DIR [--steps 1000]

Every run has the same number of steps at the level rate of its preset, and is measured on the validation split.
"""

import pathlib
import sys

from experiments import _trials
from keras_facegan import train
from keras_facegan.cli import guarded
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.seam import backend

# Model, preset, data set of the held-out pictures, and what differs from the preset in each run.
NETWORKS = (
    (
        "facenet",
        "celeba_64",
        "celeba_identity",
        {
            "the preset": {},
            "people of celeba_identity alone": {"data.dataset": "celeba_identity", "model.identities": 695},
            "last map averaged (resnet)": {"model.backbone": "resnet"},
            "flip+rotate+translate": {"data.augment": "flip+rotate+translate"},
            "twice the learning rate": {
                "train.optimizer.learning_rate.initial_learning_rate": 2e-3,
                "train.optimizer.learning_rate.warmup_target": 2e-3,
            },
        },
    ),
    (
        "age_estimator",
        "utkface_112",
        "utkface",
        {
            "the preset": {},
            "last map averaged (resnet)": {"model.backbone": "resnet"},
            "squared error": {"model.expectation_error": "squared", "model.expectation_weight": 0.02},
            "no mirror image": {"model.mirrored": False},
            "nothing erased": {"data.augment": "flip+warp"},
        },
    ),
)


def main(argv):
    """Train what is not trained yet, and print a table for each network."""
    given = _trials.parse(__doc__, argv, steps=1000)
    backend.start()
    for model, preset, dataset, trials in NETWORKS:
        rows = []
        for name, changes in trials.items():
            run_dir = pathlib.Path(given.runs) / f"{preset}, {name}".replace(" ", "_")
            changes = {**changes, "train.steps": given.steps}
            trained = train(model, preset, data_dir=given.data_dir, run_dir=run_dir, changes=changes).model
            held_out = open_dataset(dataset, "validation", image_shape=trained.image_shape, data_dir=given.data_dir)
            rows.append({"trained with": name, **trained.validate(to_float(held_out.images), held_out.columns)})
        print(f"\n{model}/{preset}, {given.steps:,} steps\n")
        _trials.table(rows)
    return 0


if __name__ == "__main__":
    sys.exit(guarded(main))
