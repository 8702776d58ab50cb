"""A run that goes on with something new: more steps, other settings, other pictures; recorded, and a function of it."""

import dataclasses
import pathlib
import shutil

import numpy as np
import pytest

from keras_facegan import checkpoint, preparation, recipe, run
from keras_facegan.changes import go_on, go_on_with
from keras_facegan.errors import UserError
from tests.test_run import plan, rows, stored

ROOT = pathlib.Path("runs/mine")


def resolve(**changes):
    return plan(**changes)


def merged(recorded, wanted, step=10, allow=True):
    return go_on(recorded, wanted, step, allow, ROOT)


# What the settings of a run become, without training.


def test_settings_that_cannot_change_weights_may_change_at_any_time():
    free = {
        "train_steps": 40, "train_log_every": 2, "train_sample_every": 3, "train_eval_every": 4,
        "train_eval_metrics": "fid+kid", "train_eval_extractor": "digit_net/default", "train_checkpoint_every": 4,
        "train_keep_checkpoints": 5,
        "train_keep_every": 6, "train_on_divergence": "rollback",
    }  # fmt: skip
    found, lines = merged(plan(), resolve(**free), allow=False)
    assert found == resolve(**free) and lines == []


def test_intervals_stay_multiples_of_each_other():
    with pytest.raises(UserError, match=r"checkpoint_every \(10\) must be a multiple of train.log_every \(3\)"):
        merged(plan(), plan(train_log_every=3))


def test_steps_and_epochs_take_each_others_place():
    found, _ = merged(plan(), plan(train_epochs=3), allow=False)
    assert (found.train.steps, found.train.epochs) == (0, 3)
    found, _ = merged(found, plan(train_steps=7), allow=False)
    assert (found.train.steps, found.train.epochs) == (7, 0)


def test_what_nobody_asked_for_stays_as_the_run_has_it():
    began = plan(train_steps=50, train_sample_every=7)
    assert merged(began, plan(), allow=False) == (began, [])
    changed, _ = merged(began, plan(train_batch_size=8))
    # The command that began the run does not take the change back.
    assert merged(changed, plan(train_steps=50), step=12, allow=False) == (changed, [])
    # The command with the change goes on without asking again.
    assert merged(changed, plan(train_batch_size=8), step=12, allow=False) == (changed, [])


def test_other_settings_need_permission_and_are_recorded_with_their_step():
    with pytest.raises(UserError) as error:
        merged(plan(), plan(train_batch_size=8, train_steps=40), allow=False)
    assert "train.batch_size: expected 16, got 8. Add --allow_changes" in str(error.value)
    found, lines = merged(plan(), plan(train_batch_size=8, train_steps=40))
    assert found.changes == (recipe.Change(10, {"batch_size": 8}),) and found.train.batch_size == 16
    assert found.train.steps == 40
    assert lines == ["Changed from step 10 on: train.batch_size: was 16, is now 8."]


def test_one_key_of_the_optimizer_changes_alone():
    first, _ = merged(plan(), plan(**{"train_optimizer.beta_1": 0.9}))
    second, lines = merged(first, plan(**{"train_optimizer.learning_rate": 1e-3}), step=15)
    assert second.after(15).train.optimizer == {"name": "adam", "learning_rate": 1e-3, "beta_1": 0.9}
    assert lines == ["Changed from step 15 on: train.optimizer.learning_rate: was 0.0002, is now 0.001."]
    # A schedule in the place of a number, and back.
    schedule = {"name": "cosine_decay", "initial_learning_rate": 1e-3, "decay_steps": 30}
    third, _ = merged(second, plan(**{"train_optimizer.learning_rate": schedule}), step=18)
    assert third.after(18).train.optimizer == {"name": "adam", "learning_rate": schedule, "beta_1": 0.9}
    fourth, _ = merged(third, plan(**{"train_optimizer.learning_rate": 1e-4}), step=19)
    assert fourth.after(19).train.optimizer == {"name": "adam", "learning_rate": 1e-4, "beta_1": 0.9}
    assert [change.step for change in fourth.changes] == [10, 15, 18, 19]


def test_two_changes_at_one_step_are_one():
    first, _ = merged(plan(), plan(train_batch_size=8))
    second, _ = merged(first, plan(train_batch_size=4, train_seed=3))
    assert second.changes == (recipe.Change(10, {"batch_size": 4, "seed": 3}),)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"model_hidden": 24}, "model.hidden: expected 16, got 24"),
        ({"data_split": "all"}, "data.split: expected None, got 'all'"),
        ({"train_init": "dcgan/cats_64"}, "train.init: expected '', got 'dcgan/cats_64'"),
    ],
)
def test_what_a_run_is_never_changes(changes, line):
    with pytest.raises(UserError) as error:
        merged(plan(), plan(**changes, train_batch_size=8))
    said = str(error.value)
    assert line in said and "train.batch_size: expected 16, got 8" in said and "\n" not in said
    assert "choose another --run_dir; there, --init=runs/mine begins with the weights of this run" in said


