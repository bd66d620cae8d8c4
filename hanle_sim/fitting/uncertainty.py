"""Uncertainties of a solution: the covariance, and profiles of the sum of squares where that is not to be believed."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from .solve import Parameter, Problem, Solution
from .statistics import Structure, deviations, structure

#: Standard errors above this share of a value, or condition numbers of the scaled problem above this, are checked by a profile.
_LARGE, _ILL = 0.3, 1e10
#: A standard error of the logarithm above this is no error of a value that one knows.
_UNKNOWN = 1.0
#: By so much Δχ² one standard error away may differ from 1, which it is where χ² is a parabola.
_BENT = 0.3
#: By so much less is χ² lower than at the solution, in noise variances, that there is another.
_LOWER = 1e-3
#: Beyond so many decades a profile is open.
_DECADES = 3.0


class Uncertainty(NamedTuple):
    """Uncertainties of a fit's parameters, the linear ones of every curve after the others.

    Attributes:
        names, values: of all of them.
        covariance: [all, all]; infinite along directions that the data do not determine.
        noise: standard error of a point, where none was given; 1 where σ was given.
        is_known: whether σ was given.
        dof: degrees of freedom, of the effective number of points.
        structures: of each curve's residuals.
        undetermined: combinations of parameters that change nothing, as shares by name.
    """

    names: list[str]
    values: np.ndarray
    covariance: np.ndarray
    noise: float
    is_known: bool
    dof: float
    structures: list[Structure]
    undetermined: list[dict[str, float]]

    @property
    def deviations(self) -> tuple[float, float]:
        """How many standard errors the intervals of 68 and of 95 % reach: Student's t where the noise is that of the residuals."""
        one, two = deviations(self.is_known, self.dof)
        return float(one), float(two)

    @property
    def stderr(self) -> np.ndarray:
        """Standard errors, [all]."""
        return np.sqrt(np.diag(self.covariance))

    def scale(self, problem: Problem) -> float:
        """What χ² of a problem is multiplied by, so that it rises by 1 at a standard error."""
        return problem.noise**2 / (1.0 if self.is_known else self.noise**2) * self.effective / sum(one.points for one in self.structures)

    @property
    def effective(self) -> float:
        """The effective number of points."""
        return sum(one.effective for one in self.structures)

    @property
    def correlation(self) -> np.ndarray:
        """Correlations, [all, all]; NaN where there is none."""
        with np.errstate(all="ignore"):
            found = self.covariance / np.outer(self.stderr, self.stderr)
        return np.where(np.isfinite(found), found, np.nan)


