"""stargan: the paper's counts, its losses by hand, how attributes are changed, and what it refuses."""

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import create_model
from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.errors import UserError
from keras_facegan.layers.instance_norm import InstanceNormalization
from keras_facegan.run import train

FACES = np.random.default_rng(0).uniform(-1, 1, (6, 16, 16, 3)).astype("float32")
ATTRIBUTES = np.random.default_rng(1).integers(0, 2, (6, 40)).astype("float32")
HAIR = ("Bald", "Bangs", "Black_Hair", "Blond_Hair", "Eyeglasses")


def small(**arguments):
    model = create_model("stargan", "tiny", seed=1, **arguments)
    model.compile({"name": "adam", "learning_rate": 1e-3})
    return model


def test_the_networks_have_the_counts_of_the_paper():
    model = create_model("stargan", "celeba_128")
    assert (model.generator.count_params(), model.discriminator.count_params()) == (8_430_528, 44_762_048)
    assert model.batches_per_step == 5
    outputs = model.discriminator.output
    assert outputs["logits"].shape == (None, 2, 2, 1) and outputs["class_logits"].shape == (None, 5)


def test_forty_attributes_cost_what_their_first_kernels_do():
    model = create_model("stargan", "celeba_128", attributes=CELEBA_ATTRIBUTES)
    assert model.generator.count_params() == 8_540_288


def test_the_layers_have_the_sizes_of_the_paper():
    model = create_model("stargan", "celeba_128")
    kernels = [tuple(each.shape) for each in model.generator.weights if each.path.endswith("kernel")]
    assert kernels[:3] == [(7, 7, 8, 64), (4, 4, 64, 128), (4, 4, 128, 256)]
    assert kernels[3:15] == [(3, 3, 256, 256)] * 12
    assert kernels[15:] == [(4, 4, 128, 256), (4, 4, 64, 128), (7, 7, 64, 3)]
    norms = [each for each in model.generator.layers if isinstance(each, InstanceNormalization)]
    assert len(norms) == 17 and all(each.affine for each in norms)
    slopes = {each.negative_slope for each in model.discriminator.layers if hasattr(each, "negative_slope")}
    assert slopes == {0.01}


def test_the_weights_of_celeba_fit_the_zoo():
    model = create_model("stargan", "celeba_64")
    # Two bytes per weight; compression makes up for the names.
    assert 2 * sum(getattr(model, name).count_params() for name in model.inference) < 2.25e6


def test_with_skip_the_change_is_added_to_the_face():
    model = small(skip=True, ema_decay=0.0)
    last = [layer for layer in model.generator.layers if hasattr(layer, "kernel")][-1]
    last.kernel.assign(tf.zeros_like(last.kernel))
    np.testing.assert_array_equal(model.draw(FACES, np.zeros((6, 3), "float32")), FACES)


def test_attributes_reach_every_part_of_the_picture():
    model = small()
    labels = np.zeros((6, 3), "float32")
    before, after = model.draw(FACES, labels), model.draw(FACES, labels + [1.0, 0.0, 0.0])
    assert (np.abs(after - before).max(axis=-1) > 0).mean() > 0.99


def binary_loss(labels, logits):
    labels = np.asarray(labels)
    return (np.logaddexp(0, logits) - labels * logits).sum(axis=1).mean()


def test_losses_are_those_of_the_paper():
    model = small(gp_weight=7.0, class_weight=0.3, cycle_weight=4.0)
    labels, wanted = (tf.constant(each[:, model.condition.places]) for each in (ATTRIBUTES, ATTRIBUTES[::-1]))
    image = tf.constant(FACES)
    changed = model.changed(image, wanted)
    rebuilt = np.asarray(model.changed(changed, labels))
    real, fake = ({k: np.asarray(v) for k, v in model.discriminator({"image": x}).items()} for x in (image, changed))
    model.penalty = lambda real, fake: tf.constant(0.25)

    loss, terms = model.discriminator_loss(image, labels, wanted)
    expected = fake["logits"].mean() - real["logits"].mean() + 7.0 * 0.25
    assert float(loss) == pytest.approx(expected + 0.3 * binary_loss(labels, real["class_logits"]), rel=1e-5)
    assert float(terms["real_class_accuracy"]) == pytest.approx(
        ((real["class_logits"] > 0) == np.asarray(labels)).mean()
    )

    loss, terms = model.generator_loss(image, labels, wanted)
    cycle = np.abs(FACES - rebuilt).mean()
    expected = -fake["logits"].mean() + 0.3 * binary_loss(wanted, fake["class_logits"]) + 4.0 * cycle
    assert float(loss) == pytest.approx(expected, rel=1e-5)
    assert float(terms["cycle_loss"]) == pytest.approx(cycle, rel=1e-5)


