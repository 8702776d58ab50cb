"""The best state of a run: kept by the first metric that has a better and a worse, over kills and resumes."""

import numpy as np
import pytest

from keras_facegan import checkpoint, run
from keras_facegan.callbacks.best import Best
from keras_facegan.evaluation.direction import direction, is_better
from tests import contract


@pytest.fixture(scope="module")
def model():
    return run.build(contract.tiny("gan", seed=3))


def test_lower_or_higher_is_better_as_the_metric_says():
    assert is_better("fid", 1.0, 2.0) and not is_better("fid", 2.0, 1.0)
    assert is_better("accuracy", 0.9, 0.8) and not is_better("accuracy", 0.8, 0.9)
    assert not is_better("fid", 1.0, 1.0) and not is_better("accuracy", 1.0, 1.0)
    assert direction("fid") and not direction("bias")


@pytest.mark.parametrize(
    ("values", "kept"),
    [([5.0, 3.0, 4.0], (20, 3.0)), ([5.0, 5.0], (10, 5.0)), ([float("nan"), 7.0, float("inf")], (20, 7.0))],
)
def test_the_best_value_stays(model, tmp_path, values, kept):
    told = []
    for number, value in enumerate(values, 1):
        # Every look is by a callback of its own, as after a kill.
        Best(tmp_path, {"rollbacks": 0}, told.append).keep(model, 10 * number, {"fid": value, "kid": 1.0})
    step, facts = checkpoint.about(tmp_path, "best")
    assert (step, facts["value"]) == kept and facts["metric"] == "fid" and facts["rollbacks"] == 0
    assert told[-1] == f"Step {kept[0]}: the best fid so far, kept as {tmp_path / 'best'}."


def test_values_without_a_direction_keep_nothing(model, tmp_path):
    Best(tmp_path, {}, print).keep(model, 10, {"bias": 1.0})
    assert not checkpoint.has_best(tmp_path)


def test_a_damaged_best_is_replaced(model, tmp_path):
    best = Best(tmp_path, {}, lambda line: None)
    best.keep(model, 10, {"fid": 1.0})
    (tmp_path / "best" / "state.npz").write_bytes(b"damaged")
    best.keep(model, 20, {"fid": 9.0})
    assert checkpoint.about(tmp_path, "best")[0] == 20


def test_a_run_keeps_the_state_of_its_best_look(tmp_path, monkeypatch):
    values = iter([4.0, 2.0, 3.0, 5.0])
    monkeypatch.setattr("keras_facegan.callbacks.evaluation.running_metrics", lambda run: lambda: {"fid": next(values)})
    settings = [("train.eval_every", 5), ("train.keep_every", 10)]
    run.train_recipe(run.recipes.resolve("gan", "tiny", settings), tmp_path / "run")
    step, facts = checkpoint.about(tmp_path / "run" / "checkpoints", "best")
    assert (step, facts["value"], facts["metric"]) == (10, 2.0, "fid")
    folder = tmp_path / "run" / "checkpoints"
    with np.load(folder / "best" / "state.npz") as best, np.load(folder / "step_00000010" / "state.npz") as kept:
        assert {name: best[name].tobytes() for name in best.files} == {n: kept[n].tobytes() for n in kept.files}
