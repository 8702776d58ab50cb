"""unrolled_gan: the demonstration's networks, the plain GAN at K = 0, gradients through the discriminator's steps."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_facegan import checkpoint, create_model, memory
from keras_facegan.errors import UserError
from keras_facegan.presets import read_preset

SIZES = {
    "mlp": {"network": "mlp", "image_shape": (1, 1, 2), "hidden": 16, "latent_dim": 4},
    "convolutional": {"network": "convolutional", "image_shape": (28, 28, 1), "filters": 4, "latent_dim": 4},
}
OPTIMIZER = {"name": "adam", "learning_rate": 1e-2, "beta_1": 0.5}


def images(shape, n=8):
    return {"image": tf.constant(np.random.default_rng(0).uniform(-1, 1, (n, *shape)).astype("float32"))}


def unrolled(network="mlp", steps=3, **arguments):
    model = create_model("unrolled_gan", seed=1, unrolled_steps=steps, **{**SIZES[network], **arguments})
    model.compile(OPTIMIZER)
    return model


def values(model):
    return [np.asarray(variable).copy() for variable in checkpoint.training_state(model).values()]


def test_the_ring_networks_have_the_counts_and_initial_values_of_the_demonstration():
    model = create_model("unrolled_gan", "ring", seed=0)
    assert (model.generator.count_params(), model.discriminator.count_params()) == (49_666, 17_025)
    assert model.prior.latent == "normal" and model.prior.latent_dim == 256
    kernels = [
        each for network in model.networks for each in getattr(model, network).weights if each.path[-6:] == "kernel"
    ]
    for kernel in (np.asarray(each) for each in kernels):
        # The shorter side is a set of orthogonal vectors of length 1.4.
        product = kernel @ kernel.T if kernel.shape[0] < kernel.shape[1] else kernel.T @ kernel
        np.testing.assert_allclose(product, 1.4**2 * np.eye(min(kernel.shape)), atol=1e-5)
    optimizer = read_preset("unrolled_gan", "ring")["train"]["optimizer"]
    assert (optimizer["learning_rate"], optimizer["discriminator"]["learning_rate"]) == (1e-3, 1e-4)


def test_the_generator_is_tanh_units_and_a_linear_output():
    model = unrolled()
    codes = model.sample_latents(5, seed=3)
    x = codes
    for layer, kernel in enumerate(range(0, 6, 2)):
        w, b = (np.asarray(each) for each in model.generator.weights[kernel : kernel + 2])
        x = x @ w + b if layer == 2 else np.tanh(x @ w + b)
    drawn = model.generator({"latents": codes}, training=False)["images"]
    np.testing.assert_allclose(np.asarray(drawn).reshape(5, 2), x, atol=1e-6)


@pytest.mark.parametrize("loss", ["saturating", "non_saturating"])
def test_without_unrolled_steps_it_is_the_plain_gan_bit_by_bit(loss):
    sizes = {key: value for key, value in SIZES["convolutional"].items() if key != "network"}
    twins = [
        create_model("dcgan", seed=1, loss=loss, ema_decay=0.9, n_critic=2, **sizes),
        create_model("unrolled_gan", seed=1, loss=loss, ema_decay=0.9, n_critic=2, unrolled_steps=0, **sizes),
    ]
    results = []
    for model in twins:
        model.compile(OPTIMIZER)
        logs = [model.train_step(images((28, 28, 1))) for _ in range(3)]
        results.append((values(model), [{name: float(each) for name, each in log.items()} for log in logs]))
    assert all(np.array_equal(one, other) for one, other in zip(results[0][0], results[1][0], strict=True))
    assert results[0][1] == results[1][1]


@pytest.mark.parametrize("network", ["mlp", "convolutional"])
def test_only_the_generator_moves_otherwise_and_the_discriminator_takes_one_ordinary_step(network):
    models = [unrolled(network, steps) for steps in (0, 1, 3)]
    for model in models:
        model.train_step(images(model.image_shape))
    for name in ("discriminator", "generator"):
        first, *others = (getattr(model, name).get_weights() for model in models)
        # Moving statistics too: what the discriminator sees ahead is forgotten, so only K = 0 sees one batch more.
        trained = len(models[0].discriminator.trainable_variables)
        for other in others:
            same = [np.array_equal(a, b) for a, b in zip(first[:trained], other[:trained], strict=True)]
            assert all(same) if name == "discriminator" and network == "mlp" else not all(same)
    one, three = (model.discriminator.get_weights() for model in models[1:])
    assert all(np.array_equal(a, b) for a, b in zip(one, three, strict=True))


@pytest.mark.parametrize("network", ["mlp", "convolutional"])
def test_the_step_of_the_generator_changes_nothing_of_the_discriminator(network):
    model = unrolled(network)
    batch = images(model.image_shape)
    model.train_step(batch)
    state = [*model.discriminator.variables, *model.optimizers["discriminator"].variables]
    before = [np.asarray(each).copy() for each in state]
    model.minimize(lambda: model.generator_loss(batch), "generator")
    assert all(np.array_equal(old, np.asarray(new)) for old, new in zip(before, state, strict=True))


@pytest.mark.parametrize(
    "arguments",
    [
        {"loss": "saturating"},
        {"loss": "non_saturating"},
        {"loss": "relativistic"},
        {"feature_matching": 1.0},
    ],
)
def test_the_gradient_of_the_generator_is_the_slope_of_its_loss(arguments):
    model = unrolled(**arguments)
    batch = images(model.image_shape)
    model.train_step(batch)
    variables, seed = model.generator.trainable_variables, np.asarray(model.seed_generator.state).copy()

    def value():
        # Every look at the loss draws the same codes.
        model.seed_generator.state.assign(seed)
        return model.generator_loss(batch)[0]

    with tf.GradientTape() as tape:
        loss = value()
    gradient = tape.gradient(loss, [each.value for each in variables])
    norm = np.sqrt(sum(np.square(each).sum() for each in gradient))
    width, sides = 2e-3, []
    for sign in (1.0, -2.0, 1.0):
        for variable, each in zip(variables, gradient, strict=True):
            variable.assign_add(sign * width / norm * each)
        sides.append(float(value()))
    assert (sides[0] - sides[1]) / (2 * width) == pytest.approx(norm, rel=0.03)


def test_minimax_judges_real_pictures_too_by_the_weights_ahead():
    """The loss of the generator is minus what the discriminator's loss is after K ordinary steps on the same batch."""
    model, twin = unrolled(steps=2), unrolled(steps=2)
    batch = images((1, 1, 2))
    drawn = twin.draw(batch)
    for _ in range(2):
        twin.minimize(lambda: twin.discriminator_loss({**batch, "drawn": drawn}), "discriminator")
    real, fake = (twin.discriminate(each, batch)["logits"] for each in (batch["image"], drawn))
    wanted = -ops.mean(ops.softplus(-real)) - ops.mean(ops.softplus(fake))
    assert float(model.generator_loss(batch)[0]) == pytest.approx(float(wanted), rel=1e-5)


