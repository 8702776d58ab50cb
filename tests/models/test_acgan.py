"""acgan: the paper's counts, its two heads, the terms of its losses by hand, and what its classifier says."""

import types

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import create_model, list_models
from keras_facegan.errors import UserError
from keras_facegan.presets import preset_names
from keras_facegan.run import train

DIGITS = np.random.default_rng(0).uniform(-1, 1, (6, 28, 28, 1)).astype("float32")
LABELS = np.array([3, 1, 4, 1, 5, 9], "int32")
ATTRIBUTES = np.random.default_rng(1).integers(0, 2, (6, 40)).astype("float32")


def digits(**arguments):
    model = create_model("acgan", seed=1, image_shape=(28, 28, 1), filters=4, latent_dim=5, **arguments)
    model.compile({"name": "adam", "learning_rate": 1e-3})
    return model


def trained(network):
    return sum(int(np.prod(each.shape)) for each in network.trainable_variables)


@pytest.mark.parametrize("preset", ["cifar10_32", "svhn_32"])
def test_the_networks_of_cifar_have_the_counts_of_the_paper(preset):
    model = create_model("acgan", preset)
    assert (trained(model.generator), trained(model.discriminator)) == (2_994_051, 1_664_875)


def test_the_layers_of_cifar_have_the_sizes_of_the_paper():
    model = create_model("acgan", "cifar10_32")
    generator = [tuple(each.shape) for each in model.generator.weights if each.path.endswith("kernel")]
    assert generator == [(110, 4 * 4 * 384), (5, 5, 192, 384), (5, 5, 96, 192), (5, 5, 3, 96)]
    discriminator = [tuple(each.shape) for each in model.discriminator.weights if each.path.endswith("kernel")]
    widths = [3, 16, 32, 64, 128, 256, 512]
    assert discriminator[:6] == [(3, 3, one, other) for one, other in zip(widths, widths[1:], strict=False)]
    assert sorted(discriminator[6:]) == [(8192, 1), (8192, 10)]
    maps = [each.output.shape[1] for each in model.discriminator.layers if hasattr(each, "kernel")][:6]
    assert maps == [16, 16, 8, 8, 4, 4]
    drops = [each.rate for each in model.discriminator.layers if type(each).__name__ == "Dropout"]
    assert drops == [0.5] * 6


def test_all_presets_but_the_paper_s_are_as_small_as_the_zoo_wants():
    assert {"tiny", "default", "mnist_32", "celeba_64", "cifar10_32", "svhn_32"} <= set(preset_names("acgan"))
    model = create_model("acgan", "mnist_32")
    # Two bytes per weight and a little for the names.
    assert 2 * sum(getattr(model, name).count_params() for name in model.inference) < 0.75e6
    assert "acgan" in list_models()


def test_the_discriminator_is_not_told_the_class():
    model = digits()
    assert list(model.discriminator.input) == ["image"]
    for labels in (LABELS, LABELS[::-1]):
        seen = model.discriminate(DIGITS, {"label": labels}, training=False)
        assert seen["logits"].shape == (6, 1) and seen["class_logits"].shape == (6, 10)
    assert list(model.generator.input) == ["latents", "label"]


def softmax(x):
    x = np.exp(x - x.max(axis=1, keepdims=True))
    return x / x.sum(axis=1, keepdims=True)


def log_loss(logits, target):
    return np.mean(np.logaddexp(0, -logits) if target else np.logaddexp(0, logits))


