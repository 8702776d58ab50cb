"""DCGAN: shapes, initial values, ranges, and the numbers of a training that must not drift."""

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan import create_model, list_models, run
from keras_facegan.errors import UserError
from tests import contract


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3), (64, 64, 3), (128, 128, 3)])
def test_networks_fit_their_side(shape):
    model = create_model("dcgan", image_shape=shape, filters=4, latent_dim=6)
    assert {name: each.shape for name, each in model.generator.output.items()} == {"images": (None, *shape)}
    assert {name: each.shape for name, each in model.discriminator.output.items()} == {"logits": (None, 1)}
    assert model.generate(2).shape == (2, *shape)


def test_mnist_28_grows_from_seven_pixels():
    model = create_model("dcgan", "mnist_28")
    assert [layer.output.shape[1] for layer in model.generator.layers if "transpose" in layer.name] == [14, 28]


def test_layers_are_those_of_the_reference():
    model = create_model("dcgan", "celeba_64")
    layers = {name: [type(e).__name__ for e in getattr(model, name).layers] for name in model.networks}
    assert layers["generator"].count("BatchNormalization") == 4
    # Not on the discriminator's first layer, nor before its logit.
    assert layers["discriminator"].count("BatchNormalization") == 3
    weights = [each for name in model.networks for each in getattr(model, name).trainable_variables]
    assert {each.name for each in weights} == {"kernel", "gamma", "beta"}
    for network in (model.generator, model.discriminator):
        for layer in network.layers:
            if hasattr(layer, "moving_mean"):
                assert (layer.momentum, layer.epsilon) == (0.9, 1e-5)


def test_initial_values_are_narrow_normal_and_never_shared():
    model = create_model("dcgan", "celeba_64", seed=1)
    kernels, gammas = [], []
    for name in model.networks:
        for each in getattr(model, name).trainable_variables:
            {"kernel": kernels, "gamma": gammas, "beta": []}[each.name].append(np.asarray(each).ravel())
    for kernel in kernels:
        assert kernel.std() == pytest.approx(0.02, rel=0.1) and abs(kernel.mean()) < 0.002
    gamma = np.concatenate(gammas)
    assert gamma.mean() == pytest.approx(1.0, abs=0.005) and gamma.std() == pytest.approx(0.02, rel=0.1)
    assert len({kernel[:5].tobytes() for kernel in kernels}) == len(kernels)


def test_seed_fixes_the_initial_weights():
    first, again, other = (create_model("dcgan", "tiny", seed=seed).get_weights() for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert any((a != b).any() for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filtres": 4}, "model.filtres is not a parameter of dcgan. Did you mean `filters`"),
        ({"image_shape": (50, 50, 3)}, "side of 28, 32, 64, 128 or 256"),
        ({"loss": "hingee"}, "Did you mean `hinge`"),
        ({"latent": "gauss"}, "model.latent `gauss` is unknown"),
    ],
)
def test_wrong_arguments_are_said(arguments, message):
    with pytest.raises(UserError, match=message):
        create_model("dcgan", "tiny", **arguments)


def test_lsgan_is_dcgan_with_another_loss():
    model = create_model("lsgan", "tiny", seed=1)
    twin = create_model("dcgan", "tiny", seed=1, loss="least_squares", ema_decay=0.0)
    assert type(model) is type(twin) and model.name == "lsgan" and "lsgan" in list_models()
    real, fake = np.array([[2.0]], "float32"), np.array([[-1.0]], "float32")
    assert float(model.adversarial.discriminator(real, fake)) == pytest.approx(0.5 * 1.0 + 0.5 * 1.0)
    assert float(model.adversarial.generator(None, fake)) == pytest.approx(2.0)
    for mine, theirs in zip(model.generator.get_weights(), twin.generator.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


# Terms of steps 1, 5 and 10 on fixed pictures, by this code on a CPU. A change here is a change of what training does.
GOLDEN = {
    1: {"d_loss": 1.424244, "g_loss": 0.680154, "real_score": 0.504483, "fake_score": 0.518333},
    5: {"d_loss": 1.41965, "g_loss": 0.681092, "real_score": 0.510792, "fake_score": 0.520859},
    10: {"d_loss": 1.389082, "g_loss": 0.660701, "real_score": 0.531417, "fake_score": 0.527467},
}


def test_golden_numbers():
    model = run.build(contract.tiny("dcgan", seed=7))
    pictures = np.random.default_rng(0).uniform(-1, 1, (3, 16, 32, 32, 3)).astype("float32")
    recorder = contract.Recorder()
    data = tf.data.Dataset.from_tensor_slices({"image": pictures}).repeat()
    model.fit(data, steps_per_epoch=10, callbacks=[recorder], verbose=0, shuffle=False)
    for step, expected in GOLDEN.items():
        found = {name: recorder.logs[step - 1][name] for name in expected}
        assert found == pytest.approx(expected, rel=1e-3), step
