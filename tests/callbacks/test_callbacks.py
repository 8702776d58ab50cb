"""What happens every so many steps: the count, the guard, the grids, the lines on a screen."""

import numpy as np
import pytest
from PIL import Image

from keras_facegan.callbacks.base import StepCallback
from keras_facegan.callbacks.guard import DivergedError, DivergenceGuard
from keras_facegan.callbacks.progress import ProgressReport
from keras_facegan.callbacks.samples import COLLAPSED, Samples, diversity


def run_steps(callback, logs, start, stop):
    """Take steps start + 1 .. stop, with what `logs(step)` gives."""
    callback.on_train_begin()
    for step in range(start + 1, stop + 1):
        callback.on_train_batch_end(step - start - 1, logs(step))


class Counting(StepCallback):
    def on_train_begin(self, logs=None):
        self.seen = []

    def on_step(self, step, logs):
        self.seen.append(step)


@pytest.mark.parametrize(
    ("start", "last", "every", "expected"),
    [
        (0, 20, 5, [5, 10, 15, 20]),
        (0, 12, 5, [5, 10, 12]),
        (7, 12, 5, [10, 12]),
        (10, 12, 5, [12]),
        (0, 3, 1, [1, 2, 3]),
        (0, 3, 100, [3]),
    ],
)
def test_steps_are_global_and_the_last_one_counts(start, last, every, expected):
    callback = Counting(start_step=start, last_step=last, every=every)
    run_steps(callback, lambda step: {}, start, last)
    assert callback.seen == expected


class Weights:
    """A model with one variable."""

    def __init__(self, value):
        self.variables = [self]
        self.value, self.path = np.array(value), "generator/dense/kernel"

    def __array__(self, dtype=None, copy=None):
        return self.value


def guard(model, every=2, weights_every=4):
    callback = DivergenceGuard(("d_loss", "g_loss"), weights_every, start_step=0, last_step=9, every=every)
    callback.set_model(model)
    return callback


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_guard_names_step_and_term(value):
    logs = lambda step: {"d_loss": 1.0, "g_loss": value if step >= 5 else 1.0}  # noqa: E731
    with pytest.raises(DivergedError, match=f"Step 6: g_loss is {value}"):
        run_steps(guard(Weights(1.0)), logs, 0, 9)


def test_guard_looks_at_weights_when_a_checkpoint_is_due():
    model = Weights(1.0)

    def logs(step):
        if step == 5:
            model.value = np.array([1.0, np.inf])
        return {"d_loss": 1.0, "g_loss": 1.0}

    with pytest.raises(DivergedError, match="Step 8: the weights generator/dense/kernel are no longer finite"):
        run_steps(guard(model), logs, 0, 9)


def test_guard_lets_sound_steps_pass():
    run_steps(guard(Weights([1.0, 2.0])), lambda step: {"d_loss": 1.0, "g_loss": -3.0}, 0, 9)


class Painter:
    """A model whose pictures are as different as told."""

    def __init__(self, spread):
        self.spread = spread

    def generate(self, num_images, seed):
        assert seed == 11
        return np.clip(np.random.default_rng(seed).normal(0, self.spread, (num_images, 8, 8, 3)), -1, 1)


class Board:
    def __init__(self):
        self.shown = []

    def image(self, tag, step, pixels):
        self.shown.append((tag, step, pixels.shape))


def samples(folder, spread):
    told, board = [], Board()
    callback = Samples(folder, 11, board, start_step=0, last_step=50, every=10, report=told.append)
    callback.set_model(Painter(spread))
    run_steps(callback, lambda step: {}, 0, 50)
    return told, board


def test_grids_are_saved_and_shown_from_the_same_latents(tmp_path):
    told, board = samples(tmp_path / "samples", 0.3)
    files = sorted((tmp_path / "samples").iterdir())
    assert [path.name for path in files] == [f"step_{step:08d}.png" for step in (10, 20, 30, 40, 50)]
    assert len({path.read_bytes() for path in files}) == 1
    with Image.open(files[0]) as image:
        assert image.size[0] >= 8 * 8 and image.size[1] >= 8 * 8
    assert [(tag, step) for tag, step, _ in board.shown] == [("samples", step) for step in (10, 20, 30, 40, 50)]
    assert told == []


def test_collapse_is_reported_once_with_a_way_out(tmp_path):
    told, _ = samples(tmp_path, 0.5 * COLLAPSED)
    assert len(told) == 1 and told[0].startswith("Step 30: the generator has collapsed")
    assert "--set model.n_critic=2" in told[0]


def test_diversity_is_the_mean_deviation_of_a_pixel():
    images = np.array([[[[-1.0]]], [[[1.0]]]])
    assert diversity(images) == 1.0
    assert diversity(np.zeros((5, 2, 2, 1))) == 0.0


def test_a_log_gets_a_line_every_interval(capsys):
    callback = ProgressReport(("d_loss",), 16, start_step=10, last_step=20, every=5)
    run_steps(callback, lambda step: {"d_loss": step / 10}, 10, 20)
    callback.close()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[:2] for line in lines] == [["step 15/20", "d_loss 1.500"], ["step 20/20", "d_loss 2.000"]]
    assert all("images/s" in line and "min left" in line for line in lines)
