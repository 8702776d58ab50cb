"""Metrics while a model is trained: they are reported and shown, and change nothing of what is learned."""

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from keras_facegan import recipe, run
from keras_facegan.errors import UserError


def plan(**train):
    changes = {"model.ema_decay": 0.0, "train.batch_size": 8, "train.steps": 4, "train.log_every": 1}
    changes |= {"train.checkpoint_every": 4, **{f"train.{name}": value for name, value in train.items()}}
    return recipe.resolve("gan", "tiny", changes.items())


def test_looking_changes_nothing(tmp_path):
    lines = []
    run.train(plan(), tmp_path / "unseen", report=lines.append)
    run.train(plan(eval_every=2, eval_metrics="fid+precision_recall"), tmp_path / "seen", report=lines.append)
    seen = [line for line in lines if ", evaluation: fid " in line]
    assert [line.split(",")[0] for line in seen] == ["Step 2", "Step 4"] and "recall" in seen[0]
    histories = [(tmp_path / name / "history.csv").read_bytes() for name in ("unseen", "seen")]
    assert histories[0] == histories[1]
    board = EventAccumulator(str(tmp_path / "seen" / "tensorboard")).Reload()
    assert [point.step for point in board.Scalars("evaluation/fid")] == [2, 4]


def test_wrong_metrics_are_said_before_the_first_step(tmp_path):
    with pytest.raises(UserError, match="Did you mean `fid`"):
        plan(eval_every=2, eval_metrics="fdi")
    with pytest.raises(UserError, match="has no method `estimate_age`. It can be measured by"):
        run.train(plan(eval_every=2, eval_metrics="ages"), tmp_path)


def test_a_run_from_before_the_setting_existed_goes_on(tmp_path):
    run.train(plan(), tmp_path, report=lambda line: None)
    path = tmp_path / "recipe.toml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("eval_")]
    path.write_text("\n".join(lines))
    said = []
    run.train(plan(), tmp_path, report=said.append)
    assert "is finished" in said[0]
    with pytest.raises(UserError, match="train.eval_every: expected 0, got 2"):
        run.train(plan(eval_every=2), tmp_path)
