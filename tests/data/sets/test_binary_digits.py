"""Binary digits: those of `digits` in two values, without a file."""

import numpy as np

from keras_facegan.data.sets.binary_digits import binary_digits
from keras_facegan.data.sets.digits import digits


def test_digits_in_black_and_white_follow_their_grey_values():
    drawn, grey = binary_digits(split="all"), digits(split="all")
    pictures, greys = (np.stack([each.read(index, 8) for index in range(len(each))]) for each in (drawn, grey))
    assert pictures.shape == (1797, 8, 8, 1) and set(np.unique(pictures)) == {0, 255}
    assert (pictures[greys == 255] == 255).all() and not pictures[greys == 0].any()
    for level in (64, 128, 191):
        shares = pictures[greys == level] / 255
        # Within four standard errors.
        assert abs(shares.mean() - level / 255) < 4 * 0.5 / np.sqrt(shares.size)
    assert drawn.name == "binary_digits" and drawn.fingerprint != grey.fingerprint
    np.testing.assert_array_equal(drawn.columns["label"], grey.columns["label"])


def test_splits_are_those_of_the_grey_digits():
    for split in ("train", "validation", "test"):
        assert binary_digits(split=split).keys == digits(split=split).keys
