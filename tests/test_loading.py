"""Models of runs: finished, stopped, at a kept step, or the best one; and of runs of before."""

import json
import shutil

import numpy as np
import pytest

from keras_facegan import checkpoint, load_model, run
from keras_facegan.errors import UserError
from tests import contract
from tests.test_run import plan, unbroken  # noqa: F401


@pytest.fixture
def copied(unbroken, tmp_path):  # noqa: F811
    return shutil.copytree(unbroken, tmp_path / "run")


def weights_at(root, step):
    """Return the generator of a checkpoint, as its file holds it."""
    model = run.build(plan())
    checkpoint.restore(root / "checkpoints", step, model)
    return model.network("generator").get_weights()


def loaded(root, step=None):
    told = []
    return load_model(root, step, told.append).network("generator").get_weights(), told


def assert_equal(found, expected, **tolerance):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, **tolerance or {"rtol": 0, "atol": 0})


def test_a_finished_run_gives_its_final_weights_and_says_nothing(copied):
    found, told = loaded(copied)
    assert_equal(found, weights_at(copied, 20), rtol=1e-3, atol=1e-5)
    assert told == []


def test_a_stopped_run_gives_its_newest_checkpoint_and_says_its_step(copied):
    (copied / "model.weights.h5").unlink()
    found, told = loaded(copied)
    assert_equal(found, weights_at(copied, 20))
    assert told == [f"The run in {copied} is not finished: the weights are those of step 20."]
    (copied / "checkpoints" / "step_00000020" / "state.npz").write_bytes(b"damaged")
    found, told = loaded(copied)
    assert_equal(found, weights_at(copied, 10))
    assert "is damaged" in told[0] and told[1].endswith("step 10.")


def test_a_kept_step_is_loaded(copied):
    found, told = loaded(copied, 10)
    assert_equal(found, weights_at(copied, 10))
    assert told == [f"The weights are those of step 10 of the run in {copied}."]


def test_the_best_one_is_loaded_with_its_metric(copied):
    other = run.build(plan(train_seed=7))
    checkpoint.save_best(copied / "checkpoints", other, 15, {"rollbacks": 0, "metric": "fid", "value": 12.25})
    found, told = loaded(copied, "best")
    assert_equal(found, other.network("generator").get_weights())
    assert told == [f"The weights are those of step 15 of the run in {copied}, the best by fid (12.25)."]


def test_where_a_run_ended_before_it_went_on_stays_loadable(copied):
    ended, _ = loaded(copied)
    run.train_recipe(plan(train_steps=50, train_keep_checkpoints=1), copied)
    assert checkpoint.steps(copied / "checkpoints") == [50]
    found, told = loaded(copied, 20)
    assert_equal(found, ended)
    with pytest.raises(UserError, match="keeps no checkpoint of step 30. Available: 20, 50."):
        load_model(copied, 30)


@pytest.mark.parametrize(
    ("source", "step", "message"),
    [
        ("run", 5, "keeps no checkpoint of step 5. Available: 10, 20."),
        ("run", "best", "keeps no checkpoint of step best. Available: 10, 20."),
        ("dcgan/cats_64", 5, "Only runs have steps; `dcgan/cats_64` is the name of pretrained weights"),
        ("empty", None, "holds no run: there is no recipe.toml"),
        ("nothing", None, "neither the name of pretrained weights nor the directory of a run"),
    ],
)
def test_what_cannot_be_loaded_is_one_line(copied, tmp_path, source, step, message):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=message):
        load_model(tmp_path / source if source in ("run", "empty") else source, step)


def test_a_damaged_step_is_refused(copied):
    (copied / "checkpoints" / "step_00000010" / "state.npz").write_bytes(b"damaged")
    with pytest.raises(UserError, match="step_00000010/state.npz is damaged"):
        load_model(copied, 10)


def as_before(root):
    """Make a run look like one of the code before changes, stamps, means and grouped settings were kept."""
    text = (root / "recipe.toml").read_text()
    for name in ("init", "keep_every", "on_divergence"):
        text = "\n".join(line for line in text.splitlines() if not line.startswith(f"{name} = "))
    (root / "recipe.toml").write_text(text.replace("age_groups", "thresholds"))
    for folder in root.glob("checkpoints/step_*"):
        with np.load(folder / "state.npz") as arrays:
            kept = {name: arrays[name] for name in arrays.files if not name.startswith("means/")}
        np.savez(folder / "state.npz", **kept)
        path = folder / "checkpoint.json"
        about = json.loads(path.read_text())
        about["facts"].pop("pictures")
        about["sha256"]["state.npz"] = checkpoint.sha256(folder / "state.npz")
        path.write_text(json.dumps(about))


@pytest.mark.parametrize("name", ["gan", "age_estimator"])
def test_runs_of_before_are_loaded_and_go_on(tmp_path, name):
    groups = [("model.age_groups", [30, 40, 50])] if name == "age_estimator" else []
    root, recipe = tmp_path / "run", contract.tiny(name)
    changes = [(f"train.{key}", value) for key, value in {"steps": 4, "log_every": 2, "checkpoint_every": 2}.items()]
    recipe = run.recipes.resolve(name, "tiny", [*changes, *groups])
    run.train_recipe(recipe, root)
    state = (root / "checkpoints" / "step_00000004" / "state.npz").read_bytes()
    as_before(root)
    (root / "model.weights.h5").unlink()
    shutil.rmtree(root / "checkpoints" / "step_00000004")
    assert ("thresholds" in (root / "recipe.toml").read_text()) == (name == "age_estimator")
    load_model(root)
    told = []
    run.train_recipe(recipe, root, report=told.append)
    assert any("Resumed at step 2 of 4" in line for line in told)
    assert (root / "checkpoints" / "step_00000004" / "state.npz").read_bytes() == state
