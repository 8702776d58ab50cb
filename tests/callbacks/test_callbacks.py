"""What happens every so many steps: the count, the guard, the grids, the lines on a screen."""

import io

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from keras_facegan.callbacks import base
from keras_facegan.callbacks.base import Schedule, StepCallback
from keras_facegan.callbacks.guard import DivergedError, DivergenceGuard
from keras_facegan.callbacks.previews import Previews
from keras_facegan.callbacks.progress import ProgressReport, duration
from keras_facegan.callbacks.samples import COLLAPSED, Samples, diversity
from keras_facegan.data.pipeline import open_dataset


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
    callback = Counting(schedule=Schedule(start, last), every=every)
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
    callback = DivergenceGuard(("d_loss", "g_loss"), weights_every, schedule=Schedule(0, 9), every=every)
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
    callback = Samples(folder, 11, board, schedule=Schedule(0, 50), every=10, report=told.append)
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


class Clock:
    """A clock that moves when it is told to."""

    now = 100.0

    def __call__(self):
        return self.now


def early(monkeypatch, folder, start=0, seconds=30.0):
    """Take steps 1, ..., 7 of `seconds` each, with grids every 5 steps; return the names of files after every step."""
    clock = Clock()
    monkeypatch.setattr(base.time, "monotonic", clock)
    callback = Samples(folder, 11, Board(), Schedule(start, 7), 5)
    callback.set_model(Painter(0.3))
    callback.on_train_begin()
    names = []
    for step in range(start, 7):
        clock.now += seconds
        callback.on_train_batch_end(step, {})
        names.append(sorted(path.name for path in folder.iterdir()))
    return names


def test_an_early_grid_comes_once_after_a_minute_and_goes_when_the_first_regular_one_comes(tmp_path, monkeypatch):
    names = early(monkeypatch, tmp_path)
    first, second = "step_00000005.png", "step_00000007.png"
    assert names == [[], ["step_early.png"], ["step_early.png"], ["step_early.png"], [first], [first], [first, second]]


def test_a_quick_run_and_one_that_has_grids_draw_no_early_one(tmp_path, monkeypatch):
    assert early(monkeypatch, tmp_path / "quick", seconds=5.0)[3] == []
    assert early(monkeypatch, tmp_path / "resumed", start=5) == [
        ["step_00000005.png"],
        ["step_00000005.png", "step_00000007.png"],
    ]


def test_an_early_grid_left_by_a_kill_goes_as_well(tmp_path, monkeypatch):
    early(monkeypatch, tmp_path, seconds=5.0)
    (tmp_path / "step_00000007.png").unlink()
    (tmp_path / "step_early.png").write_bytes(b"left")
    names = early(monkeypatch, tmp_path, start=5)
    assert names[-1] == ["step_00000005.png", "step_00000007.png"]


class Previewer:
    def preview(self, images, columns):
        assert images.dtype == np.float32 and len(columns["age"]) == len(images)
        return {"ages": np.zeros((2, 3, 8, 8, 3), "float32")}


def test_previews_have_file_names_of_their_own(tmp_path, monkeypatch):
    examples = open_dataset("drawn_faces", "train", image_shape=(8, 8, 3), size=20)
    clock, board = Clock(), Board()
    monkeypatch.setattr(base.time, "monotonic", clock)
    callback = Previews(tmp_path, examples, board, Schedule(0, 4), 4)
    callback.set_model(Previewer())
    callback.on_train_begin()
    seen = []
    for step in range(4):
        clock.now += 61.0
        callback.on_train_batch_end(step, {})
        seen.append([path.name for path in tmp_path.iterdir()])
    assert seen == [["preview_ages_early.png"]] * 3 + [["preview_ages_00000004.png"]]
    assert [(tag, step) for tag, step, _ in board.shown] == [("preview/ages", 1), ("preview/ages", 4)]


def told(console, seconds, start=10, last=30):
    """Return the lines of a run whose steps take `seconds` each."""
    clock = Clock()
    callback = ProgressReport(("d_loss", "g_loss"), 16, Schedule(start, last), console, clock)
    callback.on_train_begin()
    for step in range(start + 1, last + 1):
        clock.now += seconds
        callback.on_train_batch_end(0, {"d_loss": step / 10, "g_loss": 1e-5 * step})
    callback.close()
    return console.file.getvalue().splitlines()


def test_a_log_gets_a_line_every_ten_seconds_and_for_the_first_and_the_last_step():
    lines = told(Console(file=io.StringIO(), width=80), 4.0)
    # After the first step: every third, the first after ten seconds.
    assert [line.split("  ")[0] for line in lines] == [f"step {n}/30" for n in (10, 11, 14, 17, 20, 23, 26, 29, 30)]
    assert lines[0].endswith("it is compiled.")
    assert lines[1] == "step 11/30  d_loss 1.1  g_loss 0.00011"
    assert lines[2] == "step 14/30  64 s left, 4.0 images/s  d_loss 1.4  g_loss 0.00014"
    assert lines[-1] == "step 30/30  0 s left, 4.0 images/s  d_loss 3  g_loss 0.0003"


def test_a_quick_run_fills_no_log():
    assert len(told(Console(file=io.StringIO(), width=80), 0.001, last=5000)) == 3


def test_slow_steps_get_a_line_each():
    assert len(told(Console(file=io.StringIO(), width=80), 11.0)) == 1 + 20


def test_step_time_and_speed_fit_into_eighty_columns_whatever_the_terms():
    terms = tuple(f"some_long_{number}_loss" for number in range(11))
    screen = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None)
    clock = Clock()
    callback = ProgressReport(terms, 1024, Schedule(0, 1_000_000), screen, clock)
    callback.on_train_begin()
    for _ in range(3):
        clock.now += 1.0
        callback.on_train_batch_end(0, dict.fromkeys(terms, 0.123456))
    callback.close()
    last = [line for line in screen.file.getvalue().splitlines() if "step 3/1,000,000" in line][-1]
    assert "11 d 14 h left, 1,024 images/s" in last
    shown = screen.file.getvalue().split("step 3/1,000,000")[-1].splitlines()
    assert all(len(line.rstrip()) <= 80 for line in shown)
    assert sum(line.count("0.1235") for line in shown) == 11


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.4, "0 s"), (99, "99 s"), (100, "2 min"), (5940, "99 min"), (6000, "1 h 40 min"), (7500, "2 h 05 min"),
        (48 * 3600, "2 d 0 h"), (277 * 3600, "11 d 13 h"),
    ],
)  # fmt: skip
def test_durations_are_short(seconds, expected):
    assert duration(seconds) == expected


class Failing(Counting):
    def __init__(self, error, optional):
        super().__init__(Schedule(0, 9), 2)
        self.error, self.optional, self.seen, self.report = error, optional, [], self.seen_lines.append

    seen_lines = []

    def on_step(self, step, logs):
        super().on_step(step, logs)
        raise self.error


def test_what_is_optional_fails_once_and_is_left_out():
    Failing.seen_lines.clear()
    callback = Failing(ZeroDivisionError("by nothing"), optional=True)
    run_steps(callback, lambda step: {}, 0, 9)
    assert callback.seen == [2]
    assert Failing.seen_lines == [
        "Step 2: failing failed and is left out from now on; training goes on. ZeroDivisionError: by nothing."
    ]


@pytest.mark.parametrize(("error", "optional"), [(ZeroDivisionError(), False), (OSError(28, "full"), True)])
def test_what_a_run_needs_and_full_disks_stop_it(error, optional):
    with pytest.raises(type(error)):
        run_steps(Failing(error, optional), lambda step: {}, 0, 9)
