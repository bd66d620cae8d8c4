"""Where a function first vanishes: on grids that are fine against all it can do, and between their points."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.optimize

from ..numerics.types import AnyArray, Scalar
from ..numerics.vectors import Scalars, dot
from ..physics.device import NaturalUnits
from ..physics.field import Field
from ..physics.stray import GaussianStray, RoughnessStray, SampledStray

#: Fields that a curve is asked for at once.
AT_ONCE = 24
# Steps of the grid in ln B: where a curve has its features, and far from them.
_FINE, _COARSE = 0.1, 0.4
# The grid's ends, and those of its fine part, in ln B below the least and above the largest scale of the field.
_BEFORE, _FROM, _TO, _BEYOND = 20.0, 3.0, 5.0, 32.0
# Local fields that have a grid of their own around them, at most.
_CENTRES = 64
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


def magnitudes(natural: NaturalUnits, field: Field, unit: float) -> tuple[np.ndarray, tuple[float, ...]]:
    """|B| [T] of a grid that is fine against every feature of a line, [points], and the fields that set the scale.

    Steps are even in ln B, and around every |B| at which the spins' total field may vanish they grow with the distance from there:
    nothing is narrower than `unit` or than that distance.

    Arguments:
        natural: the device, in natural units.
        field: its direction, and what it adds to the applied field.
        unit: the field below which precession does nothing any faster [T].
    """
    scales = [unit]
    scales += [abs(float(one)) for one in (field.B_sat, field.exchange_field) if one is not None and float(one)]
    stray, centres = field.stray, np.zeros(0)
    extra = np.zeros((1, 3))
    if isinstance(stray, GaussianStray):
        scales += [float(one) for one in np.asarray(stray.sigma) if one]
    if isinstance(stray, RoughnessStray):
        scales += [float(stray.amplitude) * np.exp(-2 * np.pi * float(stray.height) / float(stray.wavelength)) or unit]
    if isinstance(stray, SampledStray):
        extra = np.asarray(stray.values)
        scales += [float(one) for one in np.linalg.norm(extra, axis=-1) if one]
    low, high = np.log(min(scales)), np.log(max(scales))
    grid = np.exp(
        np.concatenate(
            [
                np.arange(low - _BEFORE, low - _FROM, _COARSE),
                np.arange(low - _FROM, high + _TO, _FINE),
                np.arange(high + _TO, high + _BEYOND, _COARSE),
            ]
        )
    )
    if field.exchange_field is not None or isinstance(stray, SampledStray):
        centres = _vanishing(natural, field, grid, extra)
    around = [grid]
    for centre in centres:
        s = np.arange(0.0, np.arcsinh(centre / unit) + 1, 2 * _FINE)
        around += [centre - unit * np.sinh(s), centre + unit * np.sinh(s)]
    grid = np.unique(np.concatenate(around))
    return grid[grid > 0], tuple(scales)


def _vanishing(natural: NaturalUnits, field: Field, grid: np.ndarray, extra: AnyArray) -> np.ndarray:
    """|B| at which the field along the applied one vanishes, exchange and each of the local fields [n, 3] counted in."""
    found: list[float] = []
    for sign in (1.0, -1.0):
        here = field.along(sign * grid)
        along = dot(here.total(here.magnetisation(natural.rest)), field.direction)
        for local in np.unique(extra @ np.asarray(field.direction)):
            turns = np.flatnonzero(np.diff(np.sign(along + local)) != 0)
            for k in turns:
                share = (along[k] + local) / (along[k] - along[k + 1])
                found.append(float(grid[k] + share * (grid[k + 1] - grid[k])))
    found = sorted(set(found))
    few = np.unique(np.linspace(0, len(found) - 1, min(len(found), _CENTRES)).astype(int))
    return np.array(found)[few] if found else np.zeros(0)
