"""cyclegan: the paper's counts, its losses by hand, its pool, and what it refuses."""

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import checkpoint, create_model
from keras_facegan.errors import UserError
from keras_facegan.layers.reflection_padding import ReflectionPadding2D
from keras_facegan.run import train

PICTURES = np.random.default_rng(0).uniform(-1, 1, (6, 24, 24, 3)).astype("float32")
DOMAIN = np.array([1, 0, 0, 1, 1, 0], "int32")


def small(**arguments):
    model = create_model("cyclegan", "tiny", seed=1, **arguments)
    model.compile({"name": "adam", "learning_rate": 1e-3})
    return model


def counts(model):
    return [getattr(model, name).count_params() for name in model.networks]


@pytest.mark.parametrize(
    ("preset", "generator", "patches"), [("folders_256", 11_378_179, 30), ("celeba_128", 7_837_699, 14)]
)
def test_the_networks_have_the_counts_of_the_paper(preset, generator, patches):
    model = create_model("cyclegan", preset)
    assert counts(model) == [2_764_737, 2_764_737, generator, generator]
    assert model.discriminator_a.output["logits"].shape == (None, patches, patches, 1)


def test_a_logit_sees_70_pixels():
    model = small(image_shape=(128, 128, 3))
    image = tf.constant(np.random.default_rng(0).uniform(-1, 1, (1, 128, 128, 3)).astype("float32"))
    # Normalisation sees the whole picture: let it pass what it is given.
    for layer in model.discriminator_a.layers:
        if type(layer).__name__ == "InstanceNormalization":
            layer.call = lambda inputs: inputs
    with tf.GradientTape() as tape:
        tape.watch(image)
        logit = model.discriminator_a({"image": image})["logits"][0, 7, 7, 0]
    rows = np.flatnonzero(np.abs(np.asarray(tape.gradient(logit, image))).max(axis=(0, 2, 3)))
    assert len(rows) == rows[-1] - rows[0] + 1 == 70


def test_the_generator_pads_by_mirror_images_where_it_keeps_the_size():
    borders = [each.border for each in small().generator_a.layers if isinstance(each, ReflectionPadding2D)]
    assert borders == [3, 1, 1, 3]
    x = np.arange(10.0, dtype="float32").reshape(1, 2, 5, 1)
    np.testing.assert_array_equal(ReflectionPadding2D(1)(x)[0, :, :, 0], np.pad(x[0, :, :, 0], 1, mode="reflect"))


def test_with_skip_the_change_is_added_to_the_picture():
    model = small(skip=True, ema_decay=0.0)
    last = [layer for layer in model.generator_b.layers if hasattr(layer, "kernel")][-1]
    last.kernel.assign(tf.zeros_like(last.kernel))
    last.bias.assign([10.0, -0.1, 0.0])
    expected = np.clip(PICTURES + 2 * np.tanh([10.0, -0.1, 0.0]), -1, 1)
    np.testing.assert_allclose(model.translate(PICTURES, "B"), expected, atol=1e-5)


def test_with_skip_pixels_that_were_cut_off_can_come_back():
    model = small(skip=True, ema_decay=0.0)
    last = [layer for layer in model.generator_b.layers if hasattr(layer, "kernel")][-1]
    last.kernel.assign(tf.zeros_like(last.kernel))
    last.bias.assign([0.5, 0.0, 0.0])
    white = tf.ones((1, *PICTURES.shape[1:]))
    with tf.GradientTape() as tape:
        made = model.make("b", white)
        red = tf.reduce_mean(made[..., 0])
    assert float(red) == 1.0 == float(tf.reduce_max(made))
    # The slope of twice the hyperbolic tangent.
    slope = tape.gradient(red, last.bias.value)
    np.testing.assert_allclose(slope, [2 * (1 - np.tanh(0.5) ** 2), 0, 0], rtol=1e-4)


def test_the_weights_of_drawn_faces_fit_the_zoo():
    model = create_model("cyclegan", "default")
    assert 2 * sum(getattr(model, name).count_params() for name in model.inference) < 1.15e6


