"""cgan: the paper's counts, where the condition enters, and that both players hear the same one."""

import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import create_model, export
from keras_facegan.errors import UserError

DIGITS = np.random.default_rng(0).uniform(-1, 1, (6, 28, 28, 1)).astype("float32")
LABELS = np.array([3, 1, 4, 1, 5, 9], "int32")


def digits(network="convolutional", **arguments):
    """Return a small model of classes, its condition strong enough to see."""
    sizes = {"filters": 4, "hidden": 48, "latent_dim": 5}
    model = create_model("cgan", seed=1, image_shape=(28, 28, 1), network=network, **sizes, **arguments)
    model.compile({"name": "adam", "learning_rate": 1e-3})
    return model


def test_the_mnist_networks_have_the_counts_of_the_paper():
    model = create_model("cgan", "mnist_28")
    assert (model.generator.count_params(), model.discriminator.count_params()) == (2_413_984, 1_224_351)
    assert model.prior.latent == "uniform" and model.prior.latent_dim == 100


def test_the_mnist_layers_have_the_sizes_of_the_paper():
    model = create_model("cgan", "mnist_28")
    generator, discriminator = (
        sorted(tuple(each.shape) for each in network.weights if each.path.endswith("kernel"))
        for network in (model.generator, model.discriminator)
    )
    assert generator == [(10, 1000), (100, 200), (1200, 784), (1200, 1200)]
    # 240 units of 5 pieces for the picture, 50 of 5 for the class, 240 of 4 for both.
    assert discriminator == [(10, 250), (240, 1), (290, 960), (784, 1200)]
    for network, count in ((model.generator, 3), (model.discriminator, 3)):
        assert [each.rate for each in network.layers if isinstance(each, keras.layers.Dropout)] == [0.5] * count


@pytest.mark.parametrize("ema_decay", [0.0, 0.9])
def test_the_perceptrons_start_at_the_mean_picture(ema_decay):
    model = digits("mlp", ema_decay=ema_decay)
    pictures = np.random.default_rng(1).integers(40, 200, (50, 28, 28, 1), dtype=np.uint8)
    model.adapt(types.SimpleNamespace(images=pictures, columns={"label": LABELS}))
    for generator in (model.generator, model.network("generator")):
        bias = np.asarray(generator.get_layer("pixels").bias).reshape(28, 28, 1)
        np.testing.assert_allclose(255 / (1 + np.exp(-bias)), pictures.mean(axis=0), rtol=1e-5)


def test_convolutional_networks_are_dcgan_and_a_condition():
    model, plain = create_model("cgan", "celeba_64"), create_model("dcgan", "celeba_64")
    more = {
        # Ten attributes beside the code, and beside the 64 maps of the first convolution.
        "generator": 10 * 4 * 4 * 512,
        "discriminator": 4 * 4 * 10 * 128,
    }
    for name in model.networks:
        assert getattr(model, name).count_params() == getattr(plain, name).count_params() + more[name]


@pytest.mark.parametrize("network", ["convolutional", "mlp"])
def test_both_players_look_at_the_condition(network):
    model = digits(network)
    latents = np.repeat(model.sample_latents(1, seed=2), 10, axis=0)
    drawn = model.generator({"latents": latents, "label": np.arange(10, dtype="int32")}, training=False)["images"]
    assert np.abs(np.diff(np.asarray(drawn), axis=0)).max(axis=(1, 2, 3)).min() > 1e-4
    same = tf.constant(np.repeat(DIGITS[:1], 10, axis=0))
    logits = model.discriminate(same, {"label": tf.range(10)}, training=False)["logits"]
    assert len(np.unique(np.asarray(logits))) == 10


@pytest.mark.parametrize("network", ["convolutional", "mlp"])
def test_pictures_are_drawn_and_judged_on_the_labels_of_the_batch(network):
    model, heard = digits(network, n_critic=2, r1_gamma=1.0), {"generator": [], "discriminator": []}
    for name, labels in heard.items():
        inner = getattr(model, name).call
        getattr(model, name).call = lambda inputs, *args, inner=inner, labels=labels, **kwargs: (
            labels.append(np.asarray(inputs["label"]).tolist()) or inner(inputs, *args, **kwargs)
        )
    model.train_step({"image": tf.constant(DIGITS), "label": tf.constant(LABELS)})
    first, second = LABELS[:3].tolist(), LABELS[3:].tolist()
    assert heard["generator"] == [first, second, second]
    # Per critic step the real pictures, the generated ones, and the real ones of the penalty; then the generator's.
    assert heard["discriminator"] == [first] * 3 + [second] * 3 + [second]


@pytest.mark.parametrize(
    ("condition", "column", "shape"),
    [
        ("classes", {"label": np.arange(10, dtype="int32")}, (2,)),
        ("gender", {"gender": np.array([0, 1] * 5, "int32")}, (2,)),
        ("age_groups", {"age": np.array([20, 35, 45, 60, 90] * 2, "float32")}, (2,)),
        ("attributes", {"attributes": np.random.default_rng(0).integers(0, 2, (10, 40)).astype("float32")}, (2, 4)),
    ],
)
def test_a_step_on_every_condition(condition, column, shape):
    model = digits(condition=condition)
    images = tf.constant(np.concatenate([DIGITS, DIGITS[:4]]))
    model.adapt(types.SimpleNamespace(name="mine", columns=column))
    assert model.reads == ("image", *column)
    logs = model.train_step({"image": images, **{name: tf.constant(values) for name, values in column.items()}})
    assert all(np.isfinite(float(value)) for value in logs.values())
    inputs = model.sample_inputs(2, seed=0)
    assert list(inputs) == ["latents", model.conditions[0].name] and inputs[model.conditions[0].name].shape == shape
    assert model.generate(2).shape == (2, 28, 28, 1)


