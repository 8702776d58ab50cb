"""Beginning from trained weights: what fits is taken over, what does not is named, and an untrained network says so."""

import warnings

import numpy as np
import pytest

from keras_facegan import checkpoint, create_model, load_model, load_pretrained, run
from keras_facegan.errors import UserError
from keras_facegan.loading import load_networks
from keras_facegan.transfer import begin_from
from tests.test_run import plan, rows
from tests.test_run import unbroken as trained  # noqa: F401


def begun(source, name="gan", preset="tiny", **arguments):
    """Return a fresh model that began from a source, and the lines that say so."""
    told = []
    model = create_model(name, preset, seed=5, **arguments)
    begin_from(str(source), model, told.append)
    return model, told


def same(network, other):
    return all(np.array_equal(a, b) for a, b in zip(network.get_weights(), other.get_weights(), strict=True))


def test_a_run_gives_all_its_networks(trained):  # noqa: F811
    model, told = begun(trained)
    source = load_networks(trained)
    assert same(model.generator, source.generator) and same(model.discriminator, source.discriminator)
    assert told == [
        f"Begun from {trained}: the generator has 3 of 3 layers from there.",
        f"Begun from {trained}: the discriminator has 3 of 3 layers from there.",
    ]


def test_weights_of_the_zoo_have_no_discriminator_and_it_is_said():
    model, told = begun("dcgan/cats_64", "dcgan", "cats_64")
    source, fresh = load_pretrained("dcgan/cats_64"), create_model("dcgan", "cats_64", seed=5)
    assert same(model.network("generator"), source.network("generator"))
    # Training goes on from the averaged weights.
    assert same(model.generator, source.network("generator")) and same(model.discriminator, fresh.discriminator)
    assert told[1:] == ["Begun from dcgan/cats_64: the discriminator is fresh, there is none in these weights."]


def test_pictures_of_another_size_name_what_does_not_fit(trained):  # noqa: F811
    model, told = begun(trained, image_shape=(10, 10, 1))
    source = load_networks(trained)
    assert same(model.generator.layers[1], source.generator.layers[1])
    assert told[0] == (
        f"Begun from {trained}: the generator has 2 of 3 layers from there. Fresh, for their shapes differ: "
        "pixels (16, 100)."
    )


def test_twice_the_size_takes_every_layer_of_the_smaller_network(tmp_path):
    small, large = (
        create_model("dcgan", "tiny", seed=seed, image_shape=(side, side, 3), filters=4)
        for seed, side in ((1, 32), (2, 64))
    )
    from keras_facegan.transfer import _take_over

    taken, left = _take_over(small.generator, large.generator)
    kernels = [tuple(each.shape) for each in large.generator.weights if each.ndim == 4]
    assert taken >= 2 * (len(kernels) - 1) and [variables[0].shape for _, variables in left][0][0] == 8
    by_shape = {tuple(each.shape): each for each in small.generator.weights if each.ndim == 4}
    for each in large.generator.weights:
        if tuple(each.shape) in by_shape:
            np.testing.assert_array_equal(np.asarray(each), np.asarray(by_shape[tuple(each.shape)]))


def test_what_fits_nowhere_is_refused(trained):  # noqa: F811
    with pytest.raises(UserError, match="Nothing of `.*` fits gan: no layer has the shape of one of its own"):
        begun(trained, hidden=17, maxout_units=9, maxout_pieces=3)
    with pytest.raises(UserError, match="is neither the name of pretrained weights nor the directory of a run"):
        begun("runs/nowhere")


def test_a_run_begins_from_another_one_at_step_0_only(trained, tmp_path):  # noqa: F811
    settings = {"train_init": str(trained), "train_log_every": 10}
    told = []
    run.train_recipe(plan(**settings, train_steps=10), tmp_path / "run", report=told.append)
    assert sum("Begun from" in line for line in told) == 2
    run.train_recipe(plan(**settings), tmp_path / "unbroken")
    assert rows(tmp_path / "run")[0] == rows(tmp_path / "unbroken")[0]
    # It differs from a run that begins afresh, and going on does not begin again.
    run.train_recipe(plan(train_log_every=10), tmp_path / "fresh")
    assert rows(tmp_path / "fresh")[0] != rows(tmp_path / "run")[0]
    told = []
    run.train_recipe(plan(train_steps=20), tmp_path / "run", report=told.append)
    assert not any("Begun from" in line for line in told)
    assert (tmp_path / "run" / "history.csv").read_bytes() == (tmp_path / "unbroken" / "history.csv").read_bytes()


@pytest.mark.parametrize("init", ["runs/nowhere", "stage:1"])
def test_what_a_run_cannot_begin_from_is_refused_before_pictures_are_read(tmp_path, init):
    with pytest.raises(UserError, match=init):
        run.train_recipe(plan(train_init=init, data_dataset="cats"), tmp_path / "run", data_dir=tmp_path)
    assert not (tmp_path / "run" / "recipe.toml").exists()


def test_optimizers_of_a_run_are_not_taken_over(trained):  # noqa: F811
    model = run.build(plan(train_seed=9))
    begin_from(str(trained), model, lambda line: None)
    assert all(int(optimizer.iterations) == 0 for optimizer in model.optimizers.values())


@pytest.mark.parametrize("use", [lambda model: model.compile(), lambda model: model({"image": np.zeros((2, 8, 8, 1))})])
def test_an_untrained_discriminator_says_so_once_when_it_is_used(trained, use):  # noqa: F811
    model = load_model(trained)
    model.generate(2)
    with pytest.warns(UserWarning, match="the discriminator of this model is untrained.*begin from one with"):
        use(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        use(model)


def test_a_checkpoint_leaves_nothing_untrained(trained):  # noqa: F811
    model = load_model(trained, step=10)
    assert model.fresh_networks == ()
    with np.load(trained / "checkpoints" / "step_00000010" / "state.npz") as arrays:
        stored = {arrays[name].tobytes() for name in arrays.files if name.startswith("model/")}
    assert {np.asarray(each).tobytes() for each in model.discriminator.weights} <= stored
    assert checkpoint.training_state(model)
