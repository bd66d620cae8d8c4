"""Where a function first vanishes: on a grid, and between its points."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.optimize

from .types import Scalar
from .vectors import Scalars

#: Fields at which a curve is evaluated at once.
AT_ONCE = 24


# The search of a traced function: each round narrows the bracket to one interval of so many.
_POINTS, _ROUNDS = 256, 9


def first_crossing(function: Callable[[np.ndarray], np.ndarray], grid: np.ndarray) -> float:
    """The smallest x at which a function that is positive near zero vanishes; NaN where it does not, or has begun negative.

    A dip of the function between two points of the grid is searched for its lowest point.

    Arguments:
        function: x [n] → values [n].
        grid: where to look, positive, ascending, fine against whatever the function does, [points].
    """

    def at(x: float) -> float:
        return float(function(np.array([x]))[0])

    values = np.zeros(0)
    for start in range(0, grid.size, AT_ONCE):  # no further than the first crossing
        values = np.append(values, function(grid[start : start + AT_ONCE]))
        if values[0] <= 0:
            return np.nan
        known = slice(max(start - 2, 0), values.size)
        for low, high in _brackets(at, grid[known], values[known]):
            return float(scipy.optimize.brentq(at, low, high, xtol=1e-300, rtol=4 * np.finfo(float).eps))
    return np.nan


def _brackets(at: Callable[[float], float], x: np.ndarray, values: np.ndarray) -> Any:
    """Intervals in which the sign changes, the first one first."""
    for k in range(x.size):
        if values[k] <= 0:
            if k and values[k - 1] > 0:
                yield x[k - 1], x[k]
            return
        if 0 < k < x.size - 1:
            drop = max(values[k - 1], values[k + 1]) - values[k]
            # As deep again as it has come down since the neighbours, or deeper: it may get below zero.
            if min(values[k - 1], values[k + 1]) >= values[k] and 0 < values[k] < 2 * drop and values[k + 1] > 0:
                lowest = scipy.optimize.minimize_scalar(at, bounds=(x[k - 1], x[k + 1]), method="bounded", options={"xatol": 1e-9 * x[k]})
                if lowest.fun <= 0:
                    yield x[k - 1], float(lowest.x)


def search(function: Callable[[Scalars], Scalars], outer: tuple[Scalar, Scalar], points: int = _POINTS, rounds: int = _ROUNDS) -> Scalar:
    """The same of a traced function: the first interval of an even grid in which the sign changes, again and again."""

    def narrowed(_: Any, bracket: tuple[Scalar, Scalar]) -> tuple[Scalar, Scalar]:
        grid = bracket[0] + (bracket[1] - bracket[0]) * jnp.linspace(0.0, 1.0, points)
        first = jnp.argmax(function(grid) <= 0)  # 0 where the sign never changes: the bracket then closes on its low end
        return grid[jnp.maximum(first - 1, 0)], grid[first]

    low, high = jax.lax.fori_loop(0, rounds, narrowed, outer)
    return (low + high) / 2