def uncertainty(problem: Problem, solution: Solution) -> Uncertainty:
    """Covariance (JᵀJ)⁻¹ of all parameters, times the variance of the residuals where σ was not given, and times n/n_effective."""
    n = len(problem.parameters)
    sizes = [len(curve.linear) for curve in problem.curves]
    names = [one.name for one in problem.parameters]
    values, rows = list(solution.values), []
    for number, (curve, found) in enumerate(zip(problem.curves, solution.curves, strict=True)):
        where = n + sum(sizes[:number])
        block = np.zeros((found.residual.size, n + sum(sizes)))
        shape = len(curve.which)
        block[:, curve.which] = found.full[:, :shape]
        block[:, where : where + sizes[number]] = found.full[:, shape:]
        rows.append(block)
        names += curve.linear if len(problem.curves) == 1 else [f"{name} [{curve.points.name}]" for name in curve.linear]
        values += list(found.linear)
    J, known = np.concatenate(rows), problem.is_known
    for k, one in enumerate(problem.parameters):
        if one.prior is not None:
            row = np.zeros((1, J.shape[1]))
            row[0, k] = (1.0 if known else problem.noise) / one.prior[1]
            J = np.concatenate([J, row])
    structures = [structure(curve.points, found.residual) for curve, found in zip(problem.curves, solution.curves, strict=True)]
    points, effective = sum(one.points for one in structures), sum(one.effective for one in structures)
    dof = max(effective - J.shape[1], 1.0)
    chi2 = sum(float(np.sum(found.residual**2)) for found in solution.curves)
    variance = 1.0 if known else chi2 / max(points - J.shape[1], 1)
    scale = np.linalg.norm(J, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    _, singular, Vt = np.linalg.svd(J / scale, full_matrices=False)
    lost = singular < max(singular[0], 1e-300) / _ILL
    inverse = (Vt[~lost].T / singular[~lost] ** 2) @ Vt[~lost]
    covariance = inverse / np.outer(scale, scale) * variance * points / effective
    undetermined = []
    for direction in Vt[lost]:
        share = direction / scale * 1 / np.where(np.asarray(values) != 0, values, 1.0)
        share /= np.max(np.abs(share))
        undetermined.append({name: float(part) for name, part in zip(names, share, strict=True) if abs(part) > 0.03})
        involved = np.abs(direction) > 1e-3
        covariance[involved, involved] = math.inf
    for k, column in enumerate(np.linalg.norm(J, axis=0)):
        if column == 0:
            covariance[k, k] = math.inf
    return Uncertainty(names, np.array(values), covariance, math.sqrt(variance), known, dof, structures, undetermined)


def wants_profile(problem: Problem, found: Uncertainty, k: int) -> bool:
    """Whether a parameter's standard error is not to be believed."""
    one, value, error = problem.parameters[k], found.values[k], found.stderr[k]
    relative = error / abs(one.slope(value)) if one.is_logarithmic else error / one.scale
    return not relative < _LARGE or at_bound(problem, found, k) or found.undetermined != []


def is_bent(problem: Problem, solution: Solution, found: Uncertainty, k: int) -> bool:
    """Whether χ² is no parabola even one standard error from the solution, along which others change as the covariance says.

    In a curved valley relative errors may be small, and the interval wrong by many of them.
    """
    n = len(problem.parameters)
    slopes = np.array([one.slope(x) for one, x in zip(problem.parameters, solution.values, strict=True)])
    low, high = np.array([one.bounds for one in problem.parameters]).T
    step = found.covariance[:n, k] / slopes / found.stderr[k]
    for z in (problem.inner(solution.values) - step, problem.inner(solution.values) + step):
        if not (np.all(np.isfinite(step)) and np.all((z > low) & (z < high))):
            return True
        rise = (float(np.sum(problem.residual(problem.outer(z))[0] ** 2)) - solution.chi2) * found.scale(problem)
        if not abs(rise - 1) < _BENT:
            return True
    return False


def at_bound(problem: Problem, found: Uncertainty, k: int) -> bool:
    """Whether a parameter ended at one of its bounds, or where the second law ends."""
    one = problem.parameters[k]
    low, high = one.bounds
    at, width = one.inner(found.values[k]), 1e-4
    return bool(at - low < width or high - at < width or problem.limited(found.values[: len(problem.parameters)])[k])


def is_unknown(problem: Problem, found: Uncertainty, k: int) -> bool:
    """Whether the standard error leaves a parameter's size open."""
    one, value, error = problem.parameters[k], found.values[k], found.stderr[k]
    return bool(not error < _UNKNOWN * (abs(value) if one.is_logarithmic else one.scale))


class Profile(NamedTuple):
    """How min χ² over all other parameters rises with one.

    Attributes:
        narrow, wide: where it has risen as far as at the ends of the intervals of 68 and of 95 %, below and above; None where it does not.
        trail: its points, [points, 2]: value, Δχ².
        lower: values of all parameters where χ² is lower than at the solution, [parameters]; None if it is nowhere.
    """

    narrow: tuple[float | None, float | None]
    wide: tuple[float | None, float | None]
    trail: np.ndarray
    lower: np.ndarray | None


class _Point(NamedTuple):
    """A point of a profile: the parameter's inner number, Δχ², and the inner numbers of all."""

    z: float
    rise: float
    inner: np.ndarray


def profile(problem: Problem, solution: Solution, found: Uncertainty, k: int) -> Profile:
    """The profile of a parameter, a linear one too, from the solution outwards to where it ends both intervals, or its bounds."""
    n, best = len(problem.parameters), found.values[k]
    one = problem.parameters[k] if k < n else Parameter(found.names[k], best, scale=found.stderr[k])
    scale = found.scale(problem)
    low, high = one.bounds
    targets = [reach**2 for reach in found.deviations]
    centre = one.inner(best)
    error = found.stderr[k] / abs(one.slope(best)) if math.isfinite(found.stderr[k]) else 1.0
    reach = _DECADES * math.log(10) if one.is_logarithmic else 1e3
    lower: list[tuple[float, np.ndarray]] = []

    def point_at(z: float, near: _Point, before: _Point | None = None) -> _Point:
        """The lowest χ² at a value, from the others' as they are nearby, and as they change from one point to another."""
        starts = [near.inner]
        if before is not None and near.z != before.z:
            starts.insert(0, near.inner + (near.inner - before.inner) * (z - near.z) / (near.z - before.z))
        holding, held = (problem, {k: one.outer(z)}) if k < n else (problem.holding(k - n, one.outer(z)), {})
        tried = [holding.solve(problem.outer(start), held, most=200) for start in starts[:1]]
        if len(starts) > 1 and not (tried[0].success and tried[0].chi2 <= solution.chi2 + (near.rise + 4 * targets[1]) / scale):
            tried.append(holding.solve(problem.outer(starts[1]), held, most=200))
        solved = min(tried, key=lambda each: each.chi2)
        if not math.isfinite(solved.chi2):
            return _Point(z, math.inf, near.inner)
        rise = (solved.chi2 - solution.chi2) * scale
        if rise < -_LOWER:
            lower.append((rise, solved.values))
        return _Point(z, max(rise, 0.0), problem.inner(solved.values))

    start = _Point(centre, 0.0, problem.inner(solution.values))
    points, ends = [start], []
    for side, bound in ((-1.0, low), (1.0, high)):
        step, trail = min(max(error, 1e-9), reach / 4), [start]
        while trail[-1].rise < targets[1] and abs(trail[-1].z - centre) < reach and not lower:
            to = max(min(trail[-1].z + side * step, high), low)
            if to == trail[-1].z:
                break
            found_there = point_at(to, trail[-1], trail[-2] if len(trail) > 1 else None)
            if found_there.rise > 4 * targets[1] and step > 1e-6 * max(error, 1e-9):
                step /= 3
                continue
            step *= 1.6 if found_there.rise - trail[-1].rise < 0.7 else 1.0
            trail.append(found_there)
            if to == bound:
                break
        points += trail[1:]
        ends.append([_crossing(trail, target, one, point_at) for target in targets])
    points.sort(key=lambda each: each.z)
    return Profile(
        (ends[0][0], ends[1][0]),
        (ends[0][1], ends[1][1]),
        np.array([(one.outer(each.z), each.rise) for each in points]),
        min(lower, key=lambda each: each[0])[1] if lower else None,
    )


def _crossing(trail: list[_Point], target: float, one: Parameter, point_at: Callable[..., _Point]) -> float | None:
    """Where a profile reaches a level: between two of its points √Δχ² is nearly straight."""
    for below, above in pairwise(trail):
        if not below.rise < target <= above.rise:
            continue
        for _ in range(8):
            off_below, off_above = (math.sqrt(each.rise) - math.sqrt(target) for each in (below, above))
            between = point_at(below.z - off_below * (above.z - below.z) / (off_above - off_below), below, above)
            off = math.sqrt(between.rise) - math.sqrt(target)
            below, above = (between, above) if off < 0 else (below, between)
            if abs(off) < 1e-5 * math.sqrt(target):
                break
        return one.outer(between.z)
    return None
