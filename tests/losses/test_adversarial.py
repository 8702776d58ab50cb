"""Adversarial losses against NumPy, their gradients and their equilibria."""

import keras
import numpy as np
import pytest

from keras_facegan.errors import UserError
from keras_facegan.losses.adversarial import LOSSES, adversarial_loss
from keras_facegan.seam.gradients import gradients

REAL = np.array([[-3.0], [0.0], [0.5], [12.0]], "float32")
FAKE = np.array([[2.0], [-0.25], [-20.0], [1.5]], "float32")


def softplus(x):
    return np.logaddexp(0.0, x)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


EXPECTED = {
    "non_saturating": (
        softplus(-REAL).mean() + softplus(FAKE).mean(),
        softplus(-FAKE).mean(),
    ),
    "saturating": (
        softplus(-REAL).mean() + softplus(FAKE).mean(),
        np.log(1.0 - sigmoid(FAKE.astype("float64"))).mean(),
    ),
    "least_squares": (
        0.5 * np.square(REAL - 1.0).mean() + 0.5 * np.square(FAKE).mean(),
        0.5 * np.square(FAKE - 1.0).mean(),
    ),
    "hinge": (
        np.maximum(0.0, 1.0 - REAL).mean() + np.maximum(0.0, 1.0 + FAKE).mean(),
        -FAKE.mean(),
    ),
    "wasserstein": (FAKE.mean() - REAL.mean(), -FAKE.mean()),
    "relativistic": (
        softplus(-(REAL - FAKE.mean())).mean() + softplus(FAKE - REAL.mean()).mean(),
        softplus(-(FAKE - REAL.mean())).mean() + softplus(REAL - FAKE.mean()).mean(),
    ),
}


def slope(loss, *logits):
    """Return the gradients of a loss by its logits, times their number."""
    variables = [keras.Variable(np.array(each, "float32")) for each in logits]
    _, _, found = gradients(lambda: (loss(*variables), {}), variables)
    return [np.asarray(each) * each.shape[0] for each in found]


def generator_slope(name, fake):
    """Return the gradient of a generator's loss by the logits of its pictures, times their number."""
    return slope(lambda fake: adversarial_loss(name).generator(None, fake), fake)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_values_are_the_formulas(name):
    loss = adversarial_loss(name)
    discriminator, generator = EXPECTED[name]
    assert float(loss.discriminator(REAL, FAKE)) == pytest.approx(discriminator, rel=1e-5)
    assert float(loss.generator(REAL, FAKE)) == pytest.approx(generator, rel=1e-5)
    assert loss.generator(REAL, FAKE).shape == ()


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_patch_logits_are_averaged(name):
    loss = adversarial_loss(name)
    patches = np.stack([REAL, FAKE, REAL, FAKE], axis=1).reshape(4, 2, 2, 1)
    expected = loss.generator(patches.reshape(16, 1)[::-1], patches.reshape(16, 1))
    assert float(loss.generator(patches, patches)) == pytest.approx(float(expected), rel=1e-6)


def test_generator_slopes_where_the_discriminator_wins():
    # Saturating: -sigma(a); non-saturating: -(1 - sigma(a)); a = -10 is a picture seen through.
    (saturating,) = generator_slope("saturating", [[-10.0]])
    (non_saturating,) = generator_slope("non_saturating", [[-10.0]])
    assert saturating.item() == pytest.approx(-4.5398e-5, rel=1e-3)
    assert non_saturating.item() == pytest.approx(-0.9999546, rel=1e-6)
    (least_squares,) = generator_slope("least_squares", [[-10.0]])
    assert least_squares.item() == pytest.approx(-11.0, rel=1e-6)


@pytest.mark.parametrize("name", ["non_saturating", "saturating"])
def test_generator_slopes_are_their_formulas(name):
    (found,) = generator_slope(name, FAKE)
    expected = -sigmoid(FAKE) if name == "saturating" else -(1.0 - sigmoid(FAKE))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("name", ["non_saturating", "saturating"])
def test_log_losses_at_equilibrium(name):
    loss, zeros = adversarial_loss(name), np.zeros((4, 1), "float32")
    # Log 4 = 1.3863 and log 2 = 0.6931.
    assert float(loss.discriminator(zeros, zeros)) == pytest.approx(1.3862944, rel=1e-6)
    sign = -1.0 if name == "saturating" else 1.0
    assert float(loss.generator(zeros, zeros)) == pytest.approx(sign * 0.6931472, rel=1e-6)