def test_the_penalty_is_of_the_summed_patches():
    model = small()
    slope = tf.random.stateless_normal((16, 16, 3), seed=(1, 2))
    # Four patches, each with a quarter of a linear score: the gradient of their sum is the slope everywhere.
    model.discriminator.call = lambda inputs, *args, **kwargs: {
        "logits": tf.repeat(tf.reduce_sum(inputs["image"] * slope, axis=(1, 2, 3))[:, None] / 4, 4, axis=1)
    }
    norm = float(tf.norm(slope))
    assert float(model.penalty(tf.constant(FACES), tf.constant(-FACES))) == pytest.approx((norm - 1) ** 2, rel=1e-4)


def test_the_cross_entropy_of_attributes_is_held_smooth():
    model = small(smooth_weight=3.0, class_weight=0.5)
    labels, image = tf.constant(ATTRIBUTES[:, model.condition.places]), tf.constant(FACES)
    squares = []
    for row in range(len(FACES)):
        one = image[row : row + 1]
        with tf.GradientTape() as tape:
            tape.watch(one)
            logits = model.discriminator({"image": one})["class_logits"]
            loss = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(labels[row : row + 1], logits))
        squares.append(float(tf.reduce_sum(tape.gradient(loss, one) ** 2)))
    np.testing.assert_allclose(model.class_gradient(image, labels), np.mean(squares), rtol=1e-4)
    # It is a part of the discriminator's loss.
    plain = small(class_weight=0.5)
    losses = [float(each.discriminator_loss(image, labels, labels)[0]) for each in (model, plain)]
    np.testing.assert_allclose(losses[0] - losses[1], 0.5 * 3.0 * np.mean(squares), rtol=1e-3)


def test_target_attributes_are_those_of_other_faces_of_the_batch():
    model, asked = small(n_critic=2), []
    inner = model.generator.call
    model.generator.call = lambda inputs, *args, **kwargs: (
        asked.append(np.asarray(inputs["attributes"])) or inner(inputs, *args, **kwargs)
    )
    logs = model.train_step({"image": tf.constant(FACES), "attributes": tf.constant(ATTRIBUTES)})
    assert set(model.terms) <= set(logs)
    # One call per discriminator step, then the change and the way back of the generator's step.
    first, second, third, back = asked
    labels = ATTRIBUTES[:, model.condition.places]
    for wanted, own in ((first, labels[:3]), (second, labels[3:])):
        assert sorted(wanted.tolist()) == sorted(own.tolist())
    np.testing.assert_array_equal(third, second)
    np.testing.assert_array_equal(back, labels[3:])


def test_transform_sets_what_is_asked_and_keeps_what_the_discriminator_sees():
    model = small()
    labels = (model.recognise(FACES) > 0.5).astype("float32")
    wanted = labels.copy()
    wanted[:, 1] = 1.0
    changed = model.transform(FACES, {"Eyeglasses": 1})
    np.testing.assert_array_equal(changed, model.draw(FACES, wanted))
    assert changed.dtype == np.float32 and changed.shape == FACES.shape and np.abs(changed).max() <= 1.0
    np.testing.assert_array_equal(model.transform(FACES[:2], {"Eyeglasses": 1}), changed[:2])
    np.testing.assert_array_equal(model.rebuild(FACES), model.draw(FACES, labels))


