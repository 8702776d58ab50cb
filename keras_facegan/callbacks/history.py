"""history.csv: the means of the terms over every log interval, equal byte for byte in equal runs."""

import csv
import os
import pathlib

from keras_facegan.callbacks.base import Schedule, StepCallback


class History(StepCallback):
    """Append a row `step, term, ...` to a CSV file.

    Args:
        path: Path of history.csv; on resuming, rows after `schedule.start` are cut off.
        terms: Names of the terms, the columns.
        schedule: Steps of the fit.
        every: Steps between two rows.
    """

    def __init__(self, path: pathlib.Path, terms: tuple[str, ...], schedule: Schedule, every: int):
        super().__init__(schedule, every)
        self.path, self.terms = path, terms
        kept = [row for row in read_rows(path) if int(row["step"]) <= schedule.start]
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["step", *terms], lineterminator="\n")
            writer.writeheader()
            writer.writerows(kept)
        os.replace(unfinished, path)

    @classmethod
    def for_run(cls, run):
        return cls(run.files.history, run.model.terms, run.schedule, run.recipe.train.log_every)

    def on_step(self, step, logs):
        # Nine digits tell every float32 from its neighbours.
        row = [str(step), *(f"{float(logs[term]):.9g}" for term in self.terms)]
        with self.path.open("a", encoding="utf-8", newline="") as file:
            file.write(",".join(row) + "\n")


def read_rows(path):
    """Return the complete rows of a history.csv as dicts of text; a last line cut by a kill is left out."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return list(csv.DictReader(line for line in lines if line.endswith("\n")))
