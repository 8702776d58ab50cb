"""bidirectional_dcgan: counts and weights of the sheet, losses by hand, who learns from what, both directions."""

import dataclasses
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import create_model, load_dataset
from keras_facegan.data.pipeline import open_dataset
from keras_facegan.errors import UserError
from keras_facegan.evaluation.measures import ageing as measure
from keras_facegan.networks.bidirectional import connector
from keras_facegan.photos import ages as photo_ages

SIDE, GROUPS = 32, 10
AGES = np.array([3, 25, 44, 80], "float32")
GENDER = np.array([0, 1, 1, 0], "int32")
FACES = np.random.default_rng(0).uniform(-1, 1, (4, SIDE, SIDE, 3)).astype("float32")
MEANS = np.array([2, 8, 13, 18, 25, 35, 45, 55, 65, 80], "float32")
TERMS = ("feature_loss", "age_loss", "adversarial_loss")


def tiny(**settings):
    return create_model("bidirectional_dcgan", "tiny", seed=0, **settings)


def trainable(**settings):
    """A compiled tiny model that knows the mean ages of its groups, without a beginning of pixels alone."""
    model = tiny(**{"warmup_steps": 0, **settings})
    model.compile({"name": "sgd", "learning_rate": 1e-3})
    model.group_ages.means.assign(MEANS)
    return model


def element():
    return {"image": tf.constant(FACES), "age": tf.constant(AGES), "gender": tf.constant(GENDER)}


def numbers(terms):
    return {name: float(value) for name, value in terms.items()}


def count(network):
    return sum(int(np.prod(each.shape)) for each in network.trainable_variables)


@pytest.fixture(scope="module")
def model():
    """An untrained model whose labels change a face visibly."""
    model = tiny()
    for weights in model.network("generator").weights:
        if weights.ndim > 1:
            weights.assign(7.0 * weights)
    return model


def test_parameters_are_those_of_the_paper():
    model = create_model("bidirectional_dcgan", "utkface_128")
    counts = [count(getattr(model, name)) for name in ("encoder", "generator", "discriminator")]
    assert counts == [18_234_034, 19_948_195, 8_677_137]
    assert model.encoder.output["latents"].shape == (None, 50)
    assert model.discriminator.output["features"].shape == (None, 16, 16, 64)
    assert model.generator.output["images"].shape == (None, 128, 128, 3)
    weights = {name: value for name, value in model.get_config().items() if name.endswith("_weight")}
    assert weights == {"pixel_weight": 1.0, "feature_weight": 0.1, "age_weight": 0.05, "adversarial_weight": 1e-3}


def test_normalising_costs_no_parameters():
    plain, normalised = (tiny(batch_norm=each) for each in (False, True))
    for name in ("encoder", "generator"):
        assert count(getattr(plain, name)) == count(getattr(normalised, name))
        norms = [each for each in getattr(plain, name).layers if isinstance(each, keras.layers.BatchNormalization)]
        assert not norms


def test_the_weights_of_utkface_fit_the_zoo():
    model = create_model("bidirectional_dcgan", "utkface_64")
    # Two bytes per value.
    assert (
        2 * sum(int(np.prod(each.shape)) for name in model.inference for each in getattr(model, name).weights) < 1.6e6
    )


def test_labels_are_repeated_so_that_they_count():
    codes, group = np.full((2, 50), 0.5, "float32"), np.array([3, 9])
    joined = np.asarray(connector(codes, group, np.array([1, 0]), GROUPS))
    assert joined.shape == (2, 150)
    np.testing.assert_array_equal(joined[:, :50], codes)
    one_hot = 2 * np.eye(10)[group] - 1
    np.testing.assert_array_equal(joined[:, 50:100], np.tile(one_hot, 5))
    np.testing.assert_array_equal(joined[:, 100:], np.tile([[-1, 1], [1, -1]], 25))


def test_the_discriminator_sees_the_labels_behind_its_first_layer(model):
    young, middle = np.zeros(4, "int32"), np.full(4, 5, "int32")
    first, *others = (
        model.discriminator({"image": FACES, "group": group, "gender": gender})["logits"]
        for group, gender in ((young, GENDER), (middle, GENDER), (young, 1 - GENDER))
    )
    for other in others:
        assert np.abs(other - first).min() > 0
    kernels = [tuple(each.shape) for each in model.discriminator.weights if each.path.endswith("kernel")]
    assert kernels[:2] == [(5, 5, 3, 4), (5, 5, 4 + 10 + 10, 8)]