def test_least_squares_at_equilibrium():
    loss, halves = adversarial_loss("least_squares"), np.full((4, 1), 0.5, "float32")
    assert float(loss.discriminator(halves, halves)) == pytest.approx(0.25, rel=1e-6)
    assert float(loss.generator(halves, halves)) == pytest.approx(0.125, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "best"),
    # p / (p + q) = 3/4 and 1/4: a probability for least squares, its logit for the log losses.
    [("non_saturating", np.log(3.0)), ("saturating", np.log(3.0)), ("least_squares", None)],
)
def test_best_discriminator_is_the_share_of_real_pictures(name, best):
    a, b = (best, -best) if best is not None else (0.75, 0.25)
    # One place holds three real pictures and one fake, the other the reverse.
    real, fake = slope(adversarial_loss(name).discriminator, [[a], [a], [a], [b]], [[a], [b], [b], [b]])
    assert real[:3].sum() + fake[0].item() == pytest.approx(0.0, abs=1e-6)
    assert real[3].item() + fake[1:].sum() == pytest.approx(0.0, abs=1e-6)


def test_relativistic_values_by_hand():
    loss = adversarial_loss("relativistic")
    real, fake = np.array([[1.0], [3.0]], "float32"), np.array([[0.0], [-2.0]], "float32")
    # Means 2 and -1: the real ones lead by 2 and 4, the generated ones trail by 2 and 4.
    # log(1 + e^-2) = 0.126928, log(1 + e^-4) = 0.018150; log(1 + e^2) = 2.126928, log(1 + e^4) = 4.018150.
    assert float(loss.discriminator(real, fake)) == pytest.approx(0.126928 + 0.018150, rel=1e-5)
    assert float(loss.generator(real, fake)) == pytest.approx(2.126928 + 4.018150, rel=1e-5)
    # The game is symmetric: the generator wants of the two kinds what the discriminator wants of them exchanged.
    assert float(loss.generator(real, fake)) == pytest.approx(float(loss.discriminator(fake, real)), rel=1e-6)


def test_only_relativistic_losses_look_at_real_pictures():
    for name in LOSSES:
        loss = adversarial_loss(name)
        assert loss.is_relativistic == (name == "relativistic")
        if not loss.is_relativistic:
            assert float(loss.generator(None, FAKE)) == float(loss.generator(REAL, FAKE))
    real, fake = slope(adversarial_loss("relativistic").generator, REAL, FAKE)
    # Only differences count, so what lifts all logits alike changes nothing.
    assert np.abs(real).min() > 0 and real.sum() + fake.sum() == pytest.approx(0.0, abs=1e-5)


def test_hinge_is_flat_beyond_its_margins():
    real, fake = slope(adversarial_loss("hinge").discriminator, [[0.9], [1.1]], [[-0.9], [-1.1]])
    np.testing.assert_allclose(real, [[-1.0], [0.0]])
    np.testing.assert_allclose(fake, [[1.0], [0.0]])


@pytest.mark.parametrize("name", ["non_saturating", "saturating"])
def test_smoothing_moves_the_target_of_real_pictures_only(name):
    plain, smooth = adversarial_loss(name), adversarial_loss(name, 0.1)
    expected = (0.9 * softplus(-REAL) + 0.1 * softplus(REAL)).mean() + softplus(FAKE).mean()
    assert float(smooth.discriminator(REAL, FAKE)) == pytest.approx(expected, rel=1e-5)
    assert float(smooth.generator(REAL, FAKE)) == float(plain.generator(REAL, FAKE))
    # The best answer to a real picture is now a probability of 0.9.
    real, _ = slope(smooth.discriminator, [[np.log(9.0)]], [[0.0]])
    assert real.item() == pytest.approx(0.0, abs=1e-6)


def test_smoothing_of_least_squares():
    expected = 0.5 * np.square(REAL - 0.9).mean() + 0.5 * np.square(FAKE).mean()
    assert float(adversarial_loss("least_squares", 0.1).discriminator(REAL, FAKE)) == pytest.approx(expected, rel=1e-5)


def test_extreme_logits_stay_finite():
    huge = np.array([[-1e30], [1e30]], "float32")
    for name in ("non_saturating", "saturating", "relativistic"):
        loss = adversarial_loss(name)
        assert np.isfinite(float(loss.discriminator(huge, huge))) and np.isfinite(float(loss.generator(huge, huge)))


@pytest.mark.parametrize(
    ("name", "smoothing", "message"),
    [
        ("non_saturated", 0.0, "Did you mean `non_saturating`"),
        ("hinge", 0.1, "has no meaning for loss=`hinge`"),
        ("relativistic", 0.1, "has no meaning for loss=`relativistic`"),
        ("non_saturating", 0.5, r"must lie in \[0, 0.5\)"),
        ("non_saturating", -0.1, r"must lie in \[0, 0.5\)"),
    ],
)
def test_wrong_settings_are_said(name, smoothing, message):
    with pytest.raises(UserError, match=message):
        adversarial_loss(name, smoothing)
