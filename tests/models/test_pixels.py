"""Every autoregressive model: probabilities add up to 1, nothing is seen of what comes later, drawing is exact."""

import functools
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import abilities, create_model
from keras_facegan.errors import UserError

KINDS = {"plain": "pixelcnn", "gated": "pixelcnn", "row_lstm": "pixelrnn", "diagonal_bilstm": "pixelrnn"}
# The same networks where they are told where a pixel lies.
KINDS |= {"plain+": "pixelcnn", "gated+": "pixelcnn"}
kinds = pytest.mark.parametrize("kind", KINDS)


@functools.cache
def small(kind, shape=(3, 3, 1), levels=2, blocks=2, filters=6, head=6, **arguments):
    """Return a small model whose biases are not zero, so that a wrong border shows. Tests only look at it."""
    settings = {"image_shape": shape, "levels": levels, "filters": filters, "blocks": blocks, "head": head}
    if kind.endswith("+"):
        settings["coordinates"] = True
    model = create_model(KINDS[kind], seed=1, network=kind.strip("+"), **settings, **arguments)
    rng = np.random.default_rng(0)
    for each in model.predictor.trainable_variables:
        if len(each.shape) == 1:
            each.assign(rng.normal(0, 0.3, each.shape))
    return model


def all_pictures(*shape):
    values = itertools.product([-1.0, 1.0], repeat=int(np.prod(shape)))
    return np.array(list(values), "float32").reshape(-1, *shape)


def total_probability(model, **wanted):
    return np.exp(model.log_prob(all_pictures(*model.image_shape), **wanted).astype("float64")).sum()


def random_pictures(model, count, seed=0):
    numbers = np.random.default_rng(seed).integers(model.levels.count, size=(count, *model.image_shape))
    return model.levels.floats(numbers)


def test_coordinates_tell_a_network_where_it_is():
    for kind, knows in (("plain", False), ("plain+", True), ("gated", False), ("gated+", True)):
        model = small(kind, (24, 24, 1))
        # Further from every border than the layers reach, a plain surface looks alike everywhere.
        inside = logits(model, np.ones((24, 24, 1), "float32"))[10:14, 10:14]
        assert (np.ptp(inside) > 1e-3) == knows


def logits(model, picture):
    return np.asarray(model.predictor({"image": picture[None]})["logits"])[0]


@kinds
def test_the_probabilities_of_all_pictures_add_up_to_one_before_and_after_training(kind):
    model = small.__wrapped__(kind)
    assert total_probability(model) == pytest.approx(1.0, abs=1e-5)
    model.compile({"name": "adam", "learning_rate": 0.05})
    pictures = {"image": tf.constant(np.repeat(random_pictures(model, 2), 8, axis=0))}
    before = model.log_prob(pictures["image"]).mean()
    steps = [float(model.train_step(pictures)["nll"]) for _ in range(4)]
    assert steps[0] == pytest.approx(-before, rel=1e-4)
    assert model.log_prob(pictures["image"]).mean() > before + 0.5
    assert total_probability(model) == pytest.approx(1.0, abs=1e-5)


@kinds
def test_the_probabilities_of_all_colour_pictures_add_up_to_one(kind):
    assert total_probability(small(kind, (1, 3, 3))) == pytest.approx(1.0, abs=1e-5)
    assert total_probability(small(kind, (3, 1, 3))) == pytest.approx(1.0, abs=1e-5)


@kinds
@pytest.mark.parametrize(("shape", "levels"), [((3, 4, 1), 2), ((2, 3, 3), 256)])
def test_no_logit_depends_on_a_later_pixel_or_colour(kind, shape, levels):
    model = small(kind, shape, levels)
    start, other = random_pictures(model, 2)
    expected = logits(model, start).reshape(start.size, -1)
    for place in range(start.size):
        changed = np.where(np.arange(start.size) < place, start.ravel(), other.ravel()).reshape(shape)
        seen = logits(model, changed).reshape(start.size, -1)
        np.testing.assert_array_equal(seen[: place + 1], expected[: place + 1])