def test_a_step_sees_faces_with_their_own_and_with_a_random_age():
    model = trainable()
    data = {name: tf.repeat(values, 500, axis=0) for name, values in element().items() if name != "image"}
    own, both = model.passes({"image": tf.zeros((2000, 1)), **data})
    np.testing.assert_array_equal(own["group"], np.repeat([0, 4, 6, 9], 500))
    for name in own:
        np.testing.assert_array_equal(both[name][:2000], own[name])
    np.testing.assert_array_equal(both["gender"][2000:], own["gender"])
    wanted = np.asarray(both["group"][2000:])
    np.testing.assert_array_equal(both["age"][2000:], MEANS[wanted])
    # Four standard deviations.
    assert np.abs(np.bincount(wanted, minlength=GROUPS) - 200).max() < 4 * np.sqrt(200)


def test_ages_over_a_hundred_count_as_a_hundred():
    own, _ = trainable().passes({**element(), "age": tf.constant([116.0, 25.0, 44.0, 80.0])})
    np.testing.assert_array_equal(own["age"], [100, 25, 44, 80])


def test_terms_are_the_equations():
    model = trainable()
    _, both = model.passes(element())
    drawn = model.drawn(both)
    labels = {"group": both["group"], "gender": both["gender"]}
    fake, real = (model.discriminator({"image": x, **labels}, training=True) for x in (drawn, both["image"]))
    terms = numbers(model.generator_terms(both))
    features = np.square(np.asarray(fake["features"]) - np.asarray(real["features"])).mean((1, 2, 3))
    years = np.asarray(model.age_head({"image": drawn})["age"])
    ages = np.square((years - np.asarray(both["age"])) / 100)
    game = np.log1p(np.exp(-np.asarray(fake["logits"])[:, 0]))
    for name, values in zip(TERMS, (features, ages, game), strict=True):
        assert terms[name] == pytest.approx(values[:4].mean(), rel=1e-4), name
        assert terms[f"changed_{name}"] == pytest.approx(values[4:].mean(), rel=1e-4), name
    assert terms["pixel_loss"] == pytest.approx(np.square(np.asarray(drawn)[:4] - FACES).mean(), rel=1e-4)


@pytest.mark.parametrize("without", [(), ("feature_weight",), ("age_weight",)])
def test_the_total_is_the_weighted_sum_of_the_terms(without):
    weights = {"pixel_weight": 2.0, "feature_weight": 0.5, "age_weight": 3.0, "adversarial_weight": 0.7}
    weights |= dict.fromkeys(without, 0.0)
    logs = numbers(trainable(**weights).train_step(element()))
    expected = 2.0 * logs["pixel_loss"]
    expected += weights["feature_weight"] * (logs["feature_loss"] + 0.1 * logs["changed_feature_loss"])
    expected += weights["age_weight"] * (logs["age_loss"] + logs["changed_age_loss"])
    expected += 0.7 * (logs["adversarial_loss"] + logs["changed_adversarial_loss"])
    assert logs["g_loss"] == pytest.approx(expected, rel=1e-4)
    assert logs["head_loss"] == pytest.approx(logs["head_mae"] / 10 + logs["head_gender_loss"], rel=1e-4)


def test_pixels_alone_count_at_first():
    model = trainable(warmup_steps=1, pixel_weight=3.0)
    first, second = (numbers(model.train_step(element())) for _ in range(2))
    assert first["g_loss"] == pytest.approx(3.0 * first["pixel_loss"], rel=1e-5)
    assert second["g_loss"] > 3.0 * second["pixel_loss"] + 1e-4


def taught(model, losses_fn):
    """Return by name of a loss the networks that have a gradient of it."""
    with tf.GradientTape(persistent=True) as tape:
        losses = losses_fn()
    result = {}
    for term, loss in losses.items():
        result[term] = set()
        for name in model.networks:
            gradients = tape.gradient(loss, [each.value for each in getattr(model, name).trainable_variables])
            if any(each is not None and np.abs(each).max() > 0 for each in gradients):
                result[term].add(name)
    return result


def test_the_discriminator_and_the_age_head_learn_for_themselves():
    model = trainable()
    own, both = model.passes(element())
    found = taught(model, lambda: {"d": model.discriminator_loss(own, both)[0], "head": model.head_loss(own)[0]})
    assert found == {"d": {"discriminator"}, "head": {"age_head"}}


def test_every_term_teaches_encoder_and_generator_through_the_others():
    model = trainable()
    _, both = model.passes(element())
    players = {"encoder", "generator"}
    judged = dict.fromkeys(("feature_loss", "adversarial_loss"), players | {"discriminator"})
    judged["age_loss"] = players | {"age_head"}
    judged |= {f"changed_{name}": networks for name, networks in judged.items()}
    assert taught(model, lambda: model.generator_terms(both)) == {**judged, "pixel_loss": players}


