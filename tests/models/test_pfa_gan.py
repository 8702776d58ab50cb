"""PFA-GAN: counts of the sheet, exact identity, pairs, losses, frozen helpers, both directions, bad input."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import create_model, load_pretrained, run
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.errors import UserError
from tests import contract

SIDE = 32
AGES = np.array([20, 28, 35, 45, 55, 70, 33, 48], "float32")


def tiny(**settings):
    return create_model("pfa_gan", "tiny", seed=0, **settings)


def faces(count=8):
    examples = open_dataset("drawn_faces", "train", image_shape=(SIDE, SIDE, 3), size=count)
    return 0.9 * (examples.images[:].astype("float32") / 127.5 - 1.0)


def trainable(**settings):
    """A compiled tiny model that knows the mean ages of its groups."""
    model = tiny(**settings)
    model.compile({"name": "sgd", "learning_rate": 1e-3})
    model.group_ages.means.assign([22.0, 35.0, 45.0, 62.0])
    return model


def element(ages=AGES):
    return {"image": tf.constant(faces(len(ages))), "age": tf.constant(ages)}


def count(network):
    return sum(int(np.prod(each.shape)) for each in network.trainable_variables)


def test_parameters_are_those_of_the_paper():
    model = create_model("pfa_gan", "cacd_256")
    assert (count(model.generator), count(model.discriminator)) == (4_572_681, 6_967_745)
    assert model.discriminator.output["logits"].shape == (None, 14, 14, 1)


@pytest.mark.parametrize(("side", "parameters"), [(32, None), (64, 671_169), (128, 2_772_929)])
def test_the_map_of_patches_is_14_wide_at_every_side(side, parameters):
    model = create_model("pfa_gan", image_shape=(side, side, 3), filters=4, blocks=1)
    assert parameters in (None, count(model.discriminator))
    assert model.discriminator.output["logits"].shape == (None, 14, 14, 1)


@pytest.mark.parametrize(("side", "patches"), [(48, 10), (80, 8), (112, 12), (144, 7)])
def test_sides_between_have_as_many_halvings_as_the_next_power_of_two(side, patches):
    model = create_model("pfa_gan", image_shape=(side, side, 3), filters=4, blocks=1, critic_filters=4)
    assert model.discriminator.output["logits"].shape == (None, patches, patches, 1)
    aged = model.age(np.zeros((1, side, side, 3), "float32"), 3, 0)
    assert aged.shape == (1, side, side, 3)


@pytest.mark.parametrize("side", [16, 56, 272])
def test_other_sides_are_named(side):
    with pytest.raises(UserError, match="from 32 to 256 that is a multiple of 16"):
        create_model("pfa_gan", image_shape=(side, side, 3), filters=4, blocks=1)


@pytest.mark.parametrize("thresholds", [(30, 40, 50), (20, 30, 40, 50), (10, 20, 30, 40, 50, 60)])
def test_a_path_visits_every_group_and_starts_with_the_face_itself(thresholds):
    model, images = tiny(age_groups=thresholds), faces(2)
    groups = len(thresholds) + 1
    for source in range(groups):
        path = model.age_path(images, source)
        assert path.shape == (2, groups, SIDE, SIDE, 3) and np.abs(path).max() <= 1
        for place in range(source + 1):
            np.testing.assert_array_equal(path[:, place], images)
        for place in range(source + 1, groups):
            assert np.abs(path[:, place] - path[:, place - 1]).max() > 1e-4
            np.testing.assert_allclose(model.age(images, place, source), path[:, place], atol=1e-5)


def test_faces_of_one_batch_go_their_own_ways():
    model, images = tiny(), faces(4)
    source, target = np.array([0, 1, 2, 0]), np.array([3, 1, 3, 1])
    together = model.age(images, target, source)
    for i in range(4):
        alone = model.age(images[i : i + 1], int(target[i]), int(source[i]))
        np.testing.assert_allclose(together[i], alone[0], atol=1e-5)
    np.testing.assert_array_equal(together[1], images[1])


def test_a_younger_model_runs_the_other_way():
    model, images = tiny(direction="younger"), faces(2)
    np.testing.assert_array_equal(model.age(images, 2, 2), images)
    path = model.age_path(images, 3)
    np.testing.assert_array_equal(path[:, 0], images)
    np.testing.assert_allclose(model.age(images, 0, 3), path[:, 3], atol=1e-5)
    with pytest.raises(UserError, match=r"makes faces younger: it cannot go from group 1 \(31-40\) to group 2"):
        model.age(images, 2, 1)
    source, target, _ = model.draw_pairs(tf.constant(AGES))
    # Places count along the chain: the oldest group stands at 0.
    np.testing.assert_array_equal(source, 3 - model.groups.of(AGES))
    assert (np.asarray(target) >= np.minimum(np.asarray(source) + 1, 3)).all()


def test_pairs_lead_to_every_later_group_equally_often():
    model = tiny()
    ages = tf.constant(np.repeat([20.0, 35.0, 45.0, 60.0], 3000).astype("float32"))
    source, target, weight = (np.asarray(each) for each in model.draw_pairs(ages))
    for place in range(3):
        counts = np.bincount(target[source == place], minlength=4)
        assert (counts[: place + 1] == 0).all()
        expected = 3000 / (3 - place)
        # Four standard deviations.
        assert np.abs(counts[place + 1 :] - expected).max() < 4 * np.sqrt(expected)
    assert (weight[source == 3] == 0).all()
    np.testing.assert_allclose(weight[source < 3], 1 / 9000, rtol=1e-4)


def test_source_weights_are_those_of_the_pairs_of_the_paper():
    model = tiny(source_weights=(3.0, 1.0, 0.5))
    ages = tf.constant(np.repeat([20.0, 35.0, 45.0, 60.0], 4000).astype("float32"))
    source, target, weight = (np.asarray(each) for each in model.draw_pairs(ages))
    shares = np.zeros((4, 4))
    np.add.at(shares, (source, target), weight)
    expected = np.zeros((4, 4))
    expected[0, 1:], expected[1, 2:], expected[2, 3] = 1, 0.5, 0.5
    np.testing.assert_allclose(shares, expected / expected.sum(), atol=0.02)


def test_a_batch_of_the_oldest_only_is_no_source():
    logs = tf.function(trainable().train_step)(element(np.full(4, 70, "float32")))
    for term in ("adversarial_loss", "age_loss", "pixel_loss", "ssim_loss", "open_gates"):
        assert float(logs[term]) == 0
    assert np.isfinite([float(value) for value in logs.values()]).all()


def test_closed_steps_of_the_chain_do_not_move():
    model = trainable()
    before = [np.asarray(each).copy() for each in model.generator.trainable_variables]
    model.train_step(element(np.full(4, 45, "float32")))
    moved = {
        each.path.split("/")[0] if "step_" in each.path.split("/")[0] else each.path
        for old, each in zip(before, model.generator.trainable_variables, strict=True)
        if not np.array_equal(old, np.asarray(each))
    }
    names = {layer.residual.name: layer.residual for layer in model.generator.layers if hasattr(layer, "residual")}
    still = {id(each) for name in ("step_1", "step_2") for each in names[name].trainable_variables}
    changed = {
        id(each)
        for old, each in zip(before, model.generator.trainable_variables, strict=True)
        if not np.array_equal(old, np.asarray(each))
    }
    assert moved and not changed & still
    assert changed <= {id(each) for each in names["step_3"].trainable_variables}


def test_terms_are_the_equations_and_the_total_their_weighted_sum():
    settings = {"adversarial_weight": 3.0, "age_weight": 0.01, "identity_weight": 2.0, "ssim_weight": 0.25}
    model = trainable(warmup_steps=0, **settings)
    images, data = faces(3), element(AGES[:3])
    source, target = tf.constant([0, 0, 1]), tf.constant([1, 3, 2])
    weight = np.array([0.5, 0.25, 0.25], "float32")
    aged = model.generator({"image": data["image"], "source_group": source, "target_group": target})["images"]
    terms = {k: float(v) for k, v in model.generator_terms(data["image"], aged, target, weight).items()}
    logits = np.asarray(model.discriminator({"image": aged, "group": target})["logits"])
    aged = np.asarray(aged)
    assert terms["adversarial_loss"] == pytest.approx(weight @ (0.5 * (logits - 1) ** 2).mean((1, 2, 3)), rel=1e-4)
    assert terms["pixel_loss"] == pytest.approx(weight @ np.abs(aged - images).mean((1, 2, 3)), rel=1e-4)
    estimator = load_pretrained("age_estimator/drawn_faces_64")
    ages = estimator.estimate_age(np.clip(aged, -1, 1))
    assert terms["age_loss"] == pytest.approx(weight @ (ages - np.array([35.0, 62.0, 45.0])) ** 2, rel=1e-3)
    model.draw_pairs = lambda age: (source, target, tf.constant(weight))
    logs = {k: float(v) for k, v in model.train_step(data).items()}
    expected = (
        3.0 * logs["adversarial_loss"]
        + 0.01 * (logs["age_loss"] + logs["group_loss"])
        + 2.0 * (0.75 * logs["pixel_loss"] + 0.25 * logs["ssim_loss"])
    )
    assert logs["g_loss"] == pytest.approx(expected, rel=1e-4)


def test_an_estimator_of_other_age_groups_is_refused():
    with pytest.raises(UserError, match="has the age groups .* train an age_estimator"):
        trainable(age_groups=(25, 40, 50))


def test_the_estimator_sees_views_and_all_else_sees_the_face_itself():
    image = tf.constant(faces(3))
    target, weight = tf.constant([1, 3, 2]), tf.constant([0.5, 0.25, 0.25])
    plain, seen = (trainable(views=views) for views in (False, True))
    whole = [plain.generator_terms(image, image, target, weight) for _ in range(2)]
    parts = [seen.generator_terms(image, image, target, weight) for _ in range(2)]
    assert whole[0]["age_loss"] == whole[1]["age_loss"] and parts[0]["age_loss"] != parts[1]["age_loss"]
    for name in ("adversarial_loss", "pixel_loss", "ssim_loss"):
        assert parts[0][name] == parts[1][name] == whole[0][name]


def test_faces_are_kept_first():
    for steps, weight in ((0, 0.02 * 0.85), (5, 100.0)):
        model = trainable(warmup_steps=steps)
        logs = {k: float(v) for k, v in model.train_step(element()).items()}
        rest = 100.0 * logs["adversarial_loss"] + 0.4 * (logs["age_loss"] + logs["group_loss"])
        rest += 0.02 * 0.15 * logs["ssim_loss"]
        assert logs["g_loss"] - rest == pytest.approx(weight * logs["pixel_loss"], rel=0.02, abs=1e-3)


def test_wrong_groups_are_a_third_kind_for_the_discriminator():
    plain, strict = (float(trainable(wrong_group_weight=w).train_step(element())["d_loss"]) for w in (0.0, 1.0))
    assert strict > plain


def test_only_its_own_step_moves_the_singular_vectors():
    model = trainable()
    data = element()
    aged = model.generator({
        "image": data["image"], "source_group": tf.zeros(8, "int32"), "target_group": tf.ones(8, "int32"),
    })["images"]  # fmt: skip
    before = [np.asarray(each).copy() for each in model.discriminator.non_trainable_variables]
    assert before
    model.generator_terms(data["image"], aged, tf.ones(8, "int32"), tf.fill([8], 0.125))
    for old, each in zip(before, model.discriminator.non_trainable_variables, strict=True):
        np.testing.assert_array_equal(old, np.asarray(each))
    model.train_step(data)
    for old, each in zip(before, model.discriminator.non_trainable_variables, strict=True):
        assert not np.array_equal(old, np.asarray(each))


def test_helpers_are_frozen_and_no_part_of_the_model():
    model = trainable()
    names = {each.path.split("/")[0] for each in model.variables}
    assert not any("estimator" in name for name in names)
    judged = np.asarray(model.judge(faces(2))["age"])
    model.train_step(element())
    np.testing.assert_array_equal(judged, np.asarray(model.judge(faces(2))["age"]))


def test_group_ages_are_means_of_the_training_faces(tmp_path):
    plan = contract.tiny("pfa_gan")
    model = tiny()
    examples = run.open_examples(plan, model)
    model.adapt(examples)
    ages, groups = examples.columns["age"], model.groups.of(examples.columns["age"])
    np.testing.assert_allclose(model.group_ages.means, [ages[groups == each].mean() for each in range(4)], rtol=1e-5)


def test_an_empty_group_is_named_with_the_counts_of_all():
    examples = open_dataset("drawn_faces", "train", image_shape=(SIDE, SIDE, 3), size=4)
    examples = dataclasses.replace(examples, columns={"age": np.array([20, 25, 35, 60], "float32")})
    with pytest.raises(UserError, match=r"0-30: 2, 31-40: 1, 41-50: 0, 51\+: 1.*set model.age_groups"):
        tiny().check_examples(examples)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"direction": "old"}, "direction `old` is unknown. Did you mean `older`"),
        ({"age_groups": (40, 30)}, "must rise"),
        ({"source_weights": (1.0,)}, "one weight per group but the last"),
        ({"partial_gates": 1.5}, "model.partial_gates"),
        ({"image_shape": (40, 40, 3)}, "needs a side from 32 to 256"),
    ],
)
def test_settings_that_do_not_fit_are_named(settings, message):
    with pytest.raises(UserError, match=message):
        tiny(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"age_network": "age_estimator/utkface"}, "neither trained weights of age_estimator nor a run. Name"),
        ({"age_network": "dcgan/cats_64"}, "train.py --model age_estimator"),
        ({"age_groups": (30, 50)}, "train an age_estimator with model.age_groups"),
        ({"face_network": "facenet/nobody"}, "neither trained weights of facenet"),
    ],
)
def test_helpers_that_cannot_be_had_are_named_before_training(settings, message):
    with pytest.raises(UserError, match=message):
        tiny(**settings).compile()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (1, 3),
            r"makes faces older: it cannot go from group 3 \(51\+\) to group 1 \(31-40\). Use a model of direction",
        ),
        ((4, 0), r"target_group must be 0 to 3 \(0: 0-30, 1: 31-40, 2: 41-50, 3: 51\+\), got 4"),
        ((1, -1), "source_group must be 0 to 3"),
        (([1, 2, 3], 0), "must be one whole number or 2 of them"),
        ((1.5, 0), "must be one whole number"),
    ],
)
def test_groups_that_do_not_exist_are_named(arguments, message):
    with pytest.raises(UserError, match=message):
        tiny().age(faces(2), *arguments)


def test_pictures_of_another_size_are_named():
    with pytest.raises(UserError, match="images must be"):
        tiny().age(np.zeros((1, 64, 64, 3), "float32"), 1, 0)
