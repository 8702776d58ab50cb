"""Adversarial losses by name: pairs of functions on raw logits, each returning a float32 scalar."""

from collections.abc import Callable
from typing import Annotated, Literal, NamedTuple

import msgspec
from keras import ops

from keras_facegan.errors import UserError, did_you_mean


class AdversarialLoss(NamedTuple):
    """What the two players minimise.

    Both take logits of real and of generated pictures, of shape (B, 1) or any shape of patch logits, and return a
    float32 scalar. Only a relativistic loss of the generator looks at real pictures; the others take None for them.

    Attributes:
        discriminator: Callable `(real_logits, fake_logits) -> loss`.
        generator: Callable `(real_logits, fake_logits) -> loss`.
        is_relativistic: Whether the generator's loss compares with real pictures.
    """

    discriminator: Callable
    generator: Callable
    is_relativistic: bool = False


def _log_loss(logits, target=1.0):
    """Mean cross-entropy of sigmoid(logits) against a constant target in [0, 1]."""
    return ops.mean(target * ops.softplus(-logits) + (1.0 - target) * ops.softplus(logits))


def non_saturating(label_smoothing=0.0):
    """Cross-entropy; the generator ascends log D(G(z)) (Goodfellow et al. 2014, section 3)."""
    return AdversarialLoss(
        lambda real, fake: _log_loss(real, 1.0 - label_smoothing) + _log_loss(fake, 0.0),
        lambda real, fake: _log_loss(fake, 1.0),
    )


def saturating(label_smoothing=0.0):
    """Cross-entropy as one minimax game: the generator descends log(1 - D(G(z))), which is flat where D wins."""
    return AdversarialLoss(
        lambda real, fake: _log_loss(real, 1.0 - label_smoothing) + _log_loss(fake, 0.0),
        lambda real, fake: -_log_loss(fake, 0.0),
    )


def least_squares(label_smoothing=0.0):
    """Half squared distance of the raw output to 1 (real) and 0 (fake) (Mao et al. 2017, a = 0, b = c = 1)."""
    return AdversarialLoss(
        lambda real, fake: (
            0.5 * ops.mean(ops.square(real - (1.0 - label_smoothing))) + 0.5 * ops.mean(ops.square(fake))
        ),
        lambda real, fake: 0.5 * ops.mean(ops.square(fake - 1.0)),
    )


def hinge():
    """Margin loss (Lim and Ye 2017; Miyato et al. 2018, equations 16 and 17)."""
    return AdversarialLoss(
        lambda real, fake: ops.mean(ops.relu(1.0 - real)) + ops.mean(ops.relu(1.0 + fake)),
        lambda real, fake: -ops.mean(fake),
    )


def wasserstein():
    """Difference of mean critic values (Arjovsky et al. 2017); needs a Lipschitz critic, see `penalties`."""
    return AdversarialLoss(
        lambda real, fake: ops.mean(fake) - ops.mean(real),
        lambda real, fake: -ops.mean(fake),
    )


def relativistic():
    """Cross-entropy of how much more real a picture looks than the mean of the other kind (RaGAN).

    Reference:
        Jolicoeur-Martineau 2018, arXiv 1807.00734, section 4.2.
    """

    def difference(real, fake):
        return real - ops.mean(fake), fake - ops.mean(real)

    def discriminator(real, fake):
        real, fake = difference(real, fake)
        return _log_loss(real, 1.0) + _log_loss(fake, 0.0)

    def generator(real, fake):
        real, fake = difference(real, fake)
        return _log_loss(fake, 1.0) + _log_loss(real, 0.0)

    return AdversarialLoss(discriminator, generator, is_relativistic=True)


LOSSES = {fn.__name__: fn for fn in (non_saturating, saturating, least_squares, hinge, wasserstein, relativistic)}
Smoothing = Annotated[float, msgspec.Meta(ge=0.0, lt=0.5, description="a number from 0 to below 0.5")]
# The same names as a type, for constructors.
LossName = Literal["non_saturating", "saturating", "least_squares", "hinge", "wasserstein", "relativistic"]
_SMOOTHABLE = ("non_saturating", "saturating", "least_squares")


def adversarial_loss(name, label_smoothing=0.0):
    """Look up a pair of adversarial losses.

    Args:
        name: One of "non_saturating", "saturating", "least_squares", "hinge", "wasserstein", "relativistic".
        label_smoothing: One-sided smoothing in [0, 0.5): the target of real pictures is 1 - label_smoothing
            (Salimans et al. 2016, section 3.4). Only for losses that have a target.

    Returns:
        An `AdversarialLoss`.

    Raises:
        UserError: The name is unknown, or the smoothing is out of range or has no meaning for this loss.
    """
    if name not in LOSSES:
        raise UserError(f"loss=`{name}` is not an adversarial loss.{did_you_mean(name, LOSSES)}")
    if not 0.0 <= label_smoothing < 0.5:
        raise UserError(f"label_smoothing must lie in [0, 0.5), got {label_smoothing}.")
    if label_smoothing and name not in _SMOOTHABLE:
        raise UserError(
            f"label_smoothing={label_smoothing} has no meaning for loss=`{name}`, which has no target; "
            f"set it to 0 or use {', '.join(_SMOOTHABLE)}."
        )
    return LOSSES[name](label_smoothing) if name in _SMOOTHABLE else LOSSES[name]()