def test_a_step_of_encoder_and_generator_leaves_its_judges_as_they_are():
    model = trainable()
    _, both = model.passes(element())
    judges = [*model.discriminator.trainable_variables, *model.age_head.variables]
    before = [np.asarray(each).copy() for each in judges]
    model.minimize(lambda: model.generator_loss(both), "encoder", "generator")
    for old, each in zip(before, judges, strict=True):
        np.testing.assert_array_equal(old, each)


def test_one_face_goes_both_ways(model):
    path = model.age_path(FACES, 4, gender=GENDER)
    assert path.shape == (4, GROUPS, SIDE, SIDE, 3) and np.abs(path).max() <= 1
    np.testing.assert_array_equal(path[:, 4], FACES)
    for group in (0, 3, 5, 9):
        assert np.abs(path[:, group] - FACES).max() > 0.1
        np.testing.assert_allclose(model.age(FACES, group, 4, gender=GENDER), path[:, group], atol=1e-5)
    assert np.abs(path[:, 0] - path[:, 9]).max() > 1e-4
    np.testing.assert_allclose(model.age(FACES, to=75, source_group=4, gender=GENDER), path[:, 9], atol=1e-5)


def test_faces_of_one_batch_go_their_own_ways(model):
    source, target = np.array([4, 4, 0, 9]), np.array([0, 4, 9, 8])
    together = model.age(FACES, target, source, gender=GENDER)
    np.testing.assert_array_equal(together[1], FACES[1])
    for i in (0, 2, 3):
        alone = model.age(FACES[i : i + 1], int(target[i]), int(source[i]), gender=int(GENDER[i]))
        np.testing.assert_allclose(together[i], alone[0], atol=1e-5)
    np.testing.assert_array_equal(model.changes(source, target), [True, False, True, True])


def test_age_and_gender_are_estimated_where_nobody_says_them(model, monkeypatch):
    monkeypatch.setattr(model, "estimate_age", lambda images: AGES[: len(images)])
    monkeypatch.setattr(model, "estimate_gender", lambda images: GENDER[: len(images)])
    groups = np.array([0, 4, 6, 9])
    wanted = model.age(FACES, 4, groups, gender=GENDER)
    np.testing.assert_array_equal(model.age(FACES, 4), wanted)
    np.testing.assert_array_equal(wanted[1], FACES[1])
    assert np.abs(model.age(FACES, 4, groups, gender=1 - GENDER) - wanted)[[0, 2, 3]].max() > 1e-4
    np.testing.assert_array_equal(model.age_path(FACES, groups), model.age_path(FACES, groups, gender=GENDER))
    np.testing.assert_array_equal(model.rebuild(FACES), model.draw(FACES, groups, GENDER))


def test_what_the_age_head_tells(model):
    seen = {name: np.asarray(values) for name, values in model.network("age_head")({"image": FACES}).items()}
    ages, genders = model.estimate_age(FACES), model.estimate_gender(FACES)
    np.testing.assert_allclose(ages, seen["age"], rtol=1e-5)
    assert ages.shape == (4,) and (ages > 0).all() and (ages < 100).all()
    np.testing.assert_array_equal(genders, seen["gender_logits"][:, 0] > 0)
    assert model.encode(FACES).shape == (4, 8) and np.abs(model.encode(FACES)).max() <= 1


def test_validation_says_whether_ages_rise(model, monkeypatch):
    columns = {"age": AGES, "gender": GENDER}
    found = model.validate(FACES, columns)
    rebuilt = model.draw(FACES, np.array([0, 4, 6, 9]), GENDER)
    error = np.square((rebuilt - FACES) / 2).mean((1, 2, 3))
    assert found["psnr"] == pytest.approx(float(np.mean(-10 * np.log10(error))), rel=1e-5)
    # A head that reads the group from the picture.
    monkeypatch.setattr(model, "draw", lambda images, groups, gender: np.full(images.shape, np.mean(groups) / 20))
    monkeypatch.setattr(model, "estimate_age", lambda images: 40 + 200 * images.mean((1, 2, 3)))
    rising = model.validate(FACES, columns)
    assert rising["age_order"] == pytest.approx(1.0)
    assert [rising[f"estimated_age_{group}"] for group in (0, 1, 9)] == pytest.approx([40, 50, 130], rel=1e-5)
    monkeypatch.setattr(model, "estimate_age", lambda images: 40 - 200 * images.mean((1, 2, 3)))
    assert model.validate(FACES, columns)["age_order"] == pytest.approx(-1.0)