def test_generate_draws_what_is_asked_for():
    model = digits()
    latents = model.sample_latents(3, seed=7)
    np.testing.assert_array_equal(model.generate(3, seed=7, label=4), model.decode(latents, label=[4, 4, 4]))
    np.testing.assert_array_equal(model.generate(3, seed=7, label=["4", 1, 2]), model.decode(latents, label=[4, 1, 2]))
    assert (model.generate(3, seed=7, label=4) != model.generate(3, seed=7, label=5)).any(axis=(1, 2, 3)).all()


def test_drawn_labels_do_not_depend_on_the_pieces_that_callers_decode_in():
    model = digits()
    inputs = model.sample_inputs(50, seed=1)
    pieces = [
        model.decode(**{name: values[part] for name, values in inputs.items()})
        for part in (slice(0, 33), slice(33, 50))
    ]
    np.testing.assert_array_equal(np.concatenate(pieces), model.generate(50, seed=1))
    np.testing.assert_array_equal(model.generate(7, seed=1), model.generate(50, seed=1)[:7])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda model: model.generate(2, labels=3), "cgan has no condition `labels`. Did you mean `label`"),
        (lambda model: model.generate(2, label=[1, 2, 3]), "label must be one value or 2 of them"),
        (lambda model: model.decode(model.sample_latents(2)), r"condition `label`: give label=..., or --label"),
        (lambda model: model.decode(model.sample_latents(2), label=12), "from 0 to 9, got 12"),
        (lambda model: create_model("dcgan", "tiny").generate(2, label=3), "dcgan has no condition `label`. It draws"),
    ],
)
def test_conditions_that_do_not_fit(call, message):
    with pytest.raises(UserError, match=message):
        call(digits())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"condition": "class"}, "model.condition `class` is unknown. Did you mean `classes`"),
        ({"num_classes": 0}, "model.num_classes must be a whole number from 1 to 1,000, got 0"),
        ({"condition": "attributes", "attributes": []}, "model.attributes must be a list of 1 to 40 names"),
        ({"condition": "attributes", "attributes": ["Smilling"]}, "Did you mean `Smiling`"),
        ({"condition": "age_groups", "age_groups": [40, 30]}, "must rise"),
        ({"network": "dense"}, "model.network `dense` is unknown"),
        ({"image_shape": [50, 50, 3]}, "side of 28, 32, 64, 128 or 256"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(UserError, match=message):
        create_model("cgan", "tiny", **arguments)


def test_a_grid_has_one_class_per_row_on_the_same_codes():
    model = digits()
    inputs, columns, names = model.grid(64, seed=3)
    assert columns == 6 and names == [str(number) for number in range(10)]
    np.testing.assert_array_equal(inputs["label"], np.repeat(np.arange(10), 6))
    np.testing.assert_array_equal(inputs["latents"], np.tile(model.sample_latents(6, 3), (10, 1)))
    assert model.grid(64, columns=3).columns == 3
    for grid in (model.grid(5, seed=3), model.grid(5, seed=3, label=2), create_model("dcgan", "tiny").grid(5)):
        assert (grid.columns, grid.row_names) == (None, None) and len(grid.inputs["latents"]) == 5
    assert model.grid(5, label=2).inputs["label"].tolist() == [2] * 5


def test_the_condition_is_a_named_input_of_the_exported_model(tmp_path):
    model = digits()
    assert export.export(model, tmp_path / "saved", report=lambda line: None) <= 1e-5
    loaded = tf.saved_model.load(tmp_path / "saved")
    for name, dtype in (("generate", tf.float32), ("generate_uint8", tf.uint8)):
        signature = loaded.signatures[name]
        inputs = {
            key: (each.dtype, each.shape.as_list()) for key, each in signature.structured_input_signature[1].items()
        }
        assert inputs == {"latents": (tf.float32, [None, 5]), "label": (tf.int32, [None])}
        assert signature.structured_outputs["images"].dtype == dtype
    latents = model.sample_latents(4)
    images = loaded.signatures["generate"](latents=tf.constant(latents), label=tf.constant(LABELS[:4]))["images"]
    np.testing.assert_allclose(images, model.decode(latents, label=LABELS[:4]), atol=1e-5)


def test_attributes_that_pictures_are_drawn_from_come_with_the_weights(tmp_path):
    from keras_facegan import weights

    model = digits(condition="attributes")
    model.adapt(types.SimpleNamespace(columns={"attributes": np.random.default_rng(0).integers(0, 2, (50, 40))}))
    weights.save_inference_weights(model, tmp_path / "model.weights.h5")
    other = digits(condition="attributes")
    weights.load_inference_weights(other, tmp_path / "model.weights.h5")
    rows = model.sample_inputs(40)["attributes"]
    assert rows.any() and not rows.all()
    np.testing.assert_array_equal(other.sample_inputs(40)["attributes"], rows)
