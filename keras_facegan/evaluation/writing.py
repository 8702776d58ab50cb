"""The results as files in a folder of their own: metrics.json, report.html, scalars for TensorBoard."""

import contextlib
import dataclasses
import itertools
import json
import os
import pathlib
from collections.abc import Iterator

from keras_facegan._version import __version__
from keras_facegan.callbacks.base import Schedule
from keras_facegan.callbacks.tensorboard import TensorBoard
from keras_facegan.errors import UserError
from keras_facegan.evaluation.page import as_html
from keras_facegan.files import is_utf8, replacing

NUMBERS, PAGE, EVENTS = "metrics.json", "report.html", "tensorboard"


@contextlib.contextmanager
def new_folder(path: str | os.PathLike) -> Iterator[pathlib.Path]:
    """Yield a new folder for a report; it is gone again if the block raises before anything is written.

    Args:
        path: The folder; where it has content, a number goes behind its name, so that no report is overwritten.

    Raises:
        UserError: It cannot be made.
    """
    path = pathlib.Path(path).expanduser()
    # Such as ".": a number needs a name to go behind.
    path = path if path.name else path.absolute()
    if not is_utf8(path.absolute()):
        raise UserError(f"{path.absolute()} is no UTF-8, which TensorFlow needs of names: choose another --out.")
    made = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = _claim(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}. Choose another --out.") from None
    try:
        yield folder
    except BaseException:
        for each in dict.fromkeys((folder, *made)):
            with contextlib.suppress(OSError):
                each.rmdir()
        raise


def write(folder: pathlib.Path, reports):
    """Write the numbers, the page and the scalars of reports.

    Args:
        folder: An empty folder, see `new_folder`.
        reports: List of `Report`.

    Raises:
        UserError: It cannot be written.
    """
    subjects = [
        {
            "name": report.candidate.name,
            "trained": report.candidate.trained,
            "results": [dataclasses.asdict(result) for result in report.results],
            "left_out": report.left_out,
        }
        for report in reports
    ]
    numbers = json.dumps({"version": __version__, "subjects": subjects}, indent=2, allow_nan=False)
    try:
        _replace(folder / NUMBERS, f"{numbers}\n")
        _replace(folder / PAGE, as_html(reports))
        for report in reports:
            _write_scalars(folder / EVENTS / report.candidate.name.replace("/", "-"), report)
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error.strerror or error}. Choose another --out.") from None


def _claim(path):
    """Return the first of `path`, `path-2`, `path-3` ... that is new or an empty folder, and make it."""
    for number in itertools.count(1):
        folder = path if number == 1 else path.with_name(f"{path.name}-{number}")
        try:
            folder.mkdir()
            return folder
        except FileExistsError:
            if not folder.is_dir():
                raise
            if not any(folder.iterdir()):
                return folder


def _write_scalars(folder, report):
    """Write the values as "evaluation/<name>" for TensorBoard."""
    values = {f"evaluation/{each.name}": each.value for each in report.results if each.value is not None}
    board = TensorBoard(folder, {"model": report.candidate.name}, images_per_step=1, schedule=Schedule(0, 0), every=1)
    try:
        board.scalars(0, values)
    finally:
        board.close()


def _replace(path, text):
    with replacing(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