def test_leaving_init_out_is_no_change():
    began = plan(train_init="runs/other")
    assert merged(began, plan(), allow=False) == (began, [])


@dataclasses.dataclass
class Pictures:
    count: int
    stamp: str

    def __len__(self):
        return self.count


def test_pictures_are_known_by_number_and_stamp():
    facts = {"examples": 100, "pictures": "ab"}
    assert go_on_with(Pictures(100, "ab"), plan(), 10, facts, False, ROOT) == (plan(), [])
    for pictures, message in (
        (Pictures(120, "cd"), "100 pictures, there are 120 now"),
        (Pictures(100, "cd"), "other names"),
    ):
        with pytest.raises(UserError, match=f"{message}.*Bring the data back, add --allow_changes"):
            go_on_with(pictures, plan(), 10, facts, False, ROOT)
    found, lines = go_on_with(Pictures(120, "cd"), plan(), 10, facts, True, ROOT)
    assert found.changes == (recipe.Change(10, {}, 120, "cd"),) and "there are 120 now" in lines[0]
    # Recorded once, it needs no permission again; and moves to where the run really goes on.
    again, _ = go_on_with(Pictures(120, "cd"), found, 8, facts, False, ROOT)
    assert again.changes == (recipe.Change(8, {}, 120, "cd"),)


def test_checkpoints_of_before_know_no_stamp():
    assert go_on_with(Pictures(100, "ab"), plan(), 10, {"examples": 100}, False, ROOT) == (plan(), [])
    with pytest.raises(UserError, match="there are 120 now"):
        go_on_with(Pictures(120, "ab"), plan(), 10, {"examples": 100}, False, ROOT)


def test_epochs_count_pictures_whatever_the_batch_sizes():
    model = type("Model", (), {"batches_per_step": 2})
    epochs = plan(train_epochs=3, train_batch_size=16)
    assert run.total_steps(epochs, model, range(100)) == 10
    # 4 steps of 32 pictures, then 172 by 8.
    changed = dataclasses.replace(epochs, changes=(recipe.Change(4, {"batch_size": 4}),))
    assert run.total_steps(changed, model, range(100)) == 4 + 22
    # A change after the end changes nothing.
    late = dataclasses.replace(epochs, changes=(recipe.Change(10, {"batch_size": 1}),))
    assert run.total_steps(late, model, range(100)) == 10


