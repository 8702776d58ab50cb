"""A dry run tells the plan and leaves no trace."""

import keras
import numpy as np
import pytest

from keras_facegan import dry_run, list_models, presets, recipe, run
from keras_facegan.cli import run as command
from keras_facegan.data.pipeline import Examples
from keras_facegan.layers.age_gate import AgeGate
from keras_facegan.layers.resize_to import ResizeTo
from keras_facegan.seam import runtime


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


def test_activations_are_counted_at_the_size_of_the_pictures():
    image = keras.Input((None, None, 3), name="image")
    small = ResizeTo(8)(image)
    x = keras.layers.Conv2D(4, 3, padding="same")(small)
    network = keras.Model({"image": image}, keras.layers.GlobalAveragePooling2D()(x))
    counted = 4 * (8 * 8 * 3 + 8 * 8 * 4 + 4)
    assert dry_run.activations(network, (8, 8, 3)) == counted
    # What is resized does not grow with the picture, what is not does.
    assert dry_run.activations(network, (16, 16, 3)) == counted
    free = keras.Model(image, keras.layers.Conv2D(4, 3, padding="same")(image))
    assert dry_run.activations(free, (16, 16, 3)) == 4 * dry_run.activations(free, (8, 8, 3)) == 4 * 16 * 16 * 4


def test_a_layer_called_twice_counts_twice_and_half_precision_half():
    def network():
        image = keras.Input((8, 8, 4), name="image")
        relu = keras.layers.ReLU()
        return keras.Model(image, relu(keras.layers.Conv2D(4, 3, padding="same")(relu(image))))

    assert dry_run.activations(network(), (8, 8, 4)) == 3 * 4 * 8 * 8 * 4
    with runtime.precision("mixed_bfloat16"):
        assert dry_run.activations(network(), (8, 8, 4)) == 3 * 2 * 8 * 8 * 4


def test_networks_inside_layers_and_models_are_counted():
    inside = keras.Input((8, 8, 3), name="image")
    residual = keras.Model(inside, keras.layers.Conv2D(3, 3, padding="same")(keras.layers.ReLU()(inside)))
    image, group = keras.Input((8, 8, 3), name="image"), keras.Input((), dtype="int32", name="group")
    chain = keras.Model({"image": image, "group": group}, AgeGate(residual, 0)(image, group, group))
    one = 4 * 8 * 8 * 3
    assert dry_run.activations(chain, (8, 8, 3)) == 3 * one
    assert dry_run.activations(keras.Model(image, residual(image)), (8, 8, 3)) == 2 * one


def test_an_estimate_leaves_the_model_as_it_is():
    model = run.build(recipe.resolve("facenet", "tiny"))
    before = [np.asarray(each) for each in model.variables]
    images = np.random.default_rng(0).uniform(-1, 1, (3, 32, 32, 3)).astype("float32")
    embedded = model.embed(images)
    assert dry_run.memory(model, 16) == dry_run.memory(model, 16)
    for old, each in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, np.asarray(each))
    np.testing.assert_array_equal(embedded, model.embed(images))


# Built in a second or two; the others are larger.
CHEAP = {"tiny", "default", "judge_64"}
PRESETS = [
    pytest.param(model, preset, marks=[] if preset in CHEAP else pytest.mark.slow)
    for model in list_models()
    for preset in presets.preset_names(model)
]


@pytest.mark.parametrize(("model", "preset"), PRESETS)
def test_every_preset_can_be_planned(model, preset, tmp_path, monkeypatch, capsys):
    def some_examples(plan, data_dir, skip_bad):
        # Most sets lie on no machine of a test; a plan needs their labels and their number.
        number = np.arange(80)
        columns = {"age": number.astype("float32"), "identity": number // 8, "label": number % 10}
        return Examples("some", np.zeros((80, 8, 8, 3), "uint8"), columns, ("",) * 80)

    monkeypatch.setattr(run, "open_examples", some_examples)
    plan = recipe.resolve(model, preset)
    dry_run.show(plan, tmp_path / "run")
    told = capsys.readouterr().out
    assert "data: 80 pictures of some" in told and f"of {plan.train.batch_size}" in told
    memory = int(told.split("memory: about ")[1].split(" MiB")[0].replace(",", ""))
    assert 0 <= memory < 1e6 and not (tmp_path / "run").exists()
