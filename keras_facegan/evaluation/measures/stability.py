"""How the losses of the two players ran while the model was trained."""

import numpy as np

from keras_facegan.callbacks.history import read_rows
from keras_facegan.evaluation.results import LEARNT, LOWER, Meaning, metric
from keras_facegan.metrics.stability import loss_distance


@metric(
    "stability",
    needs=("history",),
    split=LEARNT,
    values={
        "settled_at_step": Meaning(LOWER, "Step from which on the losses of the two players stay near each other."),
        "distance_mean": Meaning(LOWER, "Mean distance of the two losses from that step on."),
        "distance_std": Meaning(LOWER, "Standard deviation of that distance."),
        "d_loss_std": Meaning(LOWER, "Standard deviation of the discriminator's loss in short windows: how it swings."),
        "g_loss_std": Meaning(LOWER, "The same of the generator's loss."),
        "d_oscillation": Meaning(LOWER, "Mean change of the discriminator's loss from row to row of history.csv."),
        "g_oscillation": Meaning(LOWER, "The same of the generator's loss."),
    },
)
def stability(subject):
    """How far apart the losses of the players are, and how much they swing, in rows of history.csv."""
    rows = read_rows(subject.history)
    d_loss, g_loss = (np.array([float(row[name]) for row in rows]) for name in ("d_loss", "g_loss"))
    found = loss_distance(d_loss, g_loss)
    settled = found.pop("settled_at")
    found = {"settled_at_step": None if settled is None else int(rows[settled - 1]["step"]), **found}
    return [subject.result(name, value, seen=False, rows=len(rows)) for name, value in found.items()]
