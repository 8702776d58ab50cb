"""The ladder of map sizes."""

import pytest

from keras_facegan.errors import UserError
from keras_facegan.networks.scales import scale_plan


@pytest.mark.parametrize(
    ("shape", "filters", "expected"),
    [
        ((64, 64, 3), 64, (4, [64, 128, 256, 512])),
        ((32, 32, 1), 8, (4, [8, 16, 32])),
        ((28, 28, 1), 64, (7, [64, 128])),
        ((256, 256, 3), 16, (4, [16, 32, 64, 128, 128, 128])),
        ((64, 64, 3), (6, 10, 15, 25), (4, [6, 10, 15, 25])),
    ],
)
def test_scales_halve_down_to_four_or_seven(shape, filters, expected):
    assert scale_plan(shape, filters) == expected


@pytest.mark.parametrize(
    ("shape", "filters", "message"),
    [
        ((48, 48, 3), 64, r"got \[48, 48, 3\]"),
        ((64, 32, 3), 64, r"got \[64, 32, 3\]"),
        ((64, 64), 64, r"got \[64, 64\]"),
        ((64, 64, 3), [8, 16], "4 of them"),
        ((64, 64, 3), 0, "positive number"),
        ((32, 32, 3), [8, 0, 8], "positive number"),
    ],
)
def test_what_has_no_ladder_is_said(shape, filters, message):
    with pytest.raises(UserError, match=message):
        scale_plan(shape, filters)
