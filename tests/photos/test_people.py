"""Answers about people: limits with the error rates they promise, for a pair and for a whole gallery."""

import numpy as np
import pytest

from keras_facegan.errors import UserError
from keras_facegan.layers.calibration import Calibration
from keras_facegan.photos.people import gallery_threshold, pair_limits, rate_per_picture


@pytest.fixture(scope="module")
def calibrated():
    """A calibration on normal distances around 1 and 2, and as many other distances to try it on."""
    rng = np.random.default_rng(0)
    calibration = Calibration()
    calibration.build(None)
    calibration.fit(rng.normal(1.0, 0.4, 200_000), rng.normal(2.0, 0.3, 200_000))
    return calibration, rng.normal(1.0, 0.4, 100_000), rng.normal(2.0, 0.3, 100_000)


# Where the two normal densities cross: (d - 1)^2 / 0.32 + log 0.4 = (d - 2)^2 / 0.18 + log 0.3, solved for d.
CROSSING = 1.5372


def test_the_balance_is_where_the_densities_cross(calibrated):
    distance, accepted, wrongly = calibrated[0].balance()
    assert distance == pytest.approx(CROSSING, abs=0.03)
    _, genuine, impostor = calibrated
    assert accepted == pytest.approx((genuine < distance).mean(), abs=0.005)
    assert wrongly == pytest.approx((impostor < distance).mean(), abs=0.005)


@pytest.mark.parametrize("far", [0.001, 0.01, 0.3, 0.6])
def test_answers_are_wrong_as_often_as_they_say_and_never_more_often_than_right(calibrated, far):
    calibration, genuine, impostor = calibrated
    limits = pair_limits(calibration, far)
    answers = {
        name: np.array([limits.answer(each) for each in kind]) for name, kind in zip("gi", calibrated[1:], strict=True)
    }
    # As many pairs of one person as of two are asked about.
    assert (answers["i"] == "same person").mean() == pytest.approx(limits.false_accepts, abs=0.003)
    assert (answers["i"] == "same person").mean() <= far + 0.003
    assert (answers["g"] == "different people").mean() == pytest.approx(limits.false_rejects, abs=0.005)
    # In a narrow band at either limit the answer is right more often than wrong.
    for low, right, wrong in ((limits.same - 0.06, genuine, impostor), (limits.different + 0.02, impostor, genuine)):
        band = [((low <= kind) & (kind < low + 0.04)).sum() for kind in (right, wrong)]
        assert band[0] > band[1]
    # Where it cannot tell, the answer that the rate alone would leave is wrong more often than right.
    between = [((limits.same <= kind) & (kind < limits.different)).sum() for kind in (genuine, impostor)]
    assert between[0] > between[1] if far < calibration.balance()[2] else between[0] < between[1]
    assert limits.answer(limits.same - 1e-6) == "same person"
    assert limits.answer(limits.different) == "different people"
    assert limits.answer((limits.same + limits.different) / 2) == "cannot tell"


def test_the_rate_per_picture_makes_the_rate_of_the_gallery():
    assert rate_per_picture(0.01, 1) == pytest.approx(0.01)
    # 1 - 0.99^2 = 0.0199
    assert rate_per_picture(0.0199, 2) == pytest.approx(0.01)
    assert 1 - (1 - rate_per_picture(0.05, 40)) ** 40 == pytest.approx(0.05)


@pytest.mark.parametrize("pictures", [1, 5, 50])
def test_strangers_are_named_as_often_as_the_rate_says(calibrated, pictures):
    calibration, far = calibrated[0], 0.05
    threshold = gallery_threshold(calibration, far, pictures)
    rng, strangers = np.random.default_rng(pictures), 20_000
    alone = rng.normal(2.0, 0.3, (strangers, pictures)).min(axis=1)
    assert (alone < threshold).mean() == pytest.approx(far, abs=0.006)
    # Pictures of one person accept the same strangers: the rate falls, and one stranger counts once.
    together = rng.normal(2.0, 0.3, strangers)
    assert (together < threshold).mean() <= far
    # A threshold for each picture by itself would name far more.
    assert pictures == 1 or (alone < calibration.threshold(far)[0]).mean() > 2 * far


def test_a_gallery_too_large_for_its_rate_says_what_would_do(calibrated):
    # 200,000 pairs and the resolution of the quantiles allow 1e-4; 1 - (1 - 1e-4)^500 = 0.0488.
    with pytest.raises(UserError, match=r"for 500 pictures needs one of 2\.0e-05 .* from 1\.0e-04 on: give .* 0\.05"):
        gallery_threshold(calibrated[0], 0.01, 500)
    assert 0 < gallery_threshold(calibrated[0], 0.05, 500) < gallery_threshold(calibrated[0], 0.05, 50)
