"""A dry run tells the plan and leaves no trace."""

import numpy as np
import pytest

from keras_facegan import dry_run, list_models, memory, presets, recipe, run
from keras_facegan.cli import run as command
from keras_facegan.data.pipeline import Examples


def test_the_plan_names_sizes_data_and_memory(tmp_path, capsys):
    directory = tmp_path / "run"
    assert command("train", ["--model", "dcgan", "--preset", "tiny", "--dry_run", "--run_dir", str(directory)]) == 0
    told = capsys.readouterr().out
    model = run.build(recipe.resolve("dcgan", "tiny"))
    trained = sum(int(np.prod(variable.shape)) for variable in model.generator.trainable_variables)
    assert f"{trained:,}" in told
    assert "256 pictures of drawn_faces" in told and "steps: 20 of 16 pictures" in told and "MiB" in told
    assert not directory.exists()


# Built in a second or two; the others are larger.
CHEAP = {"tiny", "default", "judge_64"}
PRESETS = [
    pytest.param(model, preset, marks=[] if preset in CHEAP else pytest.mark.slow)
    for model in list_models()
    for preset in presets.preset_names(model)
    # Presets without a data set are for arrays and have no run to plan.
    if "stages" in presets.zoo_file(model)[preset] or "data" in presets.zoo_file(model)[preset]
]


@pytest.mark.parametrize(("model", "preset"), PRESETS)
def test_every_preset_can_be_planned(model, preset, tmp_path, monkeypatch, capsys):
    plan = recipe.resolve(model, preset)
    # As many pictures as a model keeps codes of.
    count = plan.model.get("num_codes", 80)

    def some_examples(plan, model, data_dir, skip_bad):
        # Most sets lie on no machine of a test; a plan needs their labels and their number.
        number = np.arange(count)
        columns = {"age": number.astype("float32"), "identity": number // 8, "label": number % 10, "gender": number % 2}
        columns["attributes"] = np.random.default_rng(0).integers(0, 2, (count, 40)).astype("float32")
        return Examples("some", np.zeros((count, 8, 8, 3), "uint8"), columns, ("",) * count)

    monkeypatch.setattr(run, "open_examples", some_examples)
    # The presets of papers may be larger than the machine of a test.
    monkeypatch.setattr(memory, "free_memory", lambda: 2**50)
    dry_run.show(plan, tmp_path / "run")
    told = capsys.readouterr().out
    of_a_step = plan.train.batch_size * plan.model.get("n_critic", 1)
    assert f"data: {count:,} pictures of some" in told and f"of {of_a_step} pictures" in told
    needed = int(told.split("memory: about ")[1].split(" MiB")[0].replace(",", ""))
    assert 0 <= needed < 1e6 and not (tmp_path / "run").exists()


def test_what_cannot_fit_is_refused_with_the_estimate(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(memory, "free_memory", lambda: 2**20)
    arguments = ["--model", "dcgan", "--preset", "tiny", "--run_dir", str(tmp_path / "run")]
    for more in (["--dry_run"], []):
        assert command("train", [*arguments, *more]) == 1
        message = capsys.readouterr().err
        assert "A step of dcgan with batches of 16 takes about 0.0 GiB, 0.0 GiB are free" in message
        assert "Lower train.batch_size" in message