def test_losses_are_those_of_the_paper():
    model = small(cycle_weight=3.0, identity_weight=0.25)
    a, b = (tf.constant(PICTURES[each == DOMAIN]) for each in (0, 1))
    fake_a, fake_b = model.make("a", b), model.make("b", a)
    judged = [np.asarray(model.judge(*each)) for each in (("a", fake_a), ("b", fake_b), ("a", a), ("b", b))]

    def distance(domain, image, expected):
        return np.abs(np.asarray(model.make(domain, image)) - np.asarray(expected)).mean()

    cycle = distance("a", fake_b, a) + distance("b", fake_a, b)
    identity = distance("a", a, a) + distance("b", b, b)
    adversarial = sum(np.square(logits - 1).mean() for logits in judged[:2])
    # The first pictures pass the pool; nothing moves meanwhile.
    model.minimize = lambda loss_fn, *networks: loss_fn()
    logs = model.train_step({"image": tf.constant(PICTURES), "domain": tf.constant(DOMAIN)})
    expected = adversarial + 3.0 * cycle + 0.25 * 3.0 * identity
    assert float(logs["g_loss"]) == pytest.approx(expected, rel=1e-5)
    assert float(logs["cycle_loss"]) == pytest.approx(cycle / 2, rel=1e-5)
    assert float(logs["identity_loss"]) == pytest.approx(identity / 2, rel=1e-5)
    fakes = sum(np.square(logits).mean() for logits in judged[:2])
    reals = sum(np.square(logits - 1).mean() for logits in judged[2:])
    assert float(logs["d_loss"]) == pytest.approx((fakes + reals) / 2, rel=1e-5)
    assert float(logs["real_score"]) == pytest.approx(np.mean(judged[2:]), rel=1e-4)


def test_without_identity_loss_its_term_is_zero():
    model = small(identity_weight=0.0)
    logs = model.train_step({"image": tf.constant(PICTURES), "domain": tf.constant(DOMAIN)})
    assert float(logs["identity_loss"]) == 0.0 and float(logs["cycle_loss"]) > 0.0


def test_the_generators_move_before_the_discriminators_see_their_pictures():
    model, order = small(), []
    inner = model.minimize
    model.minimize = lambda loss_fn, *networks: order.append(networks) or inner(loss_fn, *networks)
    model.train_step({"image": tf.constant(PICTURES), "domain": tf.constant(DOMAIN)})
    assert order == [("generator_a", "generator_b"), ("discriminator_a", "discriminator_b")]


def test_the_pools_are_part_of_the_training_state():
    model = small()
    names = [name.rpartition("/")[2] for name in checkpoint.training_state(model)]
    assert names.count("pictures") == names.count("filled") == 2
    model.train_step({"image": tf.constant(PICTURES), "domain": tf.constant(DOMAIN)})
    assert int(model.pool_a.filled) == int(model.pool_b.filled) == 3
    assert (np.asarray(model.pool_a.pictures[:3]) != np.asarray(model.pool_b.pictures[:3])).any()


@pytest.mark.parametrize("shape", [(24, 24), (8, 40)])
def test_pictures_of_any_size_are_translated(shape):
    model = small()
    images = np.random.default_rng(2).uniform(-1, 1, (3, *shape, 3)).astype("float32")
    a, b = model.translate(images, "A"), model.translate(images, to="B")
    assert a.shape == b.shape == images.shape and a.dtype == np.float32
    assert np.abs(a).max() <= 1.0 and (a != b).any()
    np.testing.assert_array_equal(model.translate(images[:1], "A"), a[:1])
    average = model.network("generator_b")({"image": images}, training=False)["images"]
    np.testing.assert_allclose(b, average, atol=1e-6)


