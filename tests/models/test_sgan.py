"""sgan: the paper's counts, both losses by hand, what is learnt from a label, and labels that cannot be had."""

import dataclasses
import types

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import create_model, weights
from keras_facegan.data.images import to_float
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.errors import UserError
from keras_facegan.layers.weight_norm import WeightNormDense

PICTURES = np.random.default_rng(0).uniform(-1, 1, (6, 8, 8, 1)).astype("float32")
LABELS = np.array([3, -1, 4, -1, 1, -1], "int32")
BATCH = {"image": tf.constant(PICTURES), "label": tf.constant(LABELS), "labelled": tf.constant(LABELS >= 0)}


def small(form="salimans", **arguments):
    """Return a tiny model without noise, so that its loss can be worked out."""
    model = create_model("sgan", "tiny", seed=1, form=form, noise=0.0, **arguments)
    model.compile({"name": "adam", "learning_rate": 1e-2})
    return model


@pytest.fixture(scope="module")
def digits():
    return open_dataset("digits", "all", image_shape=(8, 8, 1))


def trained(network):
    return sum(int(np.prod(each.shape)) for each in network.trainable_variables)


def test_the_mnist_networks_have_the_counts_of_the_paper():
    model = create_model("sgan", "mnist_28_salimans")
    assert (trained(model.generator), trained(model.discriminator)) == (693_784, 1_538_760)
    kernels = [tuple(each.shape) for each in model.discriminator.weights if each.path.endswith("kernel")]
    assert kernels == [(784, 1000), (1000, 500), (500, 250), (250, 250), (250, 250), (250, 10)]
    assert model.discriminator.output["features"].shape == (None, 250)


def test_the_convolutional_networks_halve_28_pixels_three_times():
    model = create_model("sgan", "mnist_28_odena")
    kernels = [tuple(each.shape) for each in model.discriminator.weights if each.path.endswith("kernel")]
    assert kernels[:3] == [(4, 4, 1, 32), (4, 4, 32, 64), (4, 4, 64, 128)]
    # Ten classes and one score of "generated".
    assert sorted(kernels[3:]) == [(4 * 4 * 128, 1), (4 * 4 * 128, 10)]


def parts(model, drawn):
    """Return the probabilities (n, K + 1) of real and of generated pictures, "generated" last."""
    result = []
    for images in (PICTURES, drawn):
        outputs = model.discriminator({"image": images}, training=False)
        classes = np.asarray(outputs["class_logits"], "float64")
        generated = np.log(np.exp(classes).sum(axis=1, keepdims=True)) - np.asarray(outputs["logits"], "float64")
        scores = np.exp(np.concatenate([classes, generated], axis=1))
        result.append(scores / scores.sum(axis=1, keepdims=True))
    return result


@pytest.mark.parametrize("weights", [(1.0, 1.0), (1.0, 0.25), (2.0, 0.0), (0.0, 1.0)])
@pytest.mark.parametrize("form", ["odena", "salimans"])
def test_the_loss_is_that_of_the_paper(form, weights):
    model = small(form, labelled_weight=weights[0], unlabelled_weight=weights[1])
    drawn = tf.constant(PICTURES[::-1] * 0.5)
    model.draw = lambda batch: drawn
    real, fake = parts(model, drawn)
    loss, terms = model.discriminator_loss(BATCH)
    places, known = [0, 2, 4], LABELS[[0, 2, 4]]
    seen_real = real[:, :-1].sum(axis=1)
    class_loss = -np.log(real[places, known] / seen_real[places])
    if form == "odena" and weights == (1.0, 1.0):
        # Algorithm 1: the negative log-likelihood of twelve pictures, "not generated" for those without a label.
        likelihoods = [*real[places, known], *seen_real[[1, 3, 5]], *fake[:, -1]]
        expected = -np.mean(np.log(likelihoods))
    elif form == "odena":
        of_reality = -np.log(seen_real).mean() - np.log(fake[:, -1]).mean()
        expected = (weights[0] * class_loss.sum() / 6 + weights[1] * of_reality) / 2
    else:
        unlabelled = -np.log(seen_real[[1, 3, 5]]).mean() - np.log(fake[:, -1]).mean()
        expected = weights[0] * class_loss.mean() + weights[1] * unlabelled / 2
    assert float(loss) == pytest.approx(expected, rel=1e-4)
    assert float(terms["class_loss"]) == pytest.approx(class_loss.mean(), rel=1e-4)
    assert float(terms["real_score"]) == pytest.approx(seen_real.mean(), rel=1e-4)
    right = real[:, :-1].argmax(axis=1)[places] == known
    assert float(terms["accuracy"]) == pytest.approx(right.mean())