def seen_by(model, place):
    """Return which values a logit depends on, bool (H, W, C), by gradients; what masks hide has exactly 0."""
    images = tf.constant(random_pictures(model, 8))
    with tf.GradientTape() as tape:
        tape.watch(images)
        scores = model.predictor({"image": images})["logits"][(slice(None), *place)]
        scores = tf.reduce_sum(scores * tf.random.stateless_normal(scores.shape, (1, 2)))
    # Of several pictures, because a unit may be at rest in one of them.
    return np.abs(np.asarray(tape.gradient(scores, images))).max(axis=0) > 0


@kinds
def test_a_logit_depends_on_the_pixel_before_and_on_earlier_colours_of_its_own(kind):
    model = small(kind, (2, 3, 3), 256, filters=24, head=24)
    for colour in range(3):
        seen = seen_by(model, (1, 1, colour))
        assert seen[1, 1].tolist() == [before < colour for before in range(3)]
        assert seen[1, 0].all() and seen[0, 1].all() and not seen[1, 2].any()


@pytest.mark.parametrize(("kind", "sees"), [("plain", False), ("gated", True), ("diagonal_bilstm", True)])
def test_the_plain_masks_leave_a_blind_spot_that_the_other_networks_have_not(kind, sees):
    # Four pixels to the right in the row above: beyond the first kernel, and out of the way of later ones.
    seen = seen_by(small(kind, (2, 6, 1), filters=24, head=24), (1, 0, 0))
    assert seen[0, :4].all() and seen[0, 4] == sees


def test_a_diagonal_bilstm_of_one_layer_sees_all_that_comes_before_but_the_end_of_the_row_above():
    model = small("diagonal_bilstm", (4, 9, 1), blocks=1, filters=24, head=24)
    for row, column in ((1, 0), (3, 4)):
        expected = np.arange(36).reshape(4, 9, 1) < 9 * row + column
        # The map that comes from the right reads what the first layer has masked, so the last pixel is not in it yet.
        expected[row - 1, 8] = False
        np.testing.assert_array_equal(seen_by(model, (row, column, 0)), expected)


def drawn_by_whole_passes(model, count, seed):
    """Return pictures by the definition: one pass of the whole network per value."""
    uniform = np.random.default_rng(seed).random((count, *model.image_shape))
    canvas = np.ones((count, *model.image_shape), "float32")
    for place in np.ndindex(model.image_shape):
        seen = np.asarray(model.predictor({"image": canvas})["logits"])[(slice(None), *place)]
        canvas[(slice(None), *place)] = model.levels.draw(seen.reshape(count, -1), uniform[(slice(None), *place)])
    return canvas


@kinds
@pytest.mark.parametrize(("shape", "levels"), [((5, 4, 1), 2), ((3, 4, 3), 256)])
def test_drawing_pixel_by_pixel_gives_what_whole_passes_give(kind, shape, levels):
    model = small(kind, shape, levels)
    images = model.generate(6, seed=3)
    np.testing.assert_array_equal(images, drawn_by_whole_passes(model, 6, seed=3))
    assert images.dtype == np.float32 and images.shape == (6, *shape)
    model.levels.check(images, "pictures")
    np.testing.assert_array_equal(model.generate(2, seed=3), images[:2])
    assert (model.generate(6, seed=4) != images).any()


@kinds
def test_logits_of_one_pixel_at_a_time_are_those_of_the_whole_map(kind):
    from keras_facegan.networks.pixelwise import Pixels

    model = small(kind, (4, 5, 3))
    images = random_pictures(model, 2)
    whole = np.asarray(model.predictor({"image": images})["logits"])
    pixels = Pixels(model.predictor, images)
    architecture = functools.partial(model.architecture, outputs=3)
    for row, column in np.ndindex(4, 5):
        for _ in range(2):
            # A second look, as for the next colour, changes nothing.
            np.testing.assert_allclose(pixels.logits(architecture, row, column), whole[:, row, column], atol=2e-6)