@pytest.mark.parametrize(
    ("images", "to", "message"),
    [
        (PICTURES, "C", "translates to the domains A and B, got `C`"),
        (PICTURES[:, :22], "A", r"multiples of 4, 8 or more, got \(6, 22, 24, 3\)"),
        (PICTURES[:, :4], "A", "multiples of 4, 8 or more"),
        (PICTURES[..., :1], "A", r"must be \(n, height, width, 3\)"),
        (PICTURES * 2, "A", r"must be finite and in \[-1, 1\]"),
        (np.zeros((1, 24, 24, 3), "uint8"), "A", "must be floats"),
    ],
)
def test_pictures_that_cannot_be_translated(images, to, message):
    with pytest.raises(UserError, match=message):
        small().translate(images, to)


@pytest.mark.parametrize("shape", [[20, 20, 3], [16, 16, 3], [24, 32, 3]])
def test_sizes_that_it_cannot_be_trained_at(shape):
    with pytest.raises(UserError, match="must be square, its side a multiple of 8 from 24"):
        create_model("cyclegan", "tiny", image_shape=shape)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data.sampler": "uniform"}, "half of a batch from either domain: set data.sampler to `balanced:domain`"),
        ({"train.batch_size": 5}, "half of a batch .* set train.batch_size to another number than 5"),
        ({"train.batch_size": 12}, "model.pool_size = 5 must hold that half"),
        ({"data.domains": "Glasses"}, "`Glasses` is not an attribute. Did you mean `Eyeglasses`"),
        ({"data.domains": ""}, r"reads `domain`, which `drawn_faces` does not have.*Or set data.domains: `Eyeglasses`"),
        ({"data.domains": "Attractive"}, r"has no pictures of domain A \(data.domains `Attractive`\)"),
    ],
)
def test_data_that_it_cannot_be_trained_on(tmp_path, changes, message):
    with pytest.raises(UserError, match=message):
        train("cyclegan", "tiny", run_dir=tmp_path / "run", changes=changes, report=lambda line: None)


def test_arrays_hold_as_many_pictures_of_either_domain():
    data = {"image": PICTURES, "domain": np.array([1, 0, 0, 1, 1, 1], "int32")}
    model = small()
    for look in (model.fit, model.evaluate):
        with pytest.raises(UserError, match="got 2 of 6 pictures of A. Set data.sampler to `balanced:domain`"):
            look(data, batch_size=6)


def test_a_run_shows_held_out_pictures_there_and_back(tmp_path):
    from keras_facegan.data.images import decode

    lines = []
    run = train("cyclegan", "tiny", run_dir=tmp_path / "run", report=lambda line: lines.append(str(line)))
    assert any("cycle_error" in line and "identity_error" in line for line in lines)
    for name in ("a_to_b", "b_to_a"):
        height, width = decode(run.files.samples / f"preview_{name}_00000020.png").shape[:2]
        assert width < height


def red_and_green(n, seed):
    """Discs at random places; those of A are red, those of B green, both on the same grey ground."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:24, :24]
    images = np.full((n, 24, 24, 3), -0.2, "float32")
    for number, image in enumerate(images):
        cx, cy, r = *random.uniform(8, 16, 2), random.uniform(4, 7)
        disc = (x - cx) ** 2 + (y - cy) ** 2 < r * r
        image[disc] = (-0.9, 0.8, -0.9) if number % 2 else (0.8, -0.9, -0.9)
    return images, (np.arange(n) % 2).astype("int32")


@pytest.mark.slow
def test_discs_change_their_colour_and_come_back():
    images, domain = red_and_green(256, seed=0)
    model = create_model("cyclegan", "tiny", seed=1, filters=8, critic_filters=16, ema_decay=0.98, pool_size=50)
    model.compile({"name": "adam", "learning_rate": 1e-3, "beta_1": 0.5})
    data = tf.data.Dataset.from_tensor_slices({"image": images, "domain": domain}).repeat().batch(8)
    model.fit(data, steps_per_epoch=800, verbose=0)
    held_out, domain = red_and_green(32, seed=1)
    red = held_out[domain == 0]
    green = model.translate(red, "B")
    disc = red[..., 0] > 0
    # The colour error is the distance to the green of B where a disc is.
    before, after = (np.abs(each[disc] - (-0.9, 0.8, -0.9)).mean() for each in (red, green))
    assert after < before / 2
    assert np.abs(model.translate(green, "A") - red).mean() < 0.1
