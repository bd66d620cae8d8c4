"""The traced search for a first crossing against SciPy's root of the same function."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize

from hanle_sim.numerics.crossing import search

GRID = np.linspace(-20.0, 30.0, 16)
LINES = {
    "Lorentzian": lambda x, xp: 1 / (1 + xp.exp(2 * (x - 0.3))),
    "two Lorentzians": lambda x, xp: 0.6 / (1 + xp.exp(2 * x)) + 0.4 / (1 + xp.exp(2 * (x - 9))),
    "slow tail": lambda x, xp: 1 / xp.sqrt(1 + xp.exp(x + 2)),
    "to just below": lambda x, xp: 0.5 - 1e-4 + xp.exp(-(x + 20)),
    "beyond its limit": lambda x, xp: 1.5 / (1 + xp.exp(2 * x)) - 0.5 / (1 + xp.exp(2 * (x - 3))),
}


@pytest.mark.parametrize("rounds", [1, 2])
@pytest.mark.parametrize("name", LINES)
def test_a_first_crossing_is_found_to_rounding(name: str, rounds: int):
    line = LINES[name]
    found = jax.jit(lambda grid: search(lambda x: line(x, jnp) - 0.5, grid, rounds))(jnp.asarray(GRID))
    values = line(GRID, np) - 0.5
    first = int(np.argmax(values <= 0))
    expected = scipy.optimize.brentq(lambda x: line(x, np) - 0.5, GRID[first - 1], GRID[first], xtol=1e-15)
    assert float(found) == pytest.approx(expected, abs=1e-12)


def test_without_a_crossing_the_search_ends_where_it_began():
    assert float(search(lambda x: 1 + 0 * x, jnp.asarray(GRID), 1)) == GRID[0]


def test_a_small_step_is_not_yet_the_root():
    """Of a line that falls to just below zero at once the false position hardly moves from there at first."""
    found = search(lambda x: jnp.exp(-20 * (x + 20)) - 1e-10, jnp.asarray(GRID), 1)
    assert float(found) == pytest.approx(-20 + np.log(1e10) / 20, abs=1e-12)