@kinds
def test_drawn_pictures_are_as_frequent_as_they_are_likely(kind):
    model = small(kind, (1, 2, 1))
    numbers = (model.generate(4000, seed=0)[:, 0, :, 0] > 0) @ [2, 1]
    expected = np.exp(model.log_prob(all_pictures(1, 2, 1)))
    # Four standard errors of a share of 4,000 draws.
    np.testing.assert_allclose(np.bincount(numbers, minlength=4) / 4000, expected, atol=4 * 0.5 / 4000**0.5)


@kinds
def test_a_completed_picture_keeps_its_upper_rows_and_follows_from_them(kind):
    model = small(kind, (4, 5, 3), 256)
    images = random_pictures(model, 3)
    completed = model.complete(images, 2, seed=5)
    np.testing.assert_array_equal(completed[:, :2], images[:, :2])
    other = images.copy()
    other[:, 2:] = 0.123
    np.testing.assert_array_equal(model.complete(other, 2, seed=5), completed)
    np.testing.assert_array_equal(model.complete(images, 4), images)
    # What is drawn below the rows of a drawn picture is that picture again, by the same numbers.
    drawn = model.generate(3, seed=5)
    np.testing.assert_array_equal(model.complete(drawn, 2, seed=5), drawn)
    np.testing.assert_array_equal(model.complete(images, 0, seed=5), drawn)
    assert isinstance(model, abilities.Completes)


def test_drawing_tells_how_far_it_is():
    model, shares = small("plain", (4, 4, 1)), []
    model.generate(70, advance=shares.append)
    # Two chunks of four rows.
    assert len(shares) == 8 and sum(shares) == pytest.approx(70)
    assert model.generate(0).shape == (0, 4, 4, 1)


def test_a_preview_shows_pictures_their_upper_halves_and_other_lower_halves():
    model = small("plain", (4, 4, 1))
    images = random_pictures(model, 8)
    rows = model.preview(images, {})["lower_half"]
    assert rows.shape == (6, 6, 4, 4, 1)
    np.testing.assert_array_equal(rows[:, 0], images[:6])
    assert (rows[:, 1, 2:] == -1).all()
    np.testing.assert_array_equal(rows[:, 1:, :2], np.repeat(images[:6, None, :2], 5, axis=1))
    assert len(np.unique(rows[:, 2:].reshape(6, 4, -1), axis=1)) > 1


def test_validation_is_the_mean_likelihood_in_both_units():
    model = small("plain")
    images = random_pictures(model, 5)
    numbers = model.validate(images, {})
    assert numbers["nll"] == pytest.approx(-model.log_prob(images).mean(), rel=1e-6)
    assert numbers["bits_per_dim"] == pytest.approx(numbers["nll"] / (9 * np.log(2)), rel=1e-6)


@pytest.fixture(scope="module")
def of_classes():
    model = small("gated", num_classes=3)
    for layer in model.predictor.layers:
        if isinstance(layer, keras.layers.Dense):
            layer.kernel.assign(np.random.default_rng(2).normal(0, 1, layer.kernel.shape))
    return model


def test_pictures_of_every_class_add_up_to_one_and_so_do_those_of_the_mixture(of_classes):
    for label in range(3):
        assert total_probability(of_classes, label=label) == pytest.approx(1.0, abs=1e-5)
    pictures = all_pictures(3, 3, 1)
    each = np.exp([of_classes.log_prob(pictures, label=label) for label in range(3)])
    assert np.abs(each[0] - each[1]).sum() > 0.1
    np.testing.assert_allclose(np.exp(of_classes.log_prob(pictures)), each.mean(axis=0), rtol=1e-4)


def test_a_class_that_is_asked_for_is_drawn(of_classes):
    labels = [0, 1, 2, 2]
    images = of_classes.generate(4, seed=1, label=labels)
    for place, label in enumerate(labels):
        np.testing.assert_array_equal(of_classes.generate(4, seed=1, label=label)[place], images[place])
    assert of_classes.generate(4, seed=1).shape == images.shape
    assert of_classes.reads == ("image", "label")
    of_classes.compile({"name": "adam", "learning_rate": 1e-3})
    nll = -of_classes.log_prob(images, label=labels).mean()
    assert of_classes.validate(images, {"label": np.array(labels)})["nll"] == pytest.approx(nll, rel=1e-5)
    logs = of_classes.train_step({"image": tf.constant(images), "label": tf.constant(labels)})
    assert float(logs["nll"]) == pytest.approx(nll, rel=1e-5)