def test_a_picture_is_recognised_by_the_logits_of_its_attributes():
    model = small()
    logits = np.asarray(model(FACES))
    np.testing.assert_allclose(model.recognise(FACES), 1 / (1 + np.exp(-logits)), rtol=1e-4)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Blond_Hair": 1}, [0, 1, 0, 1, 1]),
        ({"Bald": 1}, [1, 0, 0, 0, 1]),
        ({"Black_Hair": 0}, [0, 1, 0, 0, 1]),
        ({"Blond_Hair": 1, "Black_Hair": 0, "Eyeglasses": 0}, [0, 1, 0, 1, 0]),
        ({"Blond_Hair": 0}, [0, 1, 1, 0, 1]),
    ],
)
def test_an_attribute_that_is_set_clears_what_it_excludes(changes, expected):
    model = small(attributes=HAIR)
    black_hair_with_bangs_and_glasses = np.array([[0, 1, 1, 0, 1]], "float32")
    np.testing.assert_array_equal(model.wanted(black_hair_with_bangs_and_glasses, changes), [expected])
    np.testing.assert_array_equal(black_hair_with_bangs_and_glasses, [[0, 1, 1, 0, 1]])


def test_an_attribute_is_turned_over_row_by_row():
    model = small(attributes=HAIR)
    labels = np.array([[0, 1, 1, 0, 0], [0, 0, 0, 1, 1]], "float32")
    np.testing.assert_array_equal(model.flipped(labels, "Blond_Hair"), [[0, 1, 0, 1, 0], [0, 0, 0, 0, 1]])
    np.testing.assert_array_equal(model.flipped(labels, "Bald"), [[1, 0, 0, 0, 0], [1, 0, 0, 0, 1]])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Eyeglases": 1}, "`Eyeglases` is not an attribute of this model. Did you mean `Eyeglasses`"),
        ({"Eyeglasses": 2}, "Eyeglasses must be a number from 0 to 1, got 2"),
        ({"Black_Hair": 1, "Blond_Hair": 1}, "Black_Hair and Blond_Hair exclude each other: ask for one of them"),
    ],
)
def test_changes_that_no_face_can_have(changes, message):
    with pytest.raises(UserError, match=message):
        small(attributes=HAIR).transform(FACES, changes)


def test_pictures_of_another_size():
    with pytest.raises(UserError, match=r"must be \(n, 16, 16, 3\), got \(2, 32, 32, 3\)"):
        small().transform(np.zeros((2, 32, 32, 3), "float32"), {"Male": 1})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"attributes": ["Blond"]}, "`Blond` is not an attribute. Did you mean `Blond_Hair`"),
        ({"attributes": []}, "model.attributes must be a list of 1 to 40 names"),
        ({"attributes": ["Male", "Male"]}, "An attribute is named twice"),
        ({"depth": 5}, r"multiple of 4 and of 2\^model.depth = 32, got \[16, 16, 3\]"),
        ({"image_shape": [16, 32, 3]}, "must be square"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(UserError, match=message):
        create_model("stargan", "tiny", **arguments)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data.dataset": "digits"}, r"reads `attributes`, which `digits` does not have.*sets with `attributes`: "),
        ({"model.attributes": ["Attractive"]}, "All pictures of `drawn_faces` have the same Attractive"),
    ],
)
def test_data_that_it_cannot_be_trained_on(tmp_path, changes, message):
    with pytest.raises(UserError, match=message):
        train("stargan", "tiny", run_dir=tmp_path / "run", changes=changes, report=lambda line: None)
    assert not (tmp_path / "run" / "recipe.toml").exists()


def test_a_run_shows_held_out_faces_and_how_their_flips_look(tmp_path):
    from keras_facegan.data.images import decode

    lines = []
    run = train("stargan", "tiny", run_dir=tmp_path / "run", changes={"data.size": 128}, report=lines.append)
    assert any("recognised 0." in line and "flips_seen" in line and "cycle_error" in line for line in map(str, lines))
    grid = decode(run.files.samples / "preview_flips_00000020.png")
    # The input, the way back, and three attributes; eight faces.
    height, width = grid.shape[:2]
    assert width / height == pytest.approx(5 / 8, abs=0.1)
