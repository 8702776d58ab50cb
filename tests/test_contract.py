"""The contract: what every registered model does on its [tiny] preset. One fitted model serves all checks of a name."""

import difflib
import inspect
import json

import h5py
import numpy as np
import pytest

from keras_facegan import checkpoint, create_model, export, list_models, run, weights
from keras_facegan.abilities import ABILITIES, Decodes, Exports, Generates, GivesLikelihood, require, words
from keras_facegan.data.images import to_float
from keras_facegan.errors import UserError
from keras_facegan.latent.inversion import invert
from keras_facegan.models._base import ZooModel
from keras_facegan.registry import MODELS
from tests import contract


@pytest.fixture(scope="module", params=list_models())
def fitted(request, tmp_path_factory):
    return contract.fitted(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def reader():
    reader = contract.Reader()
    yield reader
    reader.close()


def needs(model, *abilities):
    for ability in abilities:
        if not isinstance(model, ability):
            pytest.skip(f"{model.name} cannot {words(ability)}")


def test_protocol_names_networks_terms_and_data(fitted):
    for name in (*fitted.model.networks, *fitted.model.inference):
        assert getattr(fitted.model, name).built
    assert set(fitted.model.reads) <= set(fitted.examples.keys_available)
    assert MODELS.get(fitted.name).terms == fitted.model.terms
    assert fitted.model.batches_per_step >= 1
    assert fitted.model.optimizer.optimizers == list(fitted.model.optimizers.values())


def test_config_comes_back_from_json_with_equal_shapes(fitted):
    config = json.loads(json.dumps(fitted.model.get_config()))
    twin = type(fitted.model).from_config(config)
    assert json.loads(json.dumps(twin.get_config())) == config
    assert twin.name == fitted.model.name
    made, first = ([(each.name, each.shape, each.dtype) for each in m.variables] for m in (twin, fitted.model))
    assert made == first


def test_fit_logs_every_term_and_stays_finite(fitted):
    assert len(fitted.logs) == contract.STEPS
    for logs in fitted.logs:
        assert set(fitted.model.terms) <= set(logs)
        assert np.isfinite(list(logs.values())).all()
    assert all(np.isfinite(value).all() for value in fitted.state.values())


def test_evaluate_gives_the_terms_of_a_step_and_moves_nothing(fitted):
    def state():
        values = contract.values(fitted.model)
        return {name: value for name, value in values.items() if not name.startswith("means/")}

    before = state()
    data = contract.element(fitted.model, fitted.recipe, fitted.examples)
    data = {name: np.asarray(values) for name, values in data.items()}
    logs = fitted.model.evaluate(data, batch_size=len(data["image"]), return_dict=True, verbose=0)
    assert set(fitted.model.terms) <= set(logs) and np.isfinite(list(logs.values())).all()
    assert contract.changed(before, state()) == set()


def test_each_player_moves_its_own_weights_only(fitted):
    model = run.build(fitted.recipe)
    weights_of = {each: set(values) for each, values in contract.network_values(model).items()}
    moved = {each: set() for each in model.networks}
    minimize, minimize_each = model.minimize, model.minimize_each

    def watched(step, networks):
        before = contract.network_values(model)
        result = step()
        after = contract.network_values(model)
        for each in model.networks:
            changed = contract.changed(before[each], after[each])
            assert each in networks or not changed, f"{networks} moved {each}"
            moved[each] |= changed
        return result

    model.minimize = lambda loss_fn, *networks: watched(lambda: minimize(loss_fn, *networks), networks)
    model.minimize_each = lambda *arguments: watched(lambda: minimize_each(*arguments), model.networks)
    data = contract.element(model, fitted.recipe, fitted.examples)
    model.begin(data)
    logs = model.train_step(data)
    assert all(value.dtype == "float32" and value.shape == () for value in logs.values())
    if moved != weights_of:
        # What lies before a layer that begins as zero gets no gradient in the first step.
        model.train_step(data)
    assert moved == weights_of


def test_resumed_training_is_unbroken_training_bit_by_bit(fitted):
    # Build from another seed, so that whatever the checkpoint leaves out shows.
    model = run.build(contract.tiny(fitted.name, seed=99))
    checkpoint.restore(fitted.folder, contract.HALF, model)
    recorder = contract.Recorder()
    contract.fit(model, fitted.recipe, fitted.examples, contract.HALF, contract.STEPS, recorder)
    assert contract.changed(fitted.state, contract.values(model)) == set()
    assert recorder.logs == fitted.logs[contract.HALF :]


def test_weights_file_holds_only_inference_networks_rounded_to_half_precision(fitted, tmp_path):
    path = tmp_path / "model.weights.h5"
    weights.save_inference_weights(fitted.model, path)
    stored = []
    with h5py.File(path) as file:
        file.visititems(lambda _, item: stored.append(item[()]) if isinstance(item, h5py.Dataset) else None)
    used = [each for name in fitted.model.inference for each in fitted.model.network(name).weights]
    assert sorted(each.shape for each in stored) == sorted(tuple(each.shape) for each in used)
    assert all((each.dtype == np.float16) == (each.ndim > 1) for each in stored if each.dtype.kind == "f")

    other = run.build(contract.tiny(fitted.name, seed=99))
    weights.load_inference_weights(other, path)
    for name in fitted.model.inference:
        for loaded, saved in zip(other.network(name).weights, fitted.model.network(name).weights, strict=True):
            np.testing.assert_array_equal(loaded, contract.half_precision(np.asarray(saved)))
        # The trained network starts where its average is.
        for trained, loaded in zip(getattr(other, name).weights, other.network(name).weights, strict=True):
            np.testing.assert_array_equal(trained, loaded)
    if isinstance(other, GivesLikelihood) and not isinstance(other, Decodes):
        # Half precision turns over a pixel that is drawn near the edge of two values: compare how likely pictures are.
        images = to_float(np.asarray(fitted.examples.images[:8]))
        np.testing.assert_allclose(other.log_prob(images), fitted.model.log_prob(images), rtol=2**-7)
    elif isinstance(other, Generates):
        # Half precision moves a weight by 2^-11 of itself at most, and the few layers of a generator add up.
        images = fitted.model.generate(8)
        np.testing.assert_allclose(other.generate(8), images, rtol=0, atol=2**-7 * np.abs(images).max())


# One model of each way to the optimizers takes its step in half precision compiled, which is slow: players in turn, two
# networks together, losses of one pass, an unrolled opponent, rows of an embedding.
COMPILED = ("dcgan", "vae", "vaegan", "unrolled_gan", "glo")


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_mixed_precision_trains_with_float32_losses_and_pictures(fitted, precision):
    plan = contract.tiny(fitted.name, seed=1, mixed_precision=precision)
    model = run.build(plan)
    model.adapt(fitted.examples)
    scales = [hasattr(each, "dynamic_scale") for each in model.optimizers.values()]
    assert scales == [precision == "float16"] * len(model.networks)
    assert all(each.dtype == "float32" for each in model.trainable_variables)
    assert all(output.dtype == "float32" for name in model.networks for output in getattr(model, name).outputs)
    if precision == "float16" and fitted.name in COMPILED:
        # The loss scale branches inside the graph.
        recorder = contract.Recorder()
        contract.fit(model, plan, fitted.examples, 0, 2, recorder)
        logs = recorder.logs[0]
    else:
        data = contract.element(model, plan, fitted.examples)
        model.begin(data)
        logs = model.train_step(data)
        assert all(value.dtype == "float32" for value in logs.values())
    # A gradient that is too large for half precision moves nothing, but its norm is logged as it is.
    state = {name: value for name, value in contract.values(model).items() if not name.startswith("means/")}
    assert all(np.isfinite(value).all() for value in state.values())
    # Eight bits of mantissa leave the losses of the same first step alike to a few percent.
    seen, expected = ({name: float(each[name]) for name in model.terms} for each in (logs, fitted.logs[0]))
    assert seen == pytest.approx(expected, rel=0.05, abs=0.05)


def test_generate_gives_pictures_that_depend_on_the_seed_alone(fitted):
    needs(fitted.model, Generates)
    model = fitted.model
    images = model.generate(70, seed=5)
    assert isinstance(images, np.ndarray) and images.dtype == np.float32
    assert images.shape == (70, *model.image_shape)
    assert images.min() >= -1.0 and images.max() <= 1.0
    np.testing.assert_array_equal(model.generate(3, seed=5), images[:3])
    if isinstance(model, Decodes):
        np.testing.assert_array_equal(model.decode(**model.sample_inputs(70, seed=5)), images)
    assert (model.generate(3, seed=6) != images[:3]).any(axis=(1, 2, 3)).all()
    assert model.generate(0).shape == (0, *model.image_shape)


def test_latents_of_pictures_are_looked_for(fitted):
    needs(fitted.model, Decodes)
    model = fitted.model
    _, *conditions = (inputs := model.sample_inputs(2, seed=5))
    held = {name: inputs[name] for name in conditions}
    images = model.decode(**inputs)
    found = invert(model, images, learning_rate=0.1, steps=10, restarts=2, **held)
    assert found.latents.shape == model.sample_latents(2).shape
    np.testing.assert_array_equal(found.images, model.decode(found.latents, **held))
    np.testing.assert_allclose(found.losses, np.square(found.images - images).mean(axis=(1, 2, 3)), rtol=1e-3)
    assert (found.losses < found.curves[:, 0]).all()


def test_generating_changes_nothing(fitted):
    needs(fitted.model, Generates)
    before = contract.values(fitted.model)
    fitted.model.generate(2)
    assert contract.changed(before, contract.values(fitted.model)) == set()


def test_exported_model_gives_the_same_pictures(fitted, tmp_path, monkeypatch, reader):
    needs(fitted.model, Exports)
    # The export is read back in a process without Keras, and `export` raises where the two differ.
    monkeypatch.setattr(export, "subprocess", reader)
    assert export.export(fitted.model, tmp_path / "saved", report=lambda line: None) <= 1e-5
    assert (tmp_path / "saved" / "saved_model.pb").is_file()


HOOKS = ("check_examples", "check_batch", "adapt", "begin", "diagnose", "validate", "preview", "calibrate")


def methods_of(ability):
    return {name: each for name, each in vars(ability).items() if inspect.isfunction(each) and not name.startswith("_")}


@pytest.mark.parametrize("name", list_models())
def test_hooks_and_abilities_are_spelt_and_called_as_declared(name):
    cls = MODELS.get(name)
    declared = {hook: getattr(ZooModel, hook) for hook in HOOKS}
    for ability in ABILITIES:
        declared |= methods_of(ability)
    for method in {each for base in cls.__mro__ if issubclass(base, ZooModel) for each in vars(base)}:
        if method.startswith("_"):
            continue
        if method not in declared:
            near = difflib.get_close_matches(method, declared, cutoff=0.85)
            assert not near or method in dir(ZooModel), f"{name}.{method}: is {near[0]} meant?"
        elif callable(getattr(cls, method)):
            wanted = list(inspect.signature(declared[method]).parameters)
            assert list(inspect.signature(getattr(cls, method)).parameters)[: len(wanted)] == wanted, method


def test_a_misspelt_hook_is_noticed():
    assert difflib.get_close_matches("calibrat", HOOKS, cutoff=0.85) == ["calibrate"]
    assert difflib.get_close_matches("check_example", HOOKS, cutoff=0.85) == ["check_examples"]


def test_what_a_model_cannot_do_is_said_in_words():
    with pytest.raises(UserError, match="digit_net cannot draw new pictures; it can give features of pictures"):
        require(create_model("digit_net", "tiny"), Generates)