def test_the_generators_of_both_forms():
    drawn = tf.constant(PICTURES[::-1] * 0.5)
    for form in ("odena", "salimans"):
        model = small(form)
        model.draw = lambda batch: drawn
        loss = float(model.generator_loss(BATCH)[0])
        _, fake = parts(model, drawn)
        if form == "odena":
            assert loss == pytest.approx(-np.log(fake[:, :-1].sum(axis=1)).mean(), rel=1e-4)
        else:
            seen = [model.discriminator({"image": images})["features"] for images in (PICTURES, drawn)]
            # Pictures without a label are matched only.
            gap = np.asarray(seen[0])[[1, 3, 5]].mean(axis=0) - np.asarray(seen[1]).mean(axis=0)
            assert loss == pytest.approx(np.square(gap).mean(), rel=1e-4)


def test_the_score_of_generated_is_fixed_in_salimans_form_only():
    names = {form: [each.name for each in small(form).discriminator.layers] for form in ("odena", "salimans")}
    assert "generated" in names["odena"] and "generated" not in names["salimans"]
    assert small("salimans").game.feature_matching == 1.0 and small("odena").game.feature_matching == 0.0
    assert small("salimans", feature_matching=0.5).game.feature_matching == 0.5


def test_similarities_within_the_batch_tell_generated_pictures_only():
    model = small("odena", minibatch_kernels=3)
    model.begin(BATCH)
    few, all_of_them = (model.discriminate(PICTURES[:n], BATCH) for n in (2, 6))
    assert np.abs(np.asarray(few["logits"]) - np.asarray(all_of_them["logits"])[:2]).max() > 1e-5
    np.testing.assert_allclose(few["class_logits"], np.asarray(all_of_them["class_logits"])[:2], rtol=1e-4, atol=1e-5)
    assert all(np.isfinite(float(value)) for value in model.train_step(BATCH).values())


@pytest.mark.parametrize("form", ["odena", "salimans"])
def test_a_hidden_label_teaches_nothing(form):
    """Whatever stands at the label of a picture that is not labelled, the loss is the same."""
    model = small(form)
    model.draw = lambda batch: tf.constant(PICTURES[::-1] * 0.5)
    other = {**BATCH, "label": tf.constant(np.where(LABELS >= 0, LABELS, 7).astype("int32"))}
    wrong = {**BATCH, "label": tf.constant(np.where(LABELS == 3, 5, LABELS).astype("int32"))}
    losses = [float(model.discriminator_loss(batch)[0]) for batch in (BATCH, other, wrong)]
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize("form", ["odena", "salimans"])
def test_pictures_without_a_label_have_no_gradient_of_the_class(form):
    model, images = small(form, unlabelled_weight=0.0), tf.constant(PICTURES)
    with tf.GradientTape() as tape:
        tape.watch(images)
        loss, _ = model.discriminator_loss({**BATCH, "image": images})
    size = np.abs(tape.gradient(loss, images)).max(axis=(1, 2, 3))
    assert (size[[1, 3, 5]] == 0.0).all() and (size[[0, 2, 4]] > 0.0).all()


def test_pictures_that_all_have_labels_are_real_as_well():
    model = small()
    model.draw = lambda batch: tf.constant(PICTURES[::-1] * 0.5)
    full = {**BATCH, "label": tf.constant(np.arange(6, dtype="int32")), "labelled": tf.constant(np.ones(6, bool))}
    real, fake = parts(model, PICTURES[::-1] * 0.5)
    seen = real[:, :-1].sum(axis=1)
    expected = -np.log(real[np.arange(6), np.arange(6)] / seen).mean()
    expected -= (np.log(seen).mean() + np.log(fake[:, -1]).mean()) / 2
    assert float(model.discriminator_loss(full)[0]) == pytest.approx(expected, rel=1e-4)


def test_classify_renormalises_the_classes():
    model = small("odena")
    real, _ = parts(model, PICTURES)
    for average, network in zip(model.averages.values(), (model.generator, model.discriminator), strict=True):
        average.set_weights(network.get_weights())
    probabilities = model.classify(PICTURES)
    assert probabilities.shape == (6, 10) and probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities, real[:, :-1] / real[:, :-1].sum(axis=1, keepdims=True), rtol=1e-4)
    label = probabilities.argmax(axis=1)
    label[:2] = (label[:2] + 1) % 10
    assert model.validate(PICTURES, {"label": label}) == {"accuracy": pytest.approx(4 / 6)}


