"""A dry run tells the plan and leaves no trace."""

import numpy as np

from keras_facegan import dry_run, recipe, run
from keras_facegan.cli import run as command


def test_the_plan_names_sizes_data_and_memory(tmp_path, capsys):
    directory = tmp_path / "run"
    assert command("train", ["--model", "dcgan", "--preset", "tiny", "--dry_run", "--run_dir", str(directory)]) == 0
    told = capsys.readouterr().out
    model = run.build(recipe.resolve("dcgan", "tiny"))
    trained = sum(int(np.prod(variable.shape)) for variable in model.generator.trainable_variables)
    assert f"{trained:,}" in told
    assert "256 pictures of drawn_faces" in told and "steps: 20 of 16 pictures" in told and "MiB" in told
    assert not directory.exists()


def test_memory_holds_the_state_and_grows_with_the_batch():
    model = run.build(recipe.resolve("dcgan", "tiny"))
    state = [*model.variables, *(each for optimizer in model.optimizers.values() for each in optimizer.variables)]
    stored = sum(int(np.prod(variable.shape)) * 4 for variable in state)
    small, large = dry_run.memory(model, 16), dry_run.memory(model, 32)
    assert stored < small < large < 2 * small
