"""Metrics while a model is trained: they are reported and shown, and change nothing of what is learned."""

import shutil

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from keras_facegan import recipe, run
from keras_facegan.data.images import to_float
from keras_facegan.errors import UserError


def plan(**train):
    changes = {"model.ema_decay": 0.0, "train.batch_size": 8, "train.steps": 4, "train.log_every": 1}
    changes |= {"train.checkpoint_every": 4, **{f"train.{name}": value for name, value in train.items()}}
    return recipe.resolve("gan", "tiny", changes.items())


def test_looking_changes_nothing(tmp_path):
    lines = []
    run.train_recipe(plan(), tmp_path / "unseen", report=lines.append)
    run.train_recipe(plan(eval_every=2, eval_metrics="fid+precision_recall"), tmp_path / "seen", report=lines.append)
    seen = [line for line in lines if ", evaluation: fid " in line]
    assert [line.split(",")[0] for line in seen] == ["Step 2", "Step 4"] and "recall" in seen[0]
    histories = [(tmp_path / name / "history.csv").read_bytes() for name in ("unseen", "seen")]
    assert histories[0] == histories[1]
    board = EventAccumulator(str(tmp_path / "seen" / "tensorboard")).Reload()
    assert [point.step for point in board.Scalars("evaluation/fid")] == [2, 4]


def test_wrong_metrics_are_said_before_the_first_step(tmp_path):
    with pytest.raises(UserError, match="Did you mean `fid`"):
        plan(eval_every=2, eval_metrics="fdi")
    with pytest.raises(UserError, match="gan cannot estimate ages. It can be measured by"):
        run.train_recipe(plan(eval_every=2, eval_metrics="ages"), tmp_path)


def test_a_run_from_before_the_setting_existed_goes_on(tmp_path):
    run.train_recipe(plan(), tmp_path, report=lambda line: None)
    path = tmp_path / "recipe.toml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("eval_")]
    path.write_text("\n".join(lines))
    said = []
    run.train_recipe(plan(), tmp_path, report=said.append)
    assert any("is finished" in line for line in said)
    # How often a run is looked at, and by what, changes no weights.
    run.train_recipe(plan(eval_every=2, eval_extractor="digit_net/default"), tmp_path, report=said.append)
    assert "is finished" in said[-1]


def test_pictures_of_ones_own_take_a_named_extractor_before_anything_is_read(tmp_path):
    own = {"data.dataset": "image_folder", "train.eval_every": 2}
    changes = {"train.steps": 4, "train.log_every": 1, "train.checkpoint_every": 4, **own}
    for more in ({}, {"train.eval_metrics": "sharpness+classifier_score"}):
        with pytest.raises(UserError, match="--set train.eval_extractor=NAME.*cat_net/cats_64 cats"):
            plan = recipe.resolve("gan", "tiny", {**changes, **more}.items())
            run.train_recipe(plan, tmp_path / "run", tmp_path / "nowhere")
    assert not (tmp_path / "run").exists()
    # What looks at pixels alone asks for no network, one that is named is taken: both get as far as the folder.
    for more in ({"train.eval_metrics": "sharpness"}, {"train.eval_extractor": "digit_net/default"}):
        with pytest.raises(UserError, match="nowhere"):
            plan = recipe.resolve("gan", "tiny", {**changes, **more}.items())
            run.train_recipe(plan, tmp_path / "run", tmp_path / "nowhere")
        shutil.rmtree(tmp_path / "run")
    with pytest.raises(UserError, match="Did you mean `digit_net/default`"):
        changes["train.eval_extractor"] = "digit_net/defualt"
        run.train_recipe(recipe.resolve("gan", "tiny", changes.items()), tmp_path / "run", tmp_path / "nowhere")


def test_metrics_of_held_out_pictures_are_taken_of_those(tmp_path):
    lines = []
    changes = {"train.steps": 2, "train.batch_size": 8, "train.log_every": 1, "train.checkpoint_every": 2}
    changes |= {"train.eval_every": 2, "train.eval_metrics": "accuracy"}
    trained = run.train_recipe(recipe.resolve("digit_net", "tiny", changes.items()), tmp_path, report=lines.append)
    said = next(line for line in lines if ", evaluation: " in line)
    right = (
        trained.model.classify(to_float(trained.held_out.images)).argmax(axis=1) == trained.held_out.columns["label"]
    )
    assert said == f"Step 2, evaluation: accuracy {right.mean():.4g}"


def test_a_metric_of_more_pictures_than_there_are_costs_the_run_nothing(tmp_path):
    lines = []
    changes = {"train.steps": 4, "train.batch_size": 2, "train.log_every": 1, "train.checkpoint_every": 4}
    changes |= {"data.size": 3, "train.eval_metrics": "precision_recall+fid", "train.eval_every": 2}
    run.train_recipe(recipe.resolve("dcgan", "tiny", changes.items()), tmp_path, report=lines.append)
    out = [line for line in lines if "is left out" in line]
    assert out == ["precision_recall is left out: real must come from at least 4 pictures, got 3."]
    assert len([line for line in lines if ", evaluation: fid " in line]) == 2