# Runs that go on.


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A run that ended at step 10."""
    root = tmp_path_factory.mktemp("changes") / "short"
    run.train_recipe(plan(train_steps=10), root)
    return root


@pytest.fixture
def going_on(short, tmp_path):
    return shutil.copytree(short, tmp_path / "run")


def assert_same(root, other):
    assert (root / "history.csv").read_bytes() == (other / "history.csv").read_bytes()
    found, expected = stored(root / "model.weights.h5"), stored(other / "model.weights.h5")
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


def test_more_steps_after_the_end_are_those_of_a_longer_run(going_on, tmp_path):
    ended = (going_on / "model.weights.h5").read_bytes()
    run.train_recipe(plan(train_steps=20), going_on)
    run.train_recipe(plan(train_steps=20), tmp_path / "long")
    assert_same(going_on, tmp_path / "long")
    assert (going_on / "recipe.toml").read_bytes() == (tmp_path / "long" / "recipe.toml").read_bytes()
    # The weights with which it ended before are kept.
    assert (going_on / "model_step_00000010.weights.h5").read_bytes() == ended


def test_fewer_steps_than_taken_end_at_once(going_on):
    before = {path: path.read_bytes() for path in going_on.rglob("*.npz")}
    told = []
    run.train_recipe(plan(train_steps=5), going_on, report=told.append)
    assert told[-1] == f"The run in {going_on} is finished: 10 steps, weights in {going_on / 'model.weights.h5'}."
    assert not any("Training:" in line for line in told)
    assert {path: path.read_bytes() for path in going_on.rglob("*.npz")} == before


def test_a_finished_run_without_checkpoints_stays_finished(going_on):
    shutil.rmtree(going_on / "checkpoints")
    before = {path: path.read_bytes() for path in going_on.iterdir() if path.is_file()}
    told = []
    run.train_recipe(plan(), going_on, report=told.append)
    assert told[-1] == f"The run in {going_on} is finished: 10 steps, weights in {going_on / 'model.weights.h5'}."
    # More steps have nothing to go on from.
    with pytest.raises(UserError, match=r"ended at step 10 and its checkpoints are gone.*--init="):
        run.train_recipe(plan(train_steps=20), going_on)
    assert {path: path.read_bytes() for path in going_on.iterdir() if path.is_file()} == before


def change(root, **settings):
    """Let a run go on to step 20 with other settings from step 10 on; return what it said."""
    told = []
    run.train_recipe(plan(train_steps=20, **settings), root, report=told.append, allow_changes=True)
    return told


@pytest.mark.parametrize(
    "settings",
    [
        {"train_batch_size": 8},
        {"train_optimizer": {"name": "sgd", "learning_rate": 0.1}},
        {"train_mixed_precision": "float16"},
    ],
)
def test_a_run_is_a_function_of_its_recipe_and_its_changes(going_on, short, tmp_path, settings):
    told = change(going_on, **settings)
    assert any(line.startswith("Changed from step 10 on: train.") for line in told)
    # Another way there: all checkpoints are lost, and every step is taken again from the recipe.
    again = shutil.copytree(going_on, tmp_path / "again")
    shutil.rmtree(again / "checkpoints")
    (again / "model.weights.h5").unlink()
    run.train_recipe(plan(), again)
    assert_same(again, going_on)
    # Without the change the end is another one.
    run.train_recipe(plan(), tmp_path / "other")
    assert rows(tmp_path / "other")[:2] == rows(going_on)[:2] and rows(tmp_path / "other")[3] != rows(going_on)[3]


def test_moments_stay_when_a_rate_changes(going_on):
    before = run.build(plan())
    checkpoint.restore(going_on / "checkpoints", 10, before)
    now = run.build(plan(**{"train_optimizer.learning_rate": 1e-3}))
    run.carry_over(before, now)
    expected, found = checkpoint.training_state(before), checkpoint.training_state(now)
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_array_equal(np.asarray(found[name]), np.asarray(expected[name]), err_msg=name)
    assert float(now.optimizers["generator"].learning_rate) == pytest.approx(1e-3)


def test_another_optimizer_begins_without_moments_at_the_same_step(going_on):
    before = run.build(plan())
    checkpoint.restore(going_on / "checkpoints", 10, before)
    now = run.build(plan(train_optimizer={"name": "rmsprop", "learning_rate": 1e-3}))
    run.carry_over(before, now)
    for optimizer in now.optimizers.values():
        assert int(optimizer.iterations) == 10
        moments = [each for each in optimizer.variables if each.name not in ("iteration", "learning_rate")]
        assert moments and not any(np.asarray(each).any() for each in moments)


def test_steps_after_a_schedule_are_said_with_their_key(tmp_path):
    schedule = {"name": "cosine_decay", "initial_learning_rate": 1e-3, "decay_steps": 10}
    told = []
    for steps in (10, 12):
        settings = {"train_steps": steps, "train_optimizer.learning_rate": schedule}
        run.train_recipe(plan(**settings), tmp_path / "run", report=told.append)
    said = [line for line in told if "decay_steps" in line]
    assert said == [
        "train.optimizer.learning_rate.decay_steps (10) ends at step 10: up to step 12 the learning rate stays at 0. "
        "Set train.optimizer.learning_rate.decay_steps and add --allow_changes to learn at another rate."
    ]


def test_a_set_that_grew_is_sampled_anew_and_recorded(going_on, monkeypatch, tmp_path):
    opened = preparation.open_examples

    def more(*args):
        examples = opened(*args)
        images = np.concatenate([examples.images, examples.images[:50]])
        columns = {name: np.concatenate([values, values[:50]]) for name, values in examples.columns.items()}
        keys = (*examples.keys, *(f"more/{number}" for number in range(50)))
        return dataclasses.replace(examples, images=images, columns=columns, keys=keys, stamp="grown")

    monkeypatch.setattr(run, "open_examples", more)
    with pytest.raises(UserError, match="add --allow_changes to go on with these"):
        run.train_recipe(plan(train_steps=20), going_on)
    told = []
    ended = run.train_recipe(plan(train_steps=20), going_on, report=told.append, allow_changes=True)
    assert any("Changed from step 10 on: the pictures." in line for line in told)
    written = recipe.from_tables(recipe.read(going_on / "recipe.toml"))
    assert written.changes == (recipe.Change(10, {}, len(ended.examples), "grown"),)
    assert checkpoint.newest(going_on / "checkpoints")[1]["pictures"] == "grown"
    # The whole new set is drawn from.
    drawn = ended.examples.batches(16, start_step=10)
    seen = {int(index) for batch in drawn.take(len(ended.examples) // 8) for index in batch["index"]}
    assert max(seen) >= len(ended.examples) - 50
