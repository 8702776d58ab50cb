"""What people see of a run: the rows of its history, its pictures, its lines, its tags."""

import csv
import importlib.util
import os
import shutil
import signal

import h5py
import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

from keras_facegan import create_model, recipe
from keras_facegan.callbacks import base
from keras_facegan.callbacks.checkpoints import Checkpoints
from keras_facegan.cli._next import next_commands
from keras_facegan.run import train_recipe


def plan(**changes):
    """The recipe of gan's [tiny] preset; underscores after the table stand for a dot."""
    changes = {"train_steps": 11, "train_log_every": 4, "train_checkpoint_every": 8, **changes}
    return recipe.resolve("gan", "tiny", [(key.replace("_", ".", 1), value) for key, value in changes.items()])


def rows(root):
    with (root / "history.csv").open() as file:
        return list(csv.DictReader(file))


def weights(root):
    """Return the bytes of all arrays of the weights file by name: the file itself holds times."""
    arrays = {}
    with h5py.File(root / "model.weights.h5") as file:
        file.visititems(
            lambda name, item: arrays.update({name: item[()].tobytes()}) if isinstance(item, h5py.Dataset) else None
        )
    return arrays


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    root = tmp_path_factory.mktemp("run") / "unbroken"
    said = []
    train_recipe(plan(), root, report=said.append)
    return root, said


def test_a_row_holds_the_means_of_the_steps_of_its_interval(unbroken, tmp_path):
    train_recipe(plan(train_log_every=1), tmp_path / "every")
    steps, means = rows(tmp_path / "every"), rows(unbroken[0])
    assert [row["step"] for row in means] == ["4", "8", "11"] and len(steps) == 11
    for row, part in zip(means, (steps[:4], steps[4:8], steps[8:]), strict=True):
        for term in ("d_loss", "g_loss", "real_score", "fake_score"):
            values = [float(step[term]) for step in part]
            assert np.ptp(values) > 0
            np.testing.assert_allclose(float(row[term]), np.mean(values), rtol=1e-6)


@pytest.mark.parametrize("stopped_at", [3, 4, 6, 9])
def test_a_run_stopped_in_mid_interval_ends_with_the_same_bytes(unbroken, tmp_path, monkeypatch, stopped_at):
    asked = Checkpoints.on_train_batch_end

    def stop(self, batch, logs=None):
        if self.step + 1 == stopped_at:
            os.kill(os.getpid(), signal.SIGTERM)
        asked(self, batch, logs)

    monkeypatch.setattr(Checkpoints, "on_train_batch_end", stop)
    run = train_recipe(plan(), tmp_path / "run")
    assert run.stopped_by == signal.SIGTERM
    assert [row["step"] for row in rows(run.directory)] == ["4", "8"][: stopped_at // 4]
    monkeypatch.undo()
    assert train_recipe(plan(), tmp_path / "run").stopped_by is None
    assert (tmp_path / "run" / "history.csv").read_bytes() == (unbroken[0] / "history.csv").read_bytes()
    assert weights(tmp_path / "run") == weights(unbroken[0])


def test_early_pictures_change_nothing_and_leave_nothing(unbroken, tmp_path, monkeypatch):
    monkeypatch.setattr(base, "SECONDS_TO_EARLY_PICTURES", 0.0)
    drawn = []
    for kind in base.PictureCallback.__subclasses__():
        draw = kind.draw
        monkeypatch.setattr(
            kind, "draw", lambda self, step, mark, draw=draw: (drawn.append((step, mark)), draw(self, step, mark))
        )
    train_recipe(plan(), tmp_path / "run")
    assert drawn == [(1, "early"), (10, "00000010"), (11, "00000011")]
    assert weights(tmp_path / "run") == weights(unbroken[0])
    for path in (unbroken[0] / "history.csv", *(unbroken[0] / "samples").iterdir()):
        assert (tmp_path / "run" / path.relative_to(unbroken[0])).read_bytes() == path.read_bytes(), path
    names = {path.name for path in (tmp_path / "run" / "samples").iterdir()}
    assert names == {path.name for path in (unbroken[0] / "samples").iterdir()}


def test_pictures_of_the_last_step_that_a_kill_has_prevented_are_drawn(unbroken, tmp_path):
    root = shutil.copytree(unbroken[0], tmp_path / "run")
    for path in (root / "samples" / "step_00000011.png", root / "model.weights.h5", root / "loss.png"):
        path.unlink()
    train_recipe(plan(), root)
    drawn, expected = (folder / "samples" / "step_00000011.png" for folder in (root, unbroken[0]))
    assert drawn.read_bytes() == expected.read_bytes() and (root / "loss.png").exists()


def test_the_first_lines_say_what_is_trained_on_what_where(unbroken):
    root, said = unbroken
    assert said[0].startswith("gan, preset tiny, on digits; float32 on CPU (")
    assert said[1] == f"Results go to {root}."
    assert said[2].startswith("Data: ") and said[2].endswith(" pictures of 8 x 8 pixels (split train).")
    assert said[3].startswith("Training: 11 steps of 16 pictures, ")
    assert all(len(line) <= 80 for line in (said[0], *said[2:]))


def board(root):
    events = EventAccumulator(str(root / "tensorboard"))
    events.Reload()
    return events


def hyper_parameters(root):
    data = board(root).summary_metadata["_hparams_/session_start_info"].plugin_data.content
    start = plugin_data_pb2.HParamsPluginData.FromString(data).session_start_info
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()}


