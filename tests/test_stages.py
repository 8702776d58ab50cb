"""Stages as runs: each in its own directory, resumed and moved like any run, and loaded by the last one."""

import os
import pathlib
import shutil
import signal

import numpy as np
import pytest
from keras import ops

from keras_facegan import create_model, load_model, load_pretrained, paths, presets, pretrained, recipe, stages, train
from keras_facegan.arguments import ImageShape
from keras_facegan.callbacks.samples import Samples
from keras_facegan.cli import publish
from keras_facegan.cli import run as command
from keras_facegan.errors import UserError
from keras_facegan.files import sha256
from keras_facegan.loading import load_helper
from keras_facegan.models._base import ZooModel
from keras_facegan.registry import MODELS
from keras_facegan.run_directory import RunDirectory

ZOO = """
[tiny.model]
drawer = "gan:tiny"
[tiny.data]
dataset = "digits"
[tiny.train]
steps = 4
batch_size = 8
log_every = 2
sample_every = 4
checkpoint_every = 2

[encoder_8.model]
drawer = "stage:1"
[encoder_8.data]
dataset = "digits"
[encoder_8.train]
steps = 4
batch_size = 8
log_every = 2
sample_every = 4
checkpoint_every = 2

[again_8.model]
drawer = "stage:1"
[again_8.data]
dataset = "digits"
[again_8.train]
steps = 2
batch_size = 8
log_every = 1
sample_every = 2
checkpoint_every = 2
init = "stage:2"
optimizer = { name = "adam", learning_rate = 1e-12 }

[whole_8]
stages = ["gan/tiny", "follower/encoder_8"]

[twice_8]
stages = ["gan/tiny", "follower/encoder_8", "follower/again_8"]
"""


class Follower(ZooModel):
    """Tells the code of a picture that another model drew: a second stage in thirty lines."""

    networks = inference = ("encoder",)
    terms = ("loss",)

    def __init__(self, image_shape: ImageShape = (8, 8, 1), drawer: str = "", name: str = "follower"):
        super().__init__(locals())
        import keras

        image = keras.Input(image_shape, name="image")
        code = keras.layers.Dense(8)(keras.layers.Flatten()(image))
        self.encoder = keras.Model({"image": image}, {"code": code}, name="encoder")

    def compile(self, *args, **kwargs):
        super().compile(*args, **kwargs)
        drawer = load_helper(self.config["drawer"], "gan")
        self.helper = lambda: drawer
        network = drawer.network("generator")
        self.draw = lambda codes: network({"latents": codes}, training=False)["images"]

    def call(self, data, training=False):
        return self.encoder({"image": data["image"]}, training=training)["code"]

    def train_step(self, data):
        codes = ops.ones((ops.shape(data["image"])[0], 8))

        def loss_fn():
            found = self.encoder({"image": self.draw(codes)}, training=True)["code"]
            return ops.mean(ops.square(found - codes)), {}

        loss, _ = self.minimize(loss_fn, "encoder")
        return self.log(loss=loss)


@pytest.fixture(autouse=True)
def zoo(tmp_path, monkeypatch):
    """A zoo of `gan` and of `follower`, which this test registers for its own time."""
    MODELS.names()
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))
    MODELS.register("follower")(Follower)
    root = tmp_path / "zoo"
    root.mkdir()
    shutil.copy(pathlib.Path(paths.zoo_root()) / "gan.toml", root)
    (root / "follower.toml").write_text(ZOO)
    for module in (paths, presets, pretrained):
        monkeypatch.setattr(module, "zoo_root", lambda: root)
    return root


def test_every_stage_is_a_run_and_the_last_one_is_loaded(tmp_path):
    root, told = tmp_path / "run", []
    ended = train("follower", "whole_8", run_dir=root, report=told.append)
    assert sorted(path.name for path in root.iterdir()) == ["1-tiny", "2-encoder", "recipe.toml"]
    assert ended.directory == root / "2-encoder" and ended.history["step"] == [2.0, 4.0]
    # The name of the helper stays; what was trained on is the first stage itself.
    assert 'drawer = "stage:1"' in (root / "2-encoder" / "recipe.toml").read_text()
    first = load_model(root / "1-tiny")
    for found, expected in zip(ended.model.helper().generator.weights, first.generator.weights, strict=True):
        np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))
    loaded = load_model(root)
    assert isinstance(loaded, Follower)
    for found, expected in zip(loaded.encoder.get_weights(), ended.model.encoder.get_weights(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-4)
    # The same command once more has nothing left to do.
    told = []
    train("follower", "whole_8", run_dir=root, report=told.append)
    finished = [line.partition(" is finished")[0] for line in told if " is finished" in line]
    assert finished == [f"The run in {root / name}" for name in ("1-tiny", "2-encoder")]


def test_a_stage_begins_with_the_weights_of_an_earlier_one(tmp_path):
    ended = train("follower", "twice_8", run_dir=tmp_path / "run", report=lambda line: None)
    # Its learning rate moves nothing.
    begun = load_model(tmp_path / "run" / "2-encoder").encoder.get_weights()
    for found, expected in zip(ended.model.encoder.get_weights(), begun, strict=True):
        np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-4)


def test_a_run_that_was_stopped_and_moved_goes_on_in_its_stage(tmp_path, monkeypatch):
    draw = Samples.on_step

    def stop(self, step, logs):
        draw(self, step, logs)
        if step == 10:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Samples, "on_step", stop)
    stopped = train("follower", "whole_8", run_dir=tmp_path / "run", report=lambda line: None)
    monkeypatch.setattr(Samples, "on_step", draw)
    assert stopped.directory.name == "1-tiny" and stopped.stopped_by is signal.SIGTERM
    assert not (tmp_path / "run" / "2-encoder").exists()
    moved, told = shutil.move(tmp_path / "run", tmp_path / "moved"), []
    ended = train("follower", "whole_8", run_dir=moved, report=told.append)
    assert ended.directory == moved / "2-encoder" and any("Resumed at step 11 of 20" in line for line in told)


