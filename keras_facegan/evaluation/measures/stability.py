"""How the losses of the two players ran while the model was trained."""

import numpy as np

from keras_facegan.callbacks.history import read_rows
from keras_facegan.evaluation.results import metric
from keras_facegan.metrics.stability import loss_distance


@metric("stability", needs=("history",))
def stability(subject):
    """How far apart the losses of the players are, and how much they swing, in rows of history.csv."""
    rows = read_rows(subject.history)
    d_loss, g_loss = (np.array([float(row[name]) for row in rows]) for name in ("d_loss", "g_loss"))
    found = loss_distance(d_loss, g_loss)
    settled = found.pop("settled_at")
    found = {"settled_at_step": None if settled is None else int(rows[settled - 1]["step"]), **found}
    return [subject.result(name, value, seen=False, rows=len(rows)) for name, value in found.items()]