def test_tags_are_grouped(unbroken):
    assert set(board(unbroken[0]).Tags()["scalars"]) == {
        "loss/d_loss", "loss/g_loss", "score/real_score", "score/fake_score", "gradient/generator",
        "gradient/discriminator", "rate/generator", "rate/discriminator", "speed/images_per_second",
    }  # fmt: skip


def test_hyper_parameters_are_what_differs_from_the_preset(unbroken):
    assert hyper_parameters(unbroken[0]) == {
        "name": "gan", "preset": "tiny", "train.steps": 11, "train.log_every": 4, "train.checkpoint_every": 8,
    }  # fmt: skip


def test_nothing_written_names_the_folder_of_the_pictures(tmp_path):
    pictures = tmp_path / "secret_folder"
    pictures.mkdir()
    for number in range(30):
        Image.fromarray(np.full((8, 8), 8 * number, "uint8")).save(pictures / f"{number}.png")
    changes = {"data_dataset": "image_folder", "data_split": "all", "train_steps": 2}
    train_recipe(plan(**changes), tmp_path / "run", data_dir=pictures)
    assert hyper_parameters(tmp_path / "run")["data.dataset"] == "image_folder"
    for path in (tmp_path / "run").rglob("*"):
        if path.is_file():
            assert b"secret_folder" not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("dcgan", ["facegan generate --run", "facegan evaluate --run", "tensorboard --logdir", "facegan export --run"]),
        (
            "pfa_gan",
            ["facegan age photo.jpg", "facegan evaluate --run", "tensorboard --logdir", "facegan export --run"],
        ),
        (
            "facenet",
            ["facegan verify a.jpg", "facegan identify --gallery", "facegan evaluate", "tensorboard", "facegan"],
        ),
        (
            "iterative_gan",
            ["facegan generate", "facegan recognise photo.jpg", "facegan transform photo.jpg", "facegan evaluate"]
            + ["tensorboard", "facegan export"],
        ),
    ],
)
def test_the_next_commands_fit_the_model(model, expected):
    lines = next_commands(create_model(model, "tiny"), "runs/of mine")
    assert [line.partition(" ")[0] for line in lines] == [line.partition(" ")[0] for line in expected]
    assert all(line.startswith(start) for line, start in zip(lines, expected, strict=True))
    assert all("'runs/of mine'" in line for line in lines)
    for line in lines:
        program, command, *_ = line.split()
        assert program == "tensorboard" or importlib.util.find_spec(f"keras_facegan.cli.{command.replace('-', '_')}")