def test_a_preview_begins_with_the_faces_themselves(model):
    shown = model.preview(FACES, {"age": AGES, "gender": GENDER})["ages"]
    assert shown.shape == (4, 1 + GROUPS, SIDE, SIDE, 3)
    np.testing.assert_array_equal(shown[:, 0], FACES)
    np.testing.assert_array_equal(shown[1, 5], FACES[1])


def test_it_learns_to_rebuild_drawn_faces():
    data = load_dataset("drawn_faces", "train", image_shape=(SIDE, SIDE, 3), size=64, batch_size=16)
    model = tiny(warmup_steps=1000, filters=8)
    model.compile({"name": "adam", "learning_rate": 2e-3, "beta_1": 0.5})
    history = model.fit(data, epochs=6, steps_per_epoch=4, verbose=0).history
    assert history["pixel_loss"][-1] < 0.6 * history["pixel_loss"][0]
    assert history["head_mae"][-1] < history["head_mae"][0]


def test_one_gender_alone_is_refused():
    examples = open_dataset("drawn_faces", "train", image_shape=(SIDE, SIDE, 3), size=64)
    tiny().check_examples(examples)
    columns = {**examples.columns, "gender": np.zeros(64, "int32")}
    with pytest.raises(UserError, match="has no pictures of gender female"):
        tiny().check_examples(dataclasses.replace(examples, columns=columns))


@pytest.mark.parametrize("shape", [(48, 48, 3), (16, 16, 3), (64, 32, 3)])
def test_sides_that_do_not_fit_are_named(shape):
    with pytest.raises(UserError, match="a power of two from 32 on, got"):
        tiny(image_shape=shape)


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        ((10, 0), {}, r"target_group must be 0 to 9 \(0: 0-5, 1: 6-10, .*9: 71\+\), got 10"),
        ((1, 0), {"gender": 2}, r"gender must be 0 \(male\) or 1 \(female\), or 4 of them, got 2"),
        ((1, 0), {"to": 60.0}, "one of target_group .* and to"),
    ],
)
def test_wrong_wishes_are_named(model, arguments, settings, message):
    with pytest.raises(UserError, match=message):
        model.age(FACES, *arguments, **settings)


def test_pictures_of_another_size_are_named(model):
    for method in (model.encode, model.rebuild, model.estimate_age, model.estimate_gender):
        with pytest.raises(UserError, match=r"images must be \(n, 32, 32, 3\), got \(1, 64, 64, 3\)"):
            method(np.zeros((1, 64, 64, 3), "float32"))


def test_photos_take_its_own_ages_where_no_estimator_knows_its_faces(model, monkeypatch):
    drawn = photo_ages.Network("runs/own", model, None)
    monkeypatch.setattr(photo_ages, "data_set_of", {"runs/own": "drawn_faces", photo_ages.ESTIMATOR: "utkface"}.get)
    assert photo_ages.estimator_of(drawn) is drawn


def test_its_ageing_is_judged_from_young_adults_on(model, monkeypatch):
    class People:
        calibration = type("Calibration", (), {"threshold": staticmethod(lambda far: (1.0, 0.9))})
        estimate_age = staticmethod(lambda images: 50 + 40 * images.mean((1, 2, 3)))
        features = embed = recognise = staticmethod(lambda images: images[:, :2, 0, 0])

    class Subject:
        part = types.SimpleNamespace(dataset="drawn_faces")
        looked_at = (np.tile(FACES, (10, 1, 1, 1)), {"age": np.repeat(MEANS, 4)})
        apply = staticmethod(lambda function, images: function(images))
        result = staticmethod(lambda name, value, error=None, **about: (name, about.get("group"), value))

    subject = Subject()
    subject.model = model
    monkeypatch.setattr(measure, "load_pretrained", lambda name: People)
    monkeypatch.setattr(measure, "weights_card", lambda name: (None, {"sha256": name}))
    found = measure.ageing(subject)
    changes = {group: value for name, group, value in found if name == "pixel_change"}
    assert {group for name, group, _ in found if name == "eyes_detail"} == set(changes)
    assert list(changes) == ["21-30", "0-5", "6-10", "11-15", "16-20", "31-40", "41-50", "51-60", "61-70", "71+"]
    path = model.age_path(FACES, 4)
    for group in ("21-30", "0-5", "71+"):
        wanted = np.abs(path[:, model.groups.names.index(group)] - FACES).mean()
        assert changes[group] == pytest.approx(wanted, rel=1e-4), group