@pytest.mark.parametrize("condition", ["classes", "attributes"])
def test_losses_are_those_of_the_paper(condition):
    model = digits(condition=condition, class_weight=0.3)
    column = {"label": LABELS} if condition == "classes" else {"attributes": ATTRIBUTES}
    batch = {"image": tf.constant(DIGITS), **{name: tf.constant(each) for name, each in column.items()}}
    generated = tf.constant(DIGITS[::-1].copy())
    model.draw = lambda batch: generated
    seen = [{k: np.asarray(v) for k, v in model.discriminate(x, batch).items()} for x in (DIGITS, generated)]

    def class_loss(logits):
        if condition == "classes":
            return -np.log(softmax(logits)[np.arange(6), LABELS]).mean()
        wanted = ATTRIBUTES[:, model.conditions[0].places]
        return (np.logaddexp(0, logits) - wanted * logits).sum(axis=1).mean()

    real, fake = (class_loss(each["class_logits"]) for each in seen)
    loss, terms = model.discriminator_loss(batch)
    sources = log_loss(seen[0]["logits"], 1) + log_loss(seen[1]["logits"], 0)
    assert float(loss) == pytest.approx(sources + 0.3 * (real + fake), rel=1e-5)
    assert float(terms["real_class_loss"]) == pytest.approx(real, rel=1e-5)
    assert float(terms["fake_class_loss"]) == pytest.approx(fake, rel=1e-5)
    loss, terms = model.generator_loss(batch)
    assert float(loss) == pytest.approx(log_loss(seen[1]["logits"], 1) + 0.3 * fake, rel=1e-5) and terms == {}


@pytest.mark.parametrize(
    ("condition", "batch", "expected"),
    [("classes", {"label": LABELS}, 3 / 6), ("attributes", {"attributes": ATTRIBUTES}, 21 / 24)],
)
def test_accuracies_are_the_share_of_right_answers(condition, batch, expected):
    model = digits(condition=condition)
    wanted = np.asarray(model.conditions_of(batch)[model.conditions[0].name])
    signs = np.eye(10)[wanted] if condition == "classes" else wanted.copy()
    # Three wrong answers each: another class, or the first attribute turned over.
    signs[:3] = np.roll(signs[:3], 1, axis=1) if condition == "classes" else signs[:3]
    signs[:3, 0] = signs[:3, 0] if condition == "classes" else 1 - signs[:3, 0]
    seen = {"logits": tf.zeros((6, 1)), "class_logits": tf.constant(4 * signs - 2, "float32")}
    model.discriminate = lambda images, batch: seen
    _, terms = model.discriminator_loss({"image": tf.constant(DIGITS), **batch})
    for kind in ("real", "fake"):
        assert float(terms[f"{kind}_class_accuracy"]) == pytest.approx(expected)


def test_both_steps_ask_for_the_classes_of_the_same_batch():
    model, asked = digits(n_critic=2), []
    inner = model.generator.call
    model.generator.call = lambda inputs, *args, **kwargs: (
        asked.append(np.asarray(inputs["label"]).tolist()) or inner(inputs, *args, **kwargs)
    )
    logs = model.train_step({"image": tf.constant(DIGITS), "label": tf.constant(LABELS)})
    assert asked == [LABELS[:3].tolist(), LABELS[3:].tolist(), LABELS[3:].tolist()]
    assert set(model.terms) <= set(logs)


def test_generate_draws_the_class_that_is_asked_for():
    model = digits()
    latents = model.sample_latents(16)
    np.testing.assert_array_equal(model.generate(16, label=3), model.decode(latents, label=3))
    assert (model.generate(4, label=3) != model.generate(4, label=5)).any(axis=(1, 2, 3)).all()


def test_a_model_learns_the_classes_of_a_data_set(tmp_path):
    changes = {"train.steps": 60, "train.optimizer": {"name": "adam", "learning_rate": 2e-3, "beta_1": 0.5}}
    changes |= {"model.filters": 6, "train.batch_size": 32, "train.sample_every": 60, "train.checkpoint_every": 60}
    run = train("acgan", "tiny", run_dir=tmp_path / "run", changes=changes, report=lambda line: None)
    accuracy = run.history["real_class_accuracy"]
    # Guessing names one digit in ten.
    assert accuracy[0] < 0.5 and accuracy[-1] > 0.8
    images = run.examples.images[:200].astype("float32") / 127.5 - 1
    probabilities = run.model.classify(images)
    assert probabilities.shape == (200, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), np.ones(200), rtol=1e-5)
    assert (probabilities.argmax(axis=1) == run.examples.columns["label"][:200]).mean() > 0.5