def test_a_directory_that_was_moved_goes_on(tmp_path):
    train("follower", "whole_8", run_dir=tmp_path / "run", report=lambda line: None)
    moved = shutil.move(tmp_path / "run", tmp_path / "moved")
    assert command("train", [f"--run_dir={moved}", "--set=2.train.steps=6"]) == 0
    assert (moved / "2-encoder" / "history.csv").read_text().splitlines()[-1].startswith("6,")
    assert isinstance(load_model(moved), Follower)


def test_settings_name_their_stage(tmp_path):
    plan = stages.plan("follower", "whole_8", tmp_path, [("1.train.steps", 7), ("2.model.drawer", "runs/other")])
    assert [str(directory.name) for directory, _ in plan.runs] == ["1-tiny", "2-encoder"]
    first, second = (each for _, each in plan.runs)
    assert first.train.steps == 7 and first.name == "gan" and second.model["drawer"] == "runs/other"
    for key in ("train.steps", "3.train.steps", "0.train.steps"):
        with pytest.raises(UserError, match=f"`{key}`: follower/whole_8 has 2 stages.*--set 2.train.steps=..."):
            stages.plan("follower", "whole_8", tmp_path, [(key, 7)])


def test_a_preset_without_stages_is_one_run(tmp_path):
    plan = stages.plan("gan", "tiny", tmp_path / "run", [("train.steps", 7)])
    assert plan.stages == () and plan.runs == ((tmp_path / "run", recipe.resolve("gan", "tiny", [("train.steps", 7)])),)
    plan.write()
    assert not (tmp_path / "run").exists()


def test_another_run_in_the_directory_is_refused(tmp_path):
    train("gan", "tiny", run_dir=tmp_path / "one", changes={"train.steps": 2}, report=lambda line: None)
    with pytest.raises(UserError, match="holds a run of one stage, expected gan/tiny, follower/encoder_8"):
        train("follower", "whole_8", run_dir=tmp_path / "one")
    stages.plan("follower", "whole_8", tmp_path / "two").write()
    with pytest.raises(UserError, match="holds a run of 2 stages. Name the directory of one of them"):
        train("gan", "tiny", run_dir=tmp_path / "two")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('stages = ["gan/tiny"]', "must hold two stages or more, and nothing else"),
        ('stages = ["gan/tiny", "follower/encoder_8"]\n[whole_8.train]\nsteps = 3', "and nothing else"),
        ("stages = 5", "stages must be a list"),
        (
            'stages = ["gan/tinny", "follower/encoder_8"]',
            "stage `gan/tinny` must be `model/preset`. Did you mean `tiny`",
        ),
        ('stages = ["gon/tiny", "follower/encoder_8"]', "`gon` is not a model"),
        ('stages = ["follower/encoder_8", "gan/tiny"]', "the last stage must be a preset of follower"),
        ('stages = ["follower/whole_8", "follower/encoder_8"]', "stage `follower/whole_8` must be `model/preset`"),
    ],
)
def test_wrong_stages_are_named(zoo, tmp_path, text, message):
    (zoo / "follower.toml").write_text(ZOO.partition("[whole_8]")[0] + f"[whole_8]\n{text}\n")
    with pytest.raises(UserError, match=message):
        train("follower", "whole_8", run_dir=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_later_stage_alone_says_what_it_lacks(tmp_path):
    with pytest.raises(UserError, match="`stage:1` is the gan of an earlier stage.*train a preset of stages"):
        train("follower", "encoder_8", run_dir=tmp_path / "run")
    with pytest.raises(UserError, match="`stage:2` is an earlier stage.*train a preset of stages"):
        train("follower", "tiny", run_dir=tmp_path / "other", changes={"train.init": "stage:2"})


def test_an_untrained_helper_is_the_same_whatever_the_seed(tmp_path):
    helpers = []
    for seed in (1, 2):
        ended = train("follower", "tiny", run_dir=tmp_path / str(seed), changes={"train.seed": seed, "train.steps": 2})
        helpers.append(ended.model.helper())
    for a, b in zip(helpers[0].generator.get_weights(), helpers[1].generator.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not helpers[0].generator.trainable_variables
    with pytest.raises(UserError, match="only presets called `tiny` may have one"):
        recipe.resolve("follower", "encoder_8", [("model.drawer", "gan:tiny")])


def test_published_stages_load_by_the_name_of_the_whole(tmp_path, zoo):
    train("follower", "whole_8", run_dir=tmp_path / "run", report=lambda line: None)
    assert publish.main([str(tmp_path / "run"), "whole_8", "--to_package", "--data", "digits", "--terms", "none"]) == 0
    card = presets.zoo_file("follower")["weights"]["whole_8"]
    assert card["sha256"] == sha256(zoo / card["file"])
    loaded, expected = load_pretrained("follower/whole_8"), load_model(tmp_path / "run")
    for a, b in zip(loaded.encoder.get_weights(), expected.encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert create_model("follower", "whole_8").config["drawer"] == "stage:1"


def test_directories_are_called_by_number_and_preset():
    files = RunDirectory(pathlib.Path("runs/x"))
    names = [files.stage(2, preset).name for preset in ("a/faces_64", "a/tiny", "a/encoder_64_128", "a/b_64_c")]
    assert names == ["2-faces", "2-tiny", "2-encoder", "2-b_64_c"]