BINARY, COLOUR = ("plain",), ("plain", (3, 3, 3), 256)


def filled(value, channels=1, dtype="float32"):
    return np.full((2, 3, 3, channels), value, dtype)


@pytest.mark.parametrize(
    ("model", "call", "message"),
    [
        (BINARY, lambda m: m.log_prob(filled(0.2)), r"exactly -1 or 1, got the value 0.2.*binary_mnist"),
        (BINARY, lambda m: m.log_prob(filled(np.nan)), "got the value nan"),
        (BINARY, lambda m: m.fit({"image": filled(0.2)}), "exactly -1 or 1, got the value 0.2"),
        (BINARY, lambda m: m.evaluate({"image": filled(-0.2)}), "exactly -1 or 1, got the value -0.2"),
        (BINARY, lambda m: m.log_prob(filled(255, 1, "uint8")), "must be floats in .-1, 1., got uint8"),
        (BINARY, lambda m: m.log_prob(np.ones((1, 4, 3, 1))), r"of shape \(n, 3, 3, 1\), got \(1, 4, 3, 1\)"),
        (BINARY, lambda m: m.complete(np.ones((3, 3, 1)), 1), r"reads images of shape \(n, 3, 3, 1\), got \(3, 3, 1\)"),
        (BINARY, lambda m: m.complete(filled(1), 4), "rows must be a whole number from 0 to 3, got 4"),
        (BINARY, lambda m: m.complete(filled(1), 1.5), "rows must be a whole number from 0 to 3, got 1.5"),
        (BINARY, lambda m: m.complete(filled(0), 1), "exactly -1 or 1, got the value 0"),
        (BINARY, lambda m: m.generate(1, label=3), "has no condition `label`. It draws pictures without conditions"),
        (COLOUR, lambda m: m.log_prob(filled(0.5, 3)), "256 levels from -1 to 1, got the value 0.5. .*to_float"),
        (COLOUR, lambda m: m.log_prob(filled(1.1, 3)), "256 levels from -1 to 1, got the value 1.1"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_one_line(model, call, message):
    model = small(*model)
    model.compile({"name": "adam", "learning_rate": 1e-3})
    with pytest.raises(UserError, match=message):
        call(model)


@pytest.mark.parametrize("name", ["pixelcnn", "pixelrnn"])
@pytest.mark.parametrize("shape", [(3, 3, 1), (1, 7, 1), (5, 2, 3)])
def test_the_tiny_preset_is_binary_and_takes_any_shape(name, shape):
    model = create_model(name, "tiny", image_shape=shape)
    images = model.generate(2)
    assert images.shape == (2, *shape) and set(np.unique(images)) <= {-1.0, 1.0}
    assert model.log_prob(images).shape == (2,)


def test_grey_data_sets_are_refused_before_training(tmp_path):
    from keras_facegan import train

    message = "exactly -1 or 1; `digits` has grey ones. .*`binary_mnist`.*model.levels to 256"
    with pytest.raises(UserError, match=message):
        train("pixelcnn", preset="tiny", run_dir=tmp_path / "run", changes={"data.dataset": "digits"})


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("pixelcnn", {"levels": 16}, "model.levels must be one of `2`, `256`, got 16"),
        ("pixelcnn", {"network": "row_lstm"}, "model.network `row_lstm` is unknown"),
        ("pixelcnn", {"num_classes": 10}, "model.num_classes is for the gated network"),
        ("pixelrnn", {"network": "diagonal"}, "Did you mean `diagonal_bilstm`"),
        ("pixelrnn", {"blocks": 0}, "model.blocks must be a whole number from 1"),
    ],
)
def test_wrong_arguments(name, arguments, message):
    with pytest.raises(UserError, match=message):
        create_model(name, "tiny", **arguments)