def test_noise_is_for_training_only():
    model = create_model("sgan", "tiny", seed=1)
    np.testing.assert_array_equal(model.classify(PICTURES), model.classify(PICTURES))
    one, other = (np.asarray(model.discriminate(PICTURES, BATCH)["logits"]) for _ in range(2))
    assert np.abs(one - other).max() > 1e-4


def test_hidden_units_begin_with_mean_0_and_variance_1():
    model = small()
    pictures = np.random.default_rng(1).integers(0, 256, (300, 8, 8, 1), dtype=np.uint8)
    model.adapt(types.SimpleNamespace(images=pictures))
    x = to_float(pictures).reshape(300, -1) * 0.5 + 0.5
    for layer in [each for each in model.discriminator.layers if isinstance(each, WeightNormDense)]:
        kernel = np.asarray(layer.kernel)
        x = x @ (kernel / np.linalg.norm(kernel, axis=0) * np.asarray(layer.scale)) + np.asarray(layer.bias)
        np.testing.assert_allclose(x.mean(axis=0), 0.0, atol=1e-3)
        np.testing.assert_allclose(x.var(axis=0), 1.0, rtol=0.05)
        x = np.maximum(x, 0.0)
    for one, other in zip(model.discriminator.weights, model.network("discriminator").weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_few_labels_and_many_pictures_are_learnt_from(digits):
    """Fifty labels: far above the chance of 0.1, on pictures whose labels were never shown."""
    model = create_model("sgan", "tiny", seed=3, noise=0.2)
    model.compile({"name": "adam", "learning_rate": 3e-3, "beta_1": 0.5})
    model.adapt(digits)
    model.fit(digits.batches(100, sampler="labelled:50"), steps_per_epoch=150, verbose=0, shuffle=False)
    assert model.validate(to_float(digits.images), digits.columns)["accuracy"] > 0.6


def test_a_weights_file_holds_what_classifies(digits, tmp_path):
    model, other = (create_model("sgan", "tiny", seed=seed) for seed in (1, 2))
    model.adapt(digits)
    weights.save_inference_weights(model, tmp_path / "model.weights.h5")
    weights.load_inference_weights(other, tmp_path / "model.weights.h5")
    # Kernels are kept in float16.
    np.testing.assert_allclose(other.classify(PICTURES), model.classify(PICTURES), atol=5e-3)
    np.testing.assert_allclose(other.generate(3), model.generate(3), atol=2e-2)
    assert np.abs(model.classify(PICTURES) - 0.1).max() > 0.02


@pytest.mark.parametrize(
    ("label", "message"),
    [
        (-1, "pictures of label -1; the model knows 0 to 9"),
        (10, "pictures of label 10; .* number of classes of the data .11."),
    ],
)
def test_labels_that_are_no_class_are_named(digits, label, message):
    columns = {**digits.columns, "label": np.where(np.arange(len(digits)) == 7, label, digits.columns["label"])}
    with pytest.raises(UserError, match=message):
        create_model("sgan", "tiny").check_examples(dataclasses.replace(digits, columns=columns))


def test_a_class_without_pictures_is_named(digits):
    columns = {**digits.columns, "label": np.where(digits.columns["label"] == 4, 5, digits.columns["label"])}
    model = create_model("sgan", "tiny")
    with pytest.raises(UserError, match="no pictures of label 4"):
        model.check_examples(dataclasses.replace(digits, columns=columns))
    model.check_examples(digits)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"form": "salimanns"}, "model.form `salimanns` is unknown. Did you mean `salimans`"),
        ({"minibatch_kernels": 4}, "model.minibatch_kernels needs model.form `odena`"),
        ({"hidden": 3}, "model.hidden must be 4 or more"),
        ({"noise": 1.5}, "model.noise must be a number from 0 to 1, got 1.5"),
        ({"network": "convolutional"}, "side of 28, 32, 64, 128 or 256"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(UserError, match=message):
        create_model("sgan", "tiny", **arguments)


def test_pictures_of_another_size_are_refused():
    with pytest.raises(UserError, match=r"must be \(n, 8, 8, 1\), got \(\d+, 9, 9, 1\)"):
        small().classify(np.zeros((2, 9, 9, 1), "float32"))
