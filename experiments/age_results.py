"""How wrong the committed age estimators are on faces that they were not trained on, as a whole and by decade.

usage: python -m experiments.age_results --data_dir DIR
"""

import sys

import numpy as np
from scipy import stats

from experiments import _trials
from keras_facegan import load_pretrained
from keras_facegan.cli import guarded
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.metrics.ages import by_decade

AIM = 5.2
OLDEST = 100
NETWORKS = {"utkface_112": "utkface", "utkface_64": "utkface", "judge_64": "utkface", "drawn_faces_64": "drawn_faces"}


def main(argv):
    """Print a table of all, and one by decade for each network."""
    given = _trials.parse(__doc__, argv, steps=0)
    summary, decades, errors = [], {}, {}
    for name, dataset in NETWORKS.items():
        model = load_pretrained(f"age_estimator/{name}")
        found = {}
        for split in ("validation", "test"):
            data_dir = given.data_dir if dataset == "utkface" else None
            held_out = open_dataset(dataset, split, image_shape=model.image_shape, data_dir=data_dir)
            truth = np.minimum(held_out.columns["age"], OLDEST)
            found[split] = (model.estimate_age(to_float(held_out.images)), truth)
            summary.append({"weights": name, "split": split, **errors_of(*found[split])})
        estimated, truth = (np.concatenate(each) for each in zip(*found.values(), strict=True))
        decades[name], errors[name] = by_decade(estimated, truth), estimated - truth
    _trials.table(summary)
    for name, rows in decades.items():
        print(f"\n{name}, validation and test\n")
        _trials.table(rows)
    print(f"\nThe aim is an MAE of {AIM:g} years.")
    for name in ("utkface_112", "utkface_64"):
        together = np.corrcoef(errors[name], errors["judge_64"])[0, 1]
        print(f"Errors of {name} and judge_64 correlate by {together:.2f}.")
    return 0


def errors_of(estimated, truth):
    """Return the columns of the summary for ages (n,) in years."""
    error = estimated - truth
    interval = stats.bootstrap((np.abs(error),), np.mean, rng=0).confidence_interval
    return {
        "pictures": len(truth),
        "MAE": float(np.abs(error).mean()),
        "95 % interval": f"{interval.low:.2f} to {interval.high:.2f}",
        "bias": float(error.mean()),
        "correlation": float(np.corrcoef(estimated, truth)[0, 1]),
    }


if __name__ == "__main__":
    sys.exit(guarded(main))
