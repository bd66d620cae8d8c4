"""Signs of parameters: those that make no difference stand as they started, the others are both tried.

Problems and solutions are those of `solve`, which calls this.
"""

import math
from itertools import product
from typing import Any, NamedTuple

import numpy as np

#: Curves that differ by less, in standard errors of a point, all points together, are one to the data.
_ALIKE = 0.3
#: χ² that differ by less, in noise variances, are the same.
_SAME = 1e-3
#: So many signs are turned at most; and rounding, a share of the data.
_MOST, _ROUNDING = 4, 1e-9


class Signs(NamedTuple):
    """Factors ±1 of a solution's parameters, [parameters] each.

    Attributes:
        alike: those that leave the curves as they are; ones are the first.
        other: those that do not, one for all that give the same curves.
    """

    alike: list[np.ndarray]
    other: list[np.ndarray]


def signs_of(problem: Any, solution: Any) -> Signs:
    """What turned signs do to the curves at a solution."""
    values, ones = solution.values, np.ones(solution.values.size)
    is_free = [
        not one.is_logarithmic and one.prior is None and not one.name.startswith("field_offset") and one.low <= -value <= one.high
        for one, value in zip(problem.parameters, values, strict=True)
    ]
    turning = np.flatnonzero(np.array(is_free) & (values != 0))[:_MOST]
    found = Signs([ones], [])
    if not turning.size or not math.isfinite(solution.chi2):
        return found
    r = problem.residual(values)[0]
    size = math.sqrt(sum(float(np.sum((curve.points.weight * curve.points.y) ** 2)) for curve in problem.curves)) / problem.noise
    noise = math.sqrt(variance_of(problem, solution))
    for signs in product((1.0, -1.0), repeat=turning.size):
        factors = ones.copy()
        factors[turning] = signs
        with np.errstate(all="ignore"):
            off = float(np.linalg.norm(problem.residual(values * factors)[0] - r))
        if off < max(_ALIKE * noise, _ROUNDING * size):
            if min(signs) < 0:
                found.alike.append(factors)
        elif math.isfinite(off):
            found.other.append(factors)
    distinct: list[np.ndarray] = []
    for factors in found.other:
        if not any(np.array_equal(factors * one, same) for one in distinct for same in found.alike):
            distinct.append(factors)
    return Signs(found.alike, distinct)


def variance_of(problem: Any, solution: Any) -> float:
    """What χ² of a problem is to be divided by, so that it counts noise variances."""
    count = sum(one.residual.size for one in solution.curves)
    return 1.0 if problem.is_known else solution.chi2 / max(count - solution.values.size, 1)


def in_order(found: list[tuple[Any, Any]], problem: Any) -> list[tuple[Any, Any]]:
    """Minima, the lowest first; of those that are as low, that with the signs of the problem's start."""
    least = min(found, key=lambda one: one[1].chi2)
    limit = least[1].chi2 + _SAME * variance_of(*least)
    same = [one for one in found if one[1].chi2 <= limit]
    first = max(same, key=lambda one: (_kept(problem, one[1].values), -one[1].chi2)) if same else least
    return [first, *sorted((one for one in found if one is not first), key=lambda one: one[1].chi2)]


def _kept(problem: Any, values: np.ndarray) -> tuple[bool, ...]:
    """Which parameters have the signs of the start."""
    return tuple(bool(np.sign(value) == np.sign(one.start)) for one, value in zip(problem.parameters, values, strict=True))


def as_started(problem: Any, solution: Any, alike: list[np.ndarray]) -> Any:
    """The solution with the signs of the start, as far as others are the same."""
    best = max(alike, key=lambda factors: _kept(problem, solution.values * factors))
    return solution if np.all(best > 0) else problem.solve(solution.values * best)
