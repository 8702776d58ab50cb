"""Turns of two players: as many steps as a loss asks for, and a step that is repeated."""

import pytest
import tensorflow as tf

from keras_facegan.models._turns import repeated, turns


def test_the_player_that_loses_more_gets_up_to_three_turns():
    ratios = [0.0, 0.4, 1.0, 1.5, 1.51, 3.0, 3.01, 100.0]
    assert [int(turns(tf.constant(ratio))) for ratio in ratios] == [1, 1, 1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("how", ["number", "tensor", "graph"])
def test_a_step_is_repeated_and_gives_what_the_last_one_gave(times, how):
    counter = tf.Variable(0.0)

    def step():
        counter.assign_add(1.0)
        return {"a": counter.read_value(), "b": counter * 2.0}

    if how == "graph":
        terms = tf.function(lambda n: repeated(step, n), autograph=False)(tf.constant(times))
    else:
        terms = repeated(step, times if how == "number" else tf.constant(times))
    assert float(counter) == times
    assert {name: float(each) for name, each in terms.items()} == {"a": times, "b": 2.0 * times}
