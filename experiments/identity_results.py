"""How well the committed identity networks tell people apart whom they have never seen.

usage: python -m experiments.identity_results --data_dir DIR

All pairs of pictures of the people of `celeba_identity` that calibrated them (validation), of those that did nothing
(test), and of the forty people of ORL.
"""

import pathlib
import sys

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments import _trials
from keras_facegan import load_pretrained
from keras_facegan.cli import guarded
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.metrics import verification

WEIGHTS = ("celeba_64", "celeba_96", "judge_64")
DATASETS = (("celeba_identity", "validation"), ("celeba_identity", "test"), ("orl_faces", "all"))


def main(argv):
    """Print the table, save the ROC curves and the histograms of distances."""
    given = _trials.parse(__doc__, argv, steps=0)
    rows, distances = [], {}
    for dataset, split in DATASETS:
        for name in WEIGHTS:
            model = load_pretrained(f"facenet/{name}")
            held_out = open_dataset(dataset, split, image_shape=model.image_shape, data_dir=given.data_dir)
            identity = held_out.columns["identity"]
            embeddings = model.embed(to_float(held_out.images))
            genuine, impostor = verification.pair_distances(embeddings, identity)
            mean, deviation = verification.ten_fold_accuracy(embeddings, identity)
            threshold, _ = model.calibration.threshold(1e-2)
            rows.append(
                {
                    "weights": name,
                    "data": f"{dataset}, {split}",
                    "people": len(set(identity.tolist())),
                    "pictures": len(identity),
                    "AUC": verification.auc(genuine, impostor),
                    "EER": verification.equal_error_rate(genuine, impostor),
                    "TAR at FAR 1e-2": verification.tar_at_far(genuine, impostor, 1e-2),
                    "TAR at FAR 1e-3": verification.tar_at_far(genuine, impostor, 1e-3),
                    "10-fold accuracy": f"{mean:.3f} +- {deviation:.3f}",
                    "FAR of verify at 1e-2": float((impostor < threshold).mean()),
                    "TAR of verify at 1e-2": float((genuine < threshold).mean()),
                }
            )
            if split != "validation":
                distances[f"{name}, {dataset}"] = (genuine, impostor)
    figure(pathlib.Path(given.out) / "identity.png", distances)
    _trials.table(rows)
    return 0


def figure(path, distances):
    """Save ROC curves over a logarithmic false accept rate, and a histogram of distances for each pair of sets."""
    picture = Figure(figsize=(3 * len(distances), 6.4), dpi=90, layout="constrained")
    FigureCanvasAgg(picture)
    upper, lower = picture.subfigures(2, 1)
    roc, panels = upper.subplots(), lower.subplots(1, len(distances))
    for axes, (title, (genuine, impostor)) in zip(panels, distances.items(), strict=True):
        far, tar = verification.roc_curve(genuine, impostor)
        roc.semilogx(far, tar, label=title, linewidth=1)
        for name, values in (("same person", genuine), ("different people", impostor)):
            axes.hist(values, 60, range=(0, 4), density=True, alpha=0.6, label=name)
        axes.set_title(title, fontsize=9)
        axes.set_xlabel("squared distance", fontsize=8)
        axes.legend(fontsize=7)
    roc.set_xlim(1e-4, 1)
    roc.set_xlabel("false accept rate", fontsize=8)
    roc.set_ylabel("true accept rate", fontsize=8)
    roc.grid(alpha=0.3)
    roc.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path)


if __name__ == "__main__":
    sys.exit(guarded(main))
