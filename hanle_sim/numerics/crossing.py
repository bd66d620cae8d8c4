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


# A traced function's root lies in an interval of this or of a few roundings, of which a straight line tells it; how near to an end of its
# interval it is looked for first; and the most steps.
_CLOSE, _ROUNDINGS, _EDGE, _STEPS = 1e-7, 4, 0.05, 100


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


def search(function: Callable[[Scalars], Scalars], grid: Scalars, rounds: int) -> Scalar:
    """The same of a traced function: the first interval of a grid in which the sign changes, and the root in it.

    Arguments:
        function: x [n] → values [n].
        grid: where to look, ascending, [points].
        rounds: how often, with as many points in the interval that was found.
    """

    def narrowed(grid: Scalars) -> tuple[Scalar, ...]:
        values = function(grid)
        first = jnp.argmax(values <= 0)  # 0 where the sign never changes: the bracket is then its low end
        before = jnp.maximum(first - 1, 0)
        return grid[before], grid[first], values[before], values[first]

    def again(_: Any, bracket: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
        return narrowed(jnp.linspace(bracket[0], bracket[1], grid.shape[0]))

    def close(x: Scalar) -> Scalar:
        return jnp.maximum(_CLOSE, _ROUNDINGS * float(np.finfo(grid.dtype).eps) * abs(x))

    def is_wide(state: tuple[Scalar, ...]) -> Any:
        a, b, f_a, _, _, count = state
        return (abs(b - a) > close(a)) & (f_a != 0) & (count < _STEPS)

    def closer(state: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
        """A step of T. R. Chandrupatla, Adv. Eng. Softw. 28, 145 (1997): inverse quadratic where that is safe, else halving."""
        a, b, f_a, f_b, share, count = state
        x = a + share * (b - a)
        f_x = function(x[None])[0]
        stays = (f_x > 0) == (f_a > 0)
        b, c, f_b, f_c = (jnp.where(stays, *pair) for pair in ((b, a), (a, b), (f_b, f_a), (f_a, f_b)))
        place, height = (x - b) / (c - b), (f_x - f_b) / (f_c - f_b)
        is_safe = (height**2 < place) & ((1 - height) ** 2 < 1 - place)
        quadratic = f_x / (f_b - f_x) * f_c / (f_b - f_c) + (c - x) / (b - x) * f_x / (f_c - f_x) * f_b / (f_c - f_b)
        least = jnp.minimum(close(x) / 2 / abs(b - x), 0.5)
        return x, b, f_x, f_b, jnp.clip(jnp.where(is_safe, quadratic, 0.5), least, 1 - least), count + 1

    a, b, f_a, f_b = jax.lax.fori_loop(1, rounds, again, narrowed(grid))
    straight = f_a / jnp.where(f_b != f_a, f_a - f_b, 1.0)
    a, b, f_a, f_b, _, _ = jax.lax.while_loop(is_wide, closer, (a, b, f_a, f_b, jnp.clip(straight, _EDGE, 1 - _EDGE), jnp.asarray(0)))
    root: Scalar = a - f_a * (b - a) / jnp.where(f_b != f_a, f_b - f_a, 1.0)
    return root
