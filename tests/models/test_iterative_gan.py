"""The iterative GAN: counts of the sheet, who gets which loss, turns, and what is drawn in training."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import create_model
from keras_facegan.models.iterative_gan import IterativeGAN, distance
from tests.models.pictures import drawn_people

CLASSIFIER = ("latent_head", "attribute_head")
NAMES = ("Male", "Eyeglasses", "Smiling")
# No codes of real faces; drawn faces that are held to all attributes.
NONE, ALL = np.zeros((0, 8), "float32"), np.ones((16, 3), "float32")


def tiny(**settings):
    """A model whose networks answer to what they see: ten times their fresh weights."""
    model = create_model("iterative_gan", "tiny", **{"ema_decay": 0.0, "attributes": NAMES, "seed": 0, **settings})
    for network in model.networks:
        for weight in getattr(model, network).trainable_variables:
            if len(weight.shape) > 1:
                weight.assign(10 * weight)
    return model


def batch():
    images, columns = drawn_people(16, people=4)
    return {"image": tf.constant(images), "attributes": tf.constant(columns["attributes"])}


def count(model, *networks):
    return sum(int(np.prod(each.shape)) for name in networks for each in getattr(model, name).trainable_variables)


@pytest.mark.parametrize(
    ("side", "generator", "discriminator"),
    [
        (64, 5_463_043, 12_708_225),
        # 5 x 5 x 512 = 12,800 values behind the first layer, before the source head and before the share.
        (80, 141 * 12_800 + 1024 + 4_306_947, 4_308_352 + 12_801 + 12_803 * 1024),
        (128, 8_928_259, 37_898_625),
    ],
)
def test_parameters_are_those_of_the_sheet(side, generator, discriminator):
    model = create_model("iterative_gan", image_shape=(side, side, 3))
    assert count(model, "generator") == generator
    assert count(model, "trunk", "source_head", "share") == discriminator
    assert count(model, "trunk") == 4_308_352
    assert count(model, *CLASSIFIER) == 239_116
    assert count(model, "latent_head") == 102_500
    assert [model.trunk.output[f"h{i}"].shape[1:] for i in range(4)] == [
        (side // 2**i, side // 2**i, 32 * 2**i) for i in range(1, 5)
    ]


def test_the_published_preset_fits_into_3_megabytes():
    model = create_model("iterative_gan", "celeba_64")
    weights = [each for name in model.inference for each in model.network(name).weights]
    size = sum(int(np.prod(each.shape)) * (2 if len(each.shape) > 1 else 4) for each in weights)
    assert 2e6 < size < 2.95e6
    default = create_model("iterative_gan", "default")
    weights = [each for name in default.inference for each in default.network(name).weights]
    size = sum(int(np.prod(each.shape)) * (2 if len(each.shape) > 1 else 4) for each in weights)
    assert 5e5 < size < 0.95e6


def test_weights_of_the_losses_are_the_papers():
    config = create_model("iterative_gan", "celeba_128").get_config()
    expected = {"perceptual_weight": 2.0, "pixel_weight": 0.5, "latent_weight": 1.0, "label_weight": 1.0}
    assert {name: config[name] for name in expected} == expected
    assert config["transformed"] == 0.0 and config["turns"] == "adaptive" and config["latent_dim"] == 100


# What the steps minimise, and who is moved by it.


class Seen:
    """What a step minimised: its loss, its terms, the networks it named, and the gradients of every network."""

    def __init__(self, model, step):
        self.moved = ()

        def watched(loss_fn, *networks):
            variables = {each: getattr(model, each).trainable_variables for each in model.networks}
            with tf.GradientTape() as tape:
                self.loss, self.terms = loss_fn()
            flat = [(name, each.value) for name, values in variables.items() for each in values]
            gradients = tape.gradient(self.loss, [value for _, value in flat])
            self.reached = {name for (name, _), each in zip(flat, gradients, strict=True) if each is not None}
            self.moved = networks
            return self.loss, self.terms | {f"{name}_gradient_norm": 0.0 for name in networks}

        model.minimize = watched
        self.returned = step(model)


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, "float64")))


def cross_entropy(labels, logits):
    logits = np.asarray(logits, "float64")
    return np.mean(np.logaddexp(0, logits) - labels * logits)


def test_the_discriminator_is_moved_by_the_game_labels_and_codes():
    model, data = tiny(), batch()
    labels = model.labels.of(data["attributes"])
    fixed = tf.constant(model.sample_latents(16, 1))
    model._codes = lambda asked, known: fixed
    seen = Seen(model, lambda m: m._discriminator_step(data["image"], labels, labels, ALL, NONE))
    assert seen.moved == ("trunk", "source_head", "share", "latent_head", "attribute_head")
    # The generator gets nothing of it.
    assert seen.reached == set(seen.moved)

    fake = model._draw(fixed, labels)
    real, drawn = model._see(data["image"]), model._see(fake)
    logits = [np.asarray(model._source(each), "float64") for each in (real, drawn)]
    game = np.mean(np.logaddexp(0, -logits[0])) + np.mean(np.logaddexp(0, logits[1]))
    told = cross_entropy(np.asarray(labels), real["logits"]) + cross_entropy(np.asarray(labels), drawn["logits"])
    code = np.abs(np.asarray(drawn["latents"]) - np.asarray(fixed)).mean()
    assert float(seen.loss) == pytest.approx(game + told + code, rel=1e-4)
    assert float(seen.returned["d_loss"]) == pytest.approx(game, rel=1e-4)
    wrong = (np.asarray(real["logits"]) > 0) != (np.asarray(labels) > 0.5)
    assert float(seen.returned["hamming_loss"]) == pytest.approx(wrong.mean(), abs=1e-6)


def test_the_generator_is_moved_by_the_game_labels_and_codes_of_what_it_draws():
    model, data = tiny(), batch()
    labels = model.labels.of(data["attributes"])
    fixed = tf.constant(model.sample_latents(16, 1))
    model._codes = lambda asked, known: fixed
    seen = Seen(model, lambda m: m._generator_step(labels, ALL, NONE))
    assert seen.moved == ("generator",)
    drawn = model._see(model._draw(fixed, labels))
    game = np.mean(np.logaddexp(0, -np.asarray(model._source(drawn), "float64")))
    told = cross_entropy(np.asarray(labels), drawn["logits"])
    code = np.abs(np.asarray(drawn["latents"]) - np.asarray(fixed)).mean()
    assert float(seen.loss) == pytest.approx(game + told + code, rel=1e-4)
    assert float(seen.returned["g_loss"]) == pytest.approx(game, rel=1e-4)


@pytest.mark.parametrize("rebuild_trunk", [True, False])
def test_the_second_stage_moves_the_generator_and_the_encoder(rebuild_trunk):
    model, data = tiny(rebuild_trunk=rebuild_trunk), batch()
    labels = model.labels.of(data["attributes"])
    seen = Seen(model, lambda m: m._rebuild_step(data["image"], labels))
    assert set(seen.moved) - {"trunk"} == {"generator", "share", *CLASSIFIER}
    assert ("trunk" in seen.moved) == rebuild_trunk
    # Nothing of the game.
    assert seen.reached == set(model.networks) - {"source_head"}

    real = model._see(data["image"])
    rebuilt = model._draw(real["latents"], tf.sigmoid(real["logits"]))
    maps = model.trunk({"image": rebuilt}, training=True)
    perceptual = sum(np.abs(np.asarray(maps[f"h{i}"]) - np.asarray(real[f"h{i}"])).mean() for i in range(4))
    pixel = np.abs(np.asarray(rebuilt) - np.asarray(data["image"])).mean()
    told = cross_entropy(np.asarray(labels), real["logits"])
    assert float(seen.loss) == pytest.approx(2.0 * perceptual + 0.5 * pixel + told, rel=1e-4)
    assert float(seen.terms["perceptual_loss"]) == pytest.approx(perceptual, rel=1e-4)
    assert float(seen.terms["pixel_loss"]) == pytest.approx(pixel, rel=1e-4)


def test_real_maps_are_not_pulled_towards_rebuilt_ones():
    model, data = tiny(pixel_weight=0.0, label_weight=0.0), batch()
    # What is rebuilt does not depend on the face, so any gradient of the maps would come from the real ones.
    fixed = tf.constant(np.zeros((16, 16, 16, 3), "float32"))
    model._rebuilt = lambda seen, training=True: fixed
    frozen = model.trunk({"image": fixed}, training=True)
    frozen = {name: tf.constant(np.asarray(each)) for name, each in frozen.items()}
    see = model._see
    with tf.GradientTape() as tape:
        seen = see(data["image"])
        loss = sum(distance(frozen[name], tf.stop_gradient(seen[name])) for name in frozen)
    assert all(each is None for each in tape.gradient(loss, [v.value for v in model.trunk.trainable_variables]))


# Turns.


@pytest.mark.parametrize(
    ("recent", "expected"), [((1.0, 1.0), (1, 1)), ((1.386, 0.693), (2, 1)), ((0.1, 2.0), (1, 3)), ((5.0, 0.0), (3, 1))]
)
def test_recent_losses_decide_the_turns(recent, expected):
    model = tiny()
    model.recent.assign(recent)
    assert tuple(int(each) for each in model._turns()) == expected
    assert tiny(turns="fixed", generator_turns=2)._turns() == (1, 2)
    model.evaluated = 16
    assert model._turns() == (1, 1)
    model._remember(tf.constant(9.0), tf.constant(9.0))
    np.testing.assert_allclose(model.recent, recent)
    model.evaluated = None
    model._remember(tf.constant(2.0), tf.constant(3.0))
    np.testing.assert_allclose(model.recent, 0.9 * np.array(recent) + [0.2, 0.3], rtol=1e-6)


def test_steps_of_the_optimizers_follow_the_turns():
    model = tiny()
    model.compile({"name": "sgd", "learning_rate": 1e-4})
    model.recent.assign([0.1, 2.0])
    logs = tf.function(model.train_step, autograph=False)(batch())
    assert (float(logs["d_turns"]), float(logs["g_turns"])) == (1.0, 3.0)
    steps = {name: int(each.iterations) for name, each in model.optimizers.items()}
    # One of each is the second stage's.
    assert steps == {
        "generator": 4, "trunk": 2, "source_head": 1, "share": 2, "latent_head": 2, "attribute_head": 2,
    }  # fmt: skip


def test_the_head_may_learn_the_attributes_of_real_faces_alone():
    losses, data = [], batch()
    for label_drawn in (True, False):
        model = tiny(label_drawn=label_drawn)
        labels, fixed = model.labels.of(data["attributes"]), tf.constant(model.sample_latents(16, 1))
        model._codes = lambda asked, known, fixed=fixed: fixed
        step = functools.partial(IterativeGAN._discriminator_step, real=data["image"], wanted=labels, asked=labels)
        losses.append(float(Seen(model, functools.partial(step, held=ALL, known=NONE)).loss))
        drawn = model._see(model._draw(fixed, labels))["logits"]
    assert losses[0] - losses[1] == pytest.approx(cross_entropy(np.asarray(labels), drawn), rel=1e-3)


# What is drawn in training.


def test_half_of_the_drawn_faces_have_codes_and_attributes_of_real_ones_of_which_a_tenth_is_turned_over():
    model, data = tiny(transformed=0.5), batch()
    # Male and Eyeglasses go together.
    rows = np.random.default_rng(0).random((1024, 3)) < 0.5
    rows[:, 1] = ~rows[:, 0]
    model.labels.memory.rows.assign(rows.astype("float32"))
    seen = model._see(data["image"][:8])
    told = sigmoid(seen["logits"])
    draws = [model._changes(data["image"]) for _ in range(30)]
    known = draws[0][0]
    np.testing.assert_allclose(known, seen["latents"], atol=1e-5)
    changed, held = (np.stack([draw[place] for draw in draws]) for place in (1, 2))
    turned = np.abs(changed - told) > 1e-4
    np.testing.assert_array_equal(changed[turned], np.broadcast_to(told < 0.5, turned.shape)[turned])
    assert turned.mean() == pytest.approx(0.1, abs=0.05)
    follows = turned[..., [1, 0, 2]] & ~turned & [True, True, False]
    assert follows.any()
    np.testing.assert_array_equal(held, ~follows)
    codes = np.asarray(model._codes(model.labels.of(data["attributes"]), known))
    np.testing.assert_array_equal(codes[:8], known)
    assert codes.shape == (16, 8) and np.abs(codes).max() <= 1


def test_a_last_batch_of_any_size_is_evaluated():
    images, columns = drawn_people(16, people=4)
    images, columns = images[:12], {"attributes": columns["attributes"][:12]}
    for transformed in (0.0, 0.5):
        model = tiny(transformed=transformed)
        model.compile()
        logs = model.evaluate({"image": images, **columns}, batch_size=8, verbose=0, return_dict=True)
        assert np.isfinite(list(logs.values())).all()


def test_a_face_that_is_not_held_to_an_attribute_is_not_asked_for_it():
    model, data = tiny(), batch()
    labels, fixed = model.labels.of(data["attributes"]), tf.constant(model.sample_latents(16, 1))
    model._codes = lambda asked, known: fixed
    drawn = np.asarray(model._see(model._draw(fixed, labels))["logits"])
    held = np.array(ALL)
    held[:, 1] = 0.0
    loss, less = (
        float(Seen(model, lambda m, weights=weights: m._generator_step(labels, weights, NONE)).loss)
        for weights in (ALL, held)
    )
    assert loss - less == pytest.approx(cross_entropy(np.asarray(labels)[:, 1], drawn[:, 1]) / 3, rel=1e-3)


def test_the_paper_draws_none_of_them():
    model, data = tiny(transformed=0.0), batch()
    before = [np.array(each) for each in model.trunk.non_trainable_variables]
    known, changed, held = model._changes(data["image"])
    assert known.shape == (0, 8) and changed.shape == held.shape == (0, 3)
    # Not even a batch of none is shown to the trunk, whose moving statistics it would spoil.
    for each, old in zip(model.trunk.non_trainable_variables, before, strict=True):
        np.testing.assert_array_equal(each, old)


def test_drawn_faces_leave_no_trace_in_the_statistics_of_real_ones():
    model, data = tiny(), batch()
    model.compile({"name": "sgd", "learning_rate": 1e-9})
    labels = model.labels.of(data["attributes"])
    statistics = {name: getattr(model, name).non_trainable_variables for name in ("trunk", "share", "attribute_head")}

    def values():
        return {name: np.concatenate([np.ravel(each) for each in variables]) for name, variables in statistics.items()}

    def moved(step):
        before = values()
        step()
        return {name for name, after in values().items() if (after != before[name]).any()}

    assert moved(lambda: model._generator_step(labels, ALL, NONE)) == set()
    assert moved(lambda: model._see(data["image"])) == set(statistics)
    # What a step leaves behind is what its real faces alone leave behind.
    twin = tiny()
    twin._see(data["image"])
    twin._see(data["image"])
    model = tiny()
    model.compile({"name": "sgd", "learning_rate": 1e-9})
    model._discriminator_step(data["image"], labels, labels, ALL, NONE)
    model._rebuild_step(data["image"], labels)
    for name in statistics:
        for a, b in zip(getattr(model, name).weights, getattr(twin, name).weights, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
