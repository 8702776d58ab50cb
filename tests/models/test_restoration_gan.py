"""Restoration GAN: the report's parameter counts, what each task reads and gives, and what its losses are."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import create_model, memory
from keras_facegan.errors import UserError
from keras_facegan.networks.degradations import shrink
from keras_facegan.networks.restorers import srez_discriminator, srez_restorer

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(-1, 1, (3, 16, 16, 3)).astype("float32")
TASKS = ("sr2", "sr4", "denoise", "deblur", "inpaint")


def restorer(task="sr2", **arguments):
    return create_model("restoration_gan", "tiny", seed=0, task=task, **{"image_shape": (16, 16, 3)} | arguments)


def parameters(network):
    return sum(math.prod(variable.shape) for variable in network.trainable_variables)


@pytest.mark.parametrize(("task", "count"), [("denoise", 376_451), ("sr2", 413_507), ("sr4", 450_563)])
def test_networks_have_the_parameters_of_the_report(task, count):
    model = restorer(task, image_shape=(64, 64, 3), filters=64, critic_filters=64)
    assert (parameters(model.generator), parameters(model.discriminator)) == (count, 4_233_282)


def test_at_128_pixels_only_the_first_dense_layer_of_the_discriminator_grows():
    model = restorer(image_shape=(128, 128, 3), critic_filters=64)
    assert parameters(model.discriminator) == 4_233_282 + (8 * 8 - 4 * 4) * 1024


def test_networks_of_srez_have_the_parameters_of_its_code():
    assert parameters(srez_restorer(3, 4, 64)) == 3_844_451
    assert parameters(srez_discriminator((64, 64, 3), 64)) == 4_175_937


@pytest.mark.parametrize("task", TASKS)
def test_every_task_trains_and_restores_pictures_of_the_true_size(task):
    model = restorer(task)
    model.compile({})
    logs = model.train_step({"image": tf.constant(IMAGES)})
    assert set(model.terms) <= set(logs) and all(np.isfinite(float(value)) for value in logs.values())
    restored = model.restore(**model.degrade(IMAGES))
    assert restored.shape == IMAGES.shape and restored.dtype == np.float32
    assert -1.0 <= restored.min() <= restored.max() <= 1.0


@pytest.mark.parametrize("variant", ["report", "srez"])
@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize("task", ["sr2", "sr4"])
def test_pictures_of_any_size_become_larger_by_the_scale(task, skip, variant):
    model = restorer(task, skip=skip, variant=variant)
    restored = model.restore(RNG.uniform(-1, 1, (1, 5, 9, 3)).astype("float32"))
    assert restored.shape == (1, 5 * model.scale, 9 * model.scale, 3)


def test_a_network_with_a_skip_begins_near_the_picture_that_it_reads():
    model = restorer("denoise", skip=True, filters=16)
    with_skip = np.abs(model.restore(IMAGES) - IMAGES).mean()
    without = np.abs(restorer("denoise", filters=16).restore(IMAGES) - IMAGES).mean()
    assert with_skip < 0.5 * without


@pytest.mark.parametrize(("task", "variant"), [*((task, "report") for task in TASKS), ("sr2", "srez"), ("sr4", "srez")])
def test_a_place_depends_on_what_lies_within_reach_and_on_nothing_beyond(task, variant):
    model, side = restorer(task, variant=variant), 91
    inputs = {"image": tf.constant(RNG.uniform(-1, 1, (1, side, side, 3)).astype("float32"))}
    if task == "inpaint":
        inputs["known"] = tf.zeros((1, side, side, 1))
    with tf.GradientTape() as tape:
        tape.watch(inputs["image"])
        middle = model.scale * (side // 2)
        value = tf.reduce_sum(model.generator(inputs)["images"][0, middle, middle])
    gradient = np.abs(tape.gradient(value, inputs["image"])[0]).sum(axis=-1)
    rows = np.flatnonzero(gradient.any(axis=1)) - side // 2
    assert np.abs(rows).max() <= model.reach
    # Nor is the reach much larger than it needs to be.
    assert np.abs(rows).max() >= model.reach // 2


def losses_of_a_step(model):
    """Return what a step hands to `minimize`: {network: (loss, terms)}."""
    seen = {}

    def watched(loss_fn, *networks):
        seen[networks[0]] = loss, terms = loss_fn()
        return loss, terms

    model.compile({})
    model.minimize = watched
    model.train_step({"image": tf.constant(IMAGES)})
    return {
        name: (float(loss), {key: float(value) for key, value in terms.items()}) for name, (loss, terms) in seen.items()
    }


def test_the_generator_minimises_nine_tenths_of_l1_and_one_of_the_game():
    model = restorer("sr4")
    loss, terms = losses_of_a_step(model)["generator"]
    spoilt = model.degrade(IMAGES)["images"]
    restored = model.generator({"image": spoilt}, training=True)["images"].numpy()
    logits = model.discriminator({"image": restored}, training=True)["logits"].numpy()
    assert terms["content_loss"] == pytest.approx(np.abs(restored - IMAGES).mean() / 2, rel=1e-4)
    assert terms["adversarial_loss"] == pytest.approx(np.log1p(np.exp(-logits)).mean(), rel=1e-4)
    assert loss == pytest.approx(0.9 * terms["content_loss"] + 0.1 * terms["adversarial_loss"], rel=1e-5)


def test_the_discriminator_minimises_the_cross_entropy_of_both_kinds():
    model = restorer("sr4")
    loss, _ = losses_of_a_step(model)["discriminator"]
    restored = model.generator({"image": model.degrade(IMAGES)["images"]}, training=True)["images"]
    real, fake = (model.discriminator({"image": each}, training=True)["logits"].numpy() for each in (IMAGES, restored))
    assert loss == pytest.approx(np.log1p(np.exp(-real)).mean() + np.log1p(np.exp(fake)).mean(), rel=1e-4)


def test_without_an_adversarial_weight_l1_is_all_and_the_discriminator_rests():
    model = restorer("denoise", adversarial_weight=0.0)
    losses = losses_of_a_step(model)
    assert list(losses) == ["generator"]
    loss, terms = losses["generator"]
    assert loss == terms["content_loss"] > 0 and terms["adversarial_loss"] == 0


def test_consistency_compares_the_small_pictures():
    model = restorer("sr2", content="consistency")
    restored = tf.constant(RNG.uniform(-1, 1, IMAGES.shape).astype("float32"))
    spoilt = {"image": shrink(tf.constant(IMAGES), 2)}
    expected = np.abs(shrink(restored, 2).numpy() - spoilt["image"].numpy()).mean() / 2
    assert float(model.content_loss(restored, IMAGES, spoilt)) == pytest.approx(expected, rel=1e-5)


def test_the_content_loss_of_holes_counts_what_is_missing_alone():
    model, known = restorer("inpaint"), np.ones((3, 16, 16, 1), "float32")
    known[:, :4, :4] = 0
    restored = IMAGES.copy()
    restored[:, :4, :4] += 0.5
    loss = model.content_loss(tf.constant(restored), tf.constant(IMAGES), {"known": tf.constant(known)})
    assert float(loss) == pytest.approx(0.25, rel=1e-5)


def test_what_is_known_stays_as_it_is():
    model = restorer("inpaint")
    spoilt = model.degrade(IMAGES)
    restored = model.restore(**spoilt)
    known = spoilt["known"].astype(bool)
    np.testing.assert_array_equal(restored[known], IMAGES[known])
    assert (restored[~known] != IMAGES[~known]).mean() > 0.99


@pytest.mark.parametrize(("task", "side"), [("sr4", 4), ("denoise", 16), ("inpaint", 16)])
def test_memory_is_counted_at_the_size_that_the_generator_reads(task, side):
    model = restorer(task)
    assert model.shape_read_by("generator") == (side, side, 3) and model.shape_read_by("discriminator") == (16, 16, 3)
    model.compile({})
    kept = memory.activations(model.generator, (side, side, 3)) + memory.activations(model.discriminator, (16, 16, 3))
    assert memory.training_memory(model, 3) - memory.training_memory(model, 2) == 2 * kept
    assert memory.activations(model.generator, (16, 16, 3)) == (16 // side) ** 2 * memory.activations(
        model.generator, (side, side, 3)
    )


def test_degradation_depends_on_the_seed_alone():
    model = restorer("denoise")
    first, again, other = (model.degrade(IMAGES, seed)["images"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.5


def test_validation_compares_restored_and_spoilt_pictures_with_the_true_ones():
    model = restorer("sr2")
    numbers = model.validate(IMAGES, {})
    spoilt = model.degrade(IMAGES)
    large = keras.ops.image.resize(spoilt["images"], (16, 16), "bicubic").numpy().clip(-1, 1)
    for name, images in (("psnr", model.restore(**spoilt)), ("spoilt_psnr", large)):
        errors = np.square((images - IMAGES).astype("float64") / 2).mean(axis=(1, 2, 3))
        assert numbers[name] == pytest.approx(np.mean(-10 * np.log10(errors)), abs=1e-4)
    assert model.preview(IMAGES, {})["restored"].shape == (3, 3, 16, 16, 3)


def test_grey_pictures_are_restored_as_pictures_in_three_equal_channels():
    model = restorer("denoise")
    grey = IMAGES[..., :1]
    np.testing.assert_array_equal(model.restore(grey), model.restore(np.repeat(grey, 3, axis=-1)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"task": "sharpen"}, "model.task"),
        ({"task": "denoise", "variant": "srez"}, "`srez` is for the tasks sr2 and sr4, not for denoise"),
        ({"task": "deblur", "content": "consistency"}, "`consistency` is for the tasks sr2 and sr4, not for deblur"),
        ({"task": "sr4", "image_shape": (30, 30, 3)}, "sides that are multiples of 4"),
        (
            {"task": "deblur", "image_shape": (4, 4, 3)},
            "blur of 9 x 9 pixels needs pictures of at least 5 x 5, got 4 x 4",
        ),
        ({"task": "denoise", "noise": (0.2, 0.1)}, r"model.noise must be \[smallest, largest\]"),
        ({"adversarial_weight": 1.5}, "model.adversarial_weight must be a number from 0 to 1"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(UserError, match=message):
        restorer(**arguments)


@pytest.mark.parametrize(
    ("task", "images", "known", "message"),
    [
        ("sr2", IMAGES[0], None, r"must be \(n, H, W, 3\), got \(16, 16, 3\)"),
        ("sr2", IMAGES[:, :0], None, r"must be \(n, H, W, 3\)"),
        ("sr2", np.zeros((1, 8, 8, 4), "float32"), None, r"must be \(n, H, W, 3\), got \(1, 8, 8, 4\)"),
        ("sr2", np.zeros((1, 8, 8, 3), "uint8"), None, "floats in .*, got uint8"),
        ("sr2", 3 * IMAGES, None, r"finite and in \[-1, 1\]"),
        ("sr2", IMAGES, np.ones((16, 16)), "is trained for sr2 and takes no mask"),
        ("inpaint", IMAGES, None, "is trained for inpaint and needs a mask"),
        ("inpaint", IMAGES, np.ones((16, 8)), r"mask must be \(16, 16\) or \(3, 16, 16\), got \(16, 8\)"),
        ("inpaint", IMAGES, np.full((16, 16), 0.5), "1 where a picture is known and 0"),
    ],
)
def test_pictures_that_cannot_be_restored(task, images, known, message):
    with pytest.raises(UserError, match=message):
        restorer(task).restore(images, known)


def test_it_is_trained_on_pictures_of_one_size():
    model = restorer()
    model.compile({"name": "adam", "learning_rate": 1e-3})
    message = r"is trained on pictures of \(16, 16, 3\), got \(16, 24, 3\).*Only `restore` takes any size"
    with pytest.raises(UserError, match=message):
        model.fit(np.zeros((4, 16, 24, 3), "float32") - 0.5)
