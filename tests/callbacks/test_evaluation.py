"""Metrics as a run goes on: where they are shown, and what is said when they take too long."""

import types

import pytest

from keras_facegan.callbacks.base import Schedule
from keras_facegan.callbacks.evaluation import Evaluation
from tests.callbacks.test_validation import Board, run


class Clock:
    """A clock that only moves when it is told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def watched(cost, pace, every=10, steps=50):
    """Return what a run reports and shows whose evaluation takes `cost` seconds and whose step takes `pace`."""
    clock, board, lines = Clock(), Board(), []

    def measure():
        clock.now += cost
        return {"fid": 12.5}

    callback = Evaluation(measure, board, Schedule(0, steps), every, lines.append, clock=clock)
    callback.on_train_begin()
    model = types.SimpleNamespace()
    for _ in range(steps):
        clock.now += pace
        run(callback, model, 1)
    return lines, board.written


def test_numbers_reach_the_board_and_the_report():
    lines, written = watched(cost=0.5, pace=1.0)
    assert written == [(step, {"evaluation/fid": 12.5}) for step in range(10, 60, 10)]
    assert lines == [f"Step {step}, evaluation: fid 12.5" for step in range(10, 60, 10)]


@pytest.mark.parametrize(("cost", "rarer"), [(2.0, 20), (10.0, 90), (1.2, 20)])
def test_it_says_once_that_it_takes_too_long_and_what_would_not(cost, rarer):
    lines, _ = watched(cost, pace=1.0)
    said = [line for line in lines if "of the time" in line]
    share = cost / (10 + cost)
    assert said == [
        f"Evaluation has taken {share:.0%} of the time so far; --eval_every {rarer} would take 10% or less."
    ]
    assert cost / (rarer + cost) <= 0.1 + 1e-9


def test_the_first_look_alone_is_no_reason():
    assert not [line for line in watched(cost=3.0, pace=1.0, steps=25)[0][:-1] if "of the time" in line]
