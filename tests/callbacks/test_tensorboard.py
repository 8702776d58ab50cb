"""TensorBoard events: every scalar by global step, one curve however often the run was cut."""

import types

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from keras_facegan.callbacks.base import Schedule
from keras_facegan.callbacks.tensorboard import TensorBoard, tag


def board(folder, start, last=9):
    callback = TensorBoard(folder, {"model.filters": 4, "train.loss": "x"}, 16, schedule=Schedule(start, last), every=2)
    plain, scaled = (
        types.SimpleNamespace(learning_rate=0.5),
        types.SimpleNamespace(learning_rate=2.0, dynamic_scale=8.0),
    )
    callback.set_model(types.SimpleNamespace(optimizers={"generator": plain, "discriminator": scaled}))
    callback.on_train_begin()
    return callback


def train(callback, start, stop, factor=1.0):
    for step in range(start + 1, stop + 1):
        callback.on_train_batch_end(0, {"d_loss": np.float32(step * factor)})
    callback.on_train_end()
    callback.close()


def read(folder):
    events = EventAccumulator(str(folder), size_guidance={"images": 0, "scalars": 0})
    events.Reload()
    return events


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "tensorboard"


def points(events, tag):
    return [(each.step, each.value) for each in events.Scalars(tag)]


def test_terms_rates_scales_and_throughput_are_written(folder):
    train(board(folder, 0), 0, 9)
    events = read(folder)
    assert points(events, "loss/d_loss") == [(2, 2.0), (4, 4.0), (6, 6.0), (8, 8.0), (9, 9.0)]
    assert points(events, "rate/generator")[0] == (2, 0.5)
    assert points(events, "loss_scale/discriminator")[-1] == (9, 8.0)
    assert "loss_scale/generator" not in events.Tags()["scalars"]
    assert all(value > 0 for _, value in points(events, "speed/images_per_second"))


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("d_loss", "loss/d_loss"),
        ("loss", "loss/loss"),
        ("real_score", "score/real_score"),
        ("generator_gradient_norm", "gradient/generator"),
        ("open_gates", "term/open_gates"),
        ("accuracy", "term/accuracy"),
    ],
)
def test_tags_are_grouped_by_what_they_show(term, expected):
    assert tag(term) == expected


def test_resumed_run_shows_one_unbroken_curve(folder):
    # Killed at step 8, resumed at step 4: steps 6 and 8 of the first attempt are purged.
    train(board(folder, 0), 0, 8, factor=-1.0)
    train(board(folder, 4), 4, 9)
    assert points(read(folder), "loss/d_loss") == [(2, -2.0), (4, -4.0), (6, 6.0), (8, 8.0), (9, 9.0)]


def test_grids_are_pictures(folder):
    callback = board(folder, 0)
    callback.image("samples", 2, np.zeros((6, 8, 3), "uint8"))
    callback.image("samples", 4, np.zeros((6, 8, 1), "uint8"))
    train(callback, 0, 2)
    shown = read(folder).Images("samples")
    assert [(each.step, each.height, each.width) for each in shown] == [(2, 6, 8), (4, 6, 8)]


def test_hyper_parameters_are_there(folder):
    train(board(folder, 0), 0, 2)
    assert "_hparams_/session_start_info" in read(folder).summary_metadata
