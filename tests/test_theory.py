"""The experiments behind docs/results/theory.md: exact densities, players that move in turns, and what is measured."""

import numpy as np
import pytest

from experiments import change_of_variables, two_players


@pytest.fixture(scope="module")
def players():
    return two_players.Players(2)


def weights(network):
    return [np.array(each) for each in network.get_weights()]


def moved(before, network):
    return any((old != new).any() for old, new in zip(before, weights(network), strict=True))


def test_only_the_density_with_the_jacobian_of_the_inverse_is_that_of_the_histogram():
    case = change_of_variables.sinh()
    right, without, turned = (change_of_variables.compared(case, sign) for sign in (1.0, 0.0, -1.0))
    noise = right["expected of its noise"]
    assert right["distance to the histogram"] == pytest.approx(noise, rel=0.25)
    # P(|sinh z| < 6) = P(|z| < asinh 6).
    assert right["integral"] == pytest.approx(0.98726, abs=1e-3)
    assert right["drawn values in the cells"] == pytest.approx(0.98726, abs=1e-3)
    assert without["distance to the histogram"] > 50 * noise and turned["distance to the histogram"] > 50 * noise
    # The integral of p(asinh x) is that of p(z) cosh z, the mean of cosh: exp(1/2) = 1.649 over the whole line.
    assert 1.5 < without["integral"] < np.exp(0.5)


@pytest.mark.parametrize(("turn", "movers"), [((2, 0), (True, False)), ((0, 2), (False, True)), ((1, 1), (True, True))])
def test_a_player_moves_in_its_own_steps_alone(players, turn, movers):
    networks = players.discriminator, players.generator
    before = [weights(each) for each in networks]
    players.train(two_players.circle, 5, *turn, seed=0)
    assert tuple(moved(old, each) for old, each in zip(before, networks, strict=True)) == movers


def test_the_gradients_of_both_losses_differ_by_the_odds_of_a_discriminator_that_is_the_same_everywhere(players):
    kernel, bias = players.discriminator.layers[-1].get_weights()
    players.discriminator.layers[-1].set_weights([1e-3 * kernel, bias * 0.0 - 4.0])
    row = two_players.gradient_norms(players)
    assert row["D(G(z))"] == pytest.approx(1 / (1 + np.exp(4.0)), rel=0.02)
    assert row["ratio"] == pytest.approx(np.exp(-4.0), rel=0.02) and row["D / (1 - D)"] == pytest.approx(
        np.exp(-4.0), rel=0.02
    )
    assert row["non_saturating"] > 0


def test_what_points_cover():
    rng = np.random.default_rng(0)
    whole, point = two_players.circle(4000, rng), np.full((50, 2), 0.3)
    first, second = two_players.spreads("order", [whole, point])
    assert (first["look"], first["parts of 8"], second["parts of 8"]) == (1, 8, 1)
    assert first["spread"] == pytest.approx(np.hypot(two_players.RADIUS, two_players.DEVIATION), rel=0.02)
    # Three deviations.
    assert first["near the circle"] == pytest.approx(0.997, abs=0.004)
    assert second["spread"] < 1e-9 and second["near the circle"] == 0.0