@pytest.mark.parametrize("arguments", [{}, {"minibatch_kernels": 4}])
def test_what_a_picture_shows_does_not_depend_on_the_others(arguments):
    model = digits(**arguments)
    together = model.classify(DIGITS)
    alone = np.concatenate([model.classify(DIGITS[place : place + 1]) for place in range(6)])
    np.testing.assert_array_equal(alone, together)
    assert together.dtype == np.float32


def test_attributes_are_independent_probabilities():
    model = digits(condition="attributes")
    logits = np.asarray(model.discriminate(DIGITS, {}, training=False)["class_logits"])
    np.testing.assert_allclose(model.classify(DIGITS), 1 / (1 + np.exp(-logits)), rtol=1e-4)


def test_the_batch_is_seen_by_the_source_head_alone():
    plain, model = digits(), digits(minibatch_kernels=4, minibatch_dims=3)
    (theta,) = [each for each in model.discriminator.weights if each.path.endswith("theta")]
    # T, its scales, the bias, and four more weights of the source head.
    more = int(np.prod(theta.shape)) + 4 * 3 + 4 + 4
    assert trained(model.discriminator) - trained(plain.discriminator) == more


def test_the_classifier_comes_with_the_weights(tmp_path):
    from keras_facegan import weights

    model = digits()
    weights.save_inference_weights(model, tmp_path / "model.weights.h5")
    other = create_model("acgan", seed=9, image_shape=(28, 28, 1), filters=4, latent_dim=5)
    weights.load_inference_weights(other, tmp_path / "model.weights.h5")
    np.testing.assert_allclose(other.classify(DIGITS), model.classify(DIGITS), atol=2e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"network": "dense"}, "model.network `dense` is unknown"),
        ({"network": "paper", "image_shape": [64, 64, 3]}, r"`paper` works at 32 x 32 pixels, got .*\[64, 64, 3\]"),
        ({"network": "paper", "filters": [16, 32], "image_shape": [32, 32, 3]}, "takes one number as model.filters"),
        ({"class_weight": -1.0}, "model.class_weight must be a number from 0"),
        ({"dropout": 1.0}, "model.dropout must be a number from 0 to below 1"),
        ({"num_classes": 0}, "model.num_classes must be"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(UserError, match=message):
        create_model("acgan", "tiny", **arguments)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model.num_classes": 9}, "pictures of label 9; the model knows 0 to 8. Set model.num_classes"),
        ({"model.num_classes": 11}, "no pictures of label 10. Set model.num_classes"),
        (
            {"data.dataset": "drawn_faces"},
            r"reads `label`, which `drawn_faces` does not have.*sets with `label`: ",
        ),
        ({"train.batch_size": 1, "model.minibatch_kernels": 4}, "a batch must hold at least 2"),
    ],
)
def test_data_that_it_cannot_be_trained_on(tmp_path, changes, message):
    with pytest.raises(UserError, match=message):
        train("acgan", "tiny", run_dir=tmp_path / "run", changes=changes, report=lambda line: None)
    assert not (tmp_path / "run" / "recipe.toml").exists()


def test_pictures_that_it_cannot_classify():
    with pytest.raises(UserError, match=r"must be \(n, 28, 28, 1\), got \(\d+, 32, 32, 1\)"):
        digits().classify(np.zeros((2, 32, 32, 1), "float32"))


def test_attributes_that_faces_are_drawn_from_are_those_of_the_data():
    model = digits(condition="attributes")
    model.adapt(types.SimpleNamespace(columns={"attributes": ATTRIBUTES}))
    drawn = model.sample_inputs(50)["attributes"]
    real = {tuple(row) for row in ATTRIBUTES[:, model.conditions[0].places].tolist()}
    assert {tuple(row) for row in drawn.tolist()} <= real
