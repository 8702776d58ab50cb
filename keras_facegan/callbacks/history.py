"""history.csv: the means of the terms over every log interval, equal byte for byte in equal runs."""

import csv
import io
import pathlib

from keras_facegan.callbacks.base import Schedule, StepCallback
from keras_facegan.errors import UserError
from keras_facegan.files import write_text


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
        kept = [row for row in read_rows(path, ("step", *terms)) if int(row["step"]) <= schedule.start]
        file = io.StringIO()
        writer = csv.DictWriter(file, ["step", *terms], lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
        write_text(path, file.getvalue())

    @classmethod
    def for_run(cls, run):
        return cls(run.files.history, run.model.terms, run.schedule, run.recipe.train.log_every)

    def on_step(self, step, logs):
        # Nine digits tell every float32 from its neighbours.
        row = [str(step), *(f"{float(logs[term]):.9g}" for term in self.terms)]
        with self.path.open("a", encoding="utf-8", newline="") as file:
            file.write(",".join(row) + "\n")


def read_rows(path, columns=None):
    """Return the complete rows of a history.csv as dicts of strings; a last line cut by a kill is left out.

    Args:
        path: Path of history.csv; where there is none, there are no rows.
        columns: Names of the columns that it must have; None takes any that begin with "step".

    Raises:
        UserError: The file is damaged: other columns, or a cell that is no number.
    """
    if not path.exists():
        return []
    way_out = "Move it away to go on without its rows."
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}. {way_out}") from None
    reader = csv.DictReader(line for line in lines if line.endswith("\n"))
    names = reader.fieldnames or []
    if lines and names and (names[:1] != ["step"] or names != list(columns or names)):
        raise UserError(
            f"{path} has the columns {', '.join(names)}, expected {', '.join(columns or ('step', '...'))}. {way_out}"
        )
    rows = list(reader)
    for number, row in enumerate(rows, 2):
        if not _is_row(row):
            raise UserError(f"{path} is damaged: line {number} is no row of {len(names)} numbers. {way_out}")
    return rows


def last_step(path: pathlib.Path) -> int:
    """Return the step of the last row of a history.csv, 0 where there is none; raises as `read_rows`."""
    rows = read_rows(path)
    return int(rows[-1]["step"]) if rows else 0


def _is_row(row):
    # Too many cells end up under the name None, too few as the value None.
    try:
        return None not in row and int(row["step"]) >= 0 and len([*map(float, row.values())]) > 0
    except (TypeError, ValueError):
        return False