def test_the_steps_and_the_judgement_are_on_the_same_pictures():
    model = unrolled(loss="non_saturating")
    calls, inner = [], model.generator.call
    model.generator.call = lambda *args, **kwargs: calls.append(1) or inner(*args, **kwargs)
    model.generator_loss(images((1, 1, 2)))
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"unrolled_steps": -1}, "model.unrolled_steps must be a whole number from 0 to 1,000, got -1"),
        ({"unrolled_steps": 2.5}, "model.unrolled_steps must be a whole number from 0 to 1,000, got 2.5"),
        ({"r1_gamma": 1.0}, "without penalties: set model.r1_gamma and model.gp_weight to 0, or model.unrolled_steps"),
        ({"gp_weight": 1.0}, "without penalties"),
        ({"network": "dense"}, "model.network `dense` is unknown"),
        ({"network": "convolutional", "image_shape": [50, 50, 3]}, "side of 28, 32, 64, 128 or 256"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(UserError, match=message):
        create_model("unrolled_gan", "tiny", **arguments)


@pytest.mark.parametrize("network", ["mlp", "convolutional"])
def test_similarities_within_the_batch_are_looked_ahead_too(network):
    model, plain = unrolled(network, minibatch_kernels=3, minibatch_dims=2), unrolled(network)
    batch = images(model.image_shape)
    model.begin(batch)
    assert model.discriminator.layers[-2].input.shape[-1] == plain.discriminator.layers[-2].input.shape[-1] + 3
    logs = model.train_step(batch)
    assert np.isfinite([float(value) for value in logs.values()]).all()


def test_penalties_go_with_the_plain_game():
    model = unrolled(steps=0, r1_gamma=1.0)
    assert np.isfinite(float(model.train_step(images((1, 1, 2)))["d_loss"]))


def test_an_optimizer_that_cannot_be_looked_ahead_is_refused_before_training():
    model = create_model("unrolled_gan", **SIZES["mlp"])
    with pytest.raises(UserError, match="train.optimizer.name = RMSprop. Change it for the discriminator"):
        model.compile({"name": "rmsprop", "learning_rate": 1e-3})
    # The generator may have any, and so may both where nothing is looked ahead.
    model.compile({"name": "rmsprop", "learning_rate": 1e-3, "discriminator": {"name": "adam"}})
    create_model("unrolled_gan", unrolled_steps=0, **SIZES["mlp"]).compile({"name": "rmsprop"})


def test_more_steps_than_memory_holds_are_refused_before_step_1(monkeypatch):
    few, many = unrolled("convolutional", 1), unrolled("convolutional", 1000)
    between = (memory.training_memory(few, 64) + memory.training_memory(many, 64)) // 2
    monkeypatch.setattr(memory, "free_memory", lambda: between)
    memory.check_fits(few, 64)
    with pytest.raises(UserError, match="Lower train.batch_size, model.unrolled_steps, model.image_shape or the width"):
        memory.check_fits(many, 64)


def test_the_memory_of_steps_ahead_grows_with_their_number_and_the_batch():
    plain, *ahead = (memory.training_memory(unrolled("convolutional", steps), 16) for steps in (0, 1, 2, 3))
    assert ahead[1] - ahead[0] == ahead[2] - ahead[1] == ahead[0] - plain > 0
    assert plain == memory.training_memory(unrolled("convolutional", 0), 16)
    first = unrolled("convolutional", 1)
    assert memory.looked_ahead(first, 32) > memory.looked_ahead(first, 16) > 0
