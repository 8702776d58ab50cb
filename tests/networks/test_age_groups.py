"""Age groups: where they end, what they are called, and what is said of an empty one."""

import numpy as np
import pytest
import tensorflow as tf

from keras_facegan.errors import UserError
from keras_facegan.networks.age_groups import AgeGroups, age_group


def test_groups_end_with_their_thresholds():
    groups = AgeGroups((30, 40, 50))
    np.testing.assert_array_equal(groups.of([0, 30, 30.5, 31, 40, 50, 51, 116]), [0, 0, 1, 1, 1, 2, 3, 3])
    inside_a_graph = age_group(tf.constant([0.0, 30.0, 30.5, 31.0, 40.0, 50.0, 51.0, 116.0]), groups.thresholds)
    np.testing.assert_array_equal(inside_a_graph, [0, 0, 1, 1, 1, 2, 3, 3])
    assert inside_a_graph.dtype == tf.int32
    assert len(groups) == 4 and groups.names == ["0-30", "31-40", "41-50", "51+"]


@pytest.mark.parametrize("thresholds", [(), (40, 30), (30, 30)])
def test_thresholds_must_rise(thresholds):
    with pytest.raises(UserError, match="must rise"):
        AgeGroups(thresholds)


def test_an_empty_group_is_named():
    AgeGroups((30,)).check_all_present([20, 40], "mine", "model.age_groups")
    with pytest.raises(UserError, match=r"`mine` has no pictures of some ages \(0-30: 0, 31\+: 2\).*model.age_groups"):
        AgeGroups((30,)).check_all_present([35, 40], "mine", "model.age_groups")
