"""history.csv: unsmoothed, exact, and cut back to where a run resumes."""

import numpy as np
import pytest

from keras_facegan.callbacks.base import Schedule
from keras_facegan.callbacks.history import History, read_rows

TERMS = ("d_loss", "g_loss")


def history(path, start=0, last=6, every=2):
    return History(path, TERMS, schedule=Schedule(start, last), every=every)


def train(callback, start, stop):
    for step in range(start + 1, stop + 1):
        callback.on_train_batch_end(0, {"d_loss": step / 3, "g_loss": -step, "other": 9.0})


def test_one_row_an_interval(tmp_path):
    path = tmp_path / "history.csv"
    train(history(path, last=5), 0, 5)
    assert path.read_text() == "step,d_loss,g_loss\n2,0.666666667,-2\n4,1.33333333,-4\n5,1.66666667,-5\n"


def test_nine_digits_tell_every_float32(tmp_path):
    path, value = tmp_path / "history.csv", np.float32(1.2345678)
    callback = history(path, every=1)
    for each in (value, np.nextafter(value, np.float32(2))):
        callback.on_train_batch_end(0, {"d_loss": each, "g_loss": 0.0})
    first, second = (np.float32(row["d_loss"]) for row in read_rows(path))
    assert first == value and second == np.nextafter(value, np.float32(2))


@pytest.mark.parametrize("start", [0, 2, 4])
def test_resuming_cuts_later_rows_and_goes_on(tmp_path, start):
    whole, cut = tmp_path / "whole.csv", tmp_path / "history.csv"
    train(history(whole), 0, 6)
    train(history(cut), 0, 5)
    train(history(cut, start=start), start, 6)
    assert cut.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["history.csv", "whole.csv"]


@pytest.mark.parametrize("lost", [1, 3, 6, 7, 8, 15])
def test_a_line_cut_by_a_kill_is_left_out(tmp_path, lost):
    path = tmp_path / "history.csv"
    train(history(path), 0, 6)
    whole = path.read_bytes()
    path.write_bytes(whole[:-lost])
    assert [row["step"] for row in read_rows(path)] == ["2", "4"][: 2 - (lost > 7)]
    train(history(path, start=2), 2, 6)
    assert path.read_bytes() == whole


def test_no_file_has_no_rows(tmp_path):
    assert read_rows(tmp_path / "history.csv") == []
