"""What a fit found, with uncertainties that mean something."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..runtime import Progress
from .estimate import Estimate, about, reaching
from .points import background_units
from .rivals import rival
from .solve import Problem, Solution
from .statistics import criteria
from .uncertainty import Uncertainty, at_bound, is_bent, is_unknown, profile, uncertainty, wants_profile

#: How often a lower minimum is gone to.
_ANEW = 5


@dataclass(frozen=True)
class FitResult:
    """A finished fit.

    Attributes:
        name: of what was fitted.
        model: what with, in words.
        parameters: estimates by name, the linear ones too.
        ssr: Σ (y − model)² in y's unit squared.
        chi2: Σ r² over σ² where σ was given, else over that of the residuals.
        n, n_effective, dof: points, how many independent ones they are worth, and degrees of freedom.
        covariance, correlation: of `parameters`, in their order.
        success, message, warnings: how it ended.
        aicc, bic: criteria by which models of the same data are compared; the smaller the better.
        noise: standard error of a point.
        unit: of y.
        problem, solution: what was solved.
    """

    name: str
    model: str
    parameters: dict[str, Estimate]
    ssr: float
    n: int
    n_effective: float
    dof: float
    covariance: np.ndarray
    correlation: np.ndarray
    success: bool
    message: str
    warnings: tuple[str, ...]
    aicc: float
    bic: float
    noise: float
    unit: str
    problem: Problem = field(repr=False)
    solution: Solution = field(repr=False)

    def __repr__(self) -> str:
        best = ", ".join(f"{name} = {one.value:.4g} {one.unit}".rstrip() for name, one in list(self.parameters.items())[:4])
        return f"<FitResult of {self.name!r} with {self.model}: {best}; n = {self.n}, {'converged' if self.success else 'not converged'}>"

    def as_dict(self) -> dict[str, Any]:
        """What fit.json holds."""
        return {
            "name": self.name,
            "model": self.model,
            "parameters": {name: one.as_dict() for name, one in self.parameters.items()},
            "ssr": self.ssr,
            "n": self.n,
            "n_effective": self.n_effective,
            "dof": self.dof,
            "covariance": _finite(self.covariance),
            "correlation": _finite(self.correlation),
            "success": self.success,
            "message": self.message,
            "warnings": list(self.warnings),
            "aicc": self.aicc if math.isfinite(self.aicc) else None,
            "bic": self.bic,
        }


def _finite(matrix: np.ndarray) -> list[list[float | None]]:
    return [[float(x) if math.isfinite(x) else None for x in row] for row in matrix]


def with_profiles(result: FitResult, names: Sequence[str]) -> FitResult:
    """A result with profiles of some more parameters."""
    problem, solution = result.problem, result.solution
    wanted = [k for k, (name, one) in enumerate(result.parameters.items()) if name in names and one.by != "profile"]
    if not wanted:
        return result
    found, profiles = uncertainty(problem, solution), {}
    for k in wanted:
        name = found.names[k]
        one = _profiled(problem, solution, found, k) if k < len(problem.parameters) else _linear(problem, solution, found, k, True)
        profiles[name] = (
            one if k < len(problem.parameters) else one.rescaled(_of_linear(problem, name, k, {})[1], result.parameters[name].unit)
        )
    return replace(result, parameters=result.parameters | profiles)


def _profiled(problem: Problem, solution: Solution, found: Uncertainty, k: int) -> Estimate:
    """A parameter with the intervals of its profile."""
    along = profile(problem, solution, found, k)
    if along.lower is not None:
        raise LowerMinimum(along.lower)
    bound, is_closed = at_bound(problem, found, k), all(end is not None for end in along.narrow)
    error = None if bound or not is_closed or is_unknown(problem, found, k) else float(found.stderr[k])
    one = problem.parameters[k]
    return Estimate(
        float(found.values[k]), error, along.narrow, along.wide, one.unit, bound, is_closed and not bound, "profile", along.trail
    )


def _linear(problem: Problem, solution: Solution, found: Uncertainty, k: int, is_profiled: bool) -> Estimate:
    """A linear parameter: its covariance is exact given the others, and where these need profiles it does."""
    value, error = float(found.values[k]), float(found.stderr[k])
    if not math.isfinite(error):
        return Estimate(value, None, (None, None), (None, None), "", identifiable=False)
    if not is_profiled:
        narrow, wide = (about(value, error, times) for times in found.deviations)
        return Estimate(value, error, narrow, wide, "")
    along = profile(problem, solution, found, k)
    if along.lower is not None:
        raise LowerMinimum(along.lower)
    is_closed = None not in along.narrow
    return Estimate(
        value, error if is_closed else None, along.narrow, along.wide, "", identifiable=is_closed, by="profile", trail=along.trail
    )


class LowerMinimum(Exception):  # noqa: N818 - it is no error
    """A profile that went below the solution.

    Attributes:
        values: of the parameters there, [parameters].
    """

    def __init__(self, values: np.ndarray) -> None:
        super().__init__("a profile found a lower minimum")
        self.values = values


def with_draws(result: FitResult, draws: np.ndarray, by: str) -> FitResult:
    """A result with the intervals and standard errors of draws [draws, parameters] of what the data determine."""
    found = uncertainty(result.problem, result.solution)
    drawn = dict(result.parameters)
    for k, name in enumerate(found.names):
        one = drawn[name]
        values = draws[np.isfinite(draws[:, k]), k]
        values = values * (one.value / found.values[k] if k >= len(result.problem.parameters) and found.values[k] else 1.0)
        if one.stderr is not None and values.size > 1:
            low, wide_low, high, wide_high = np.quantile(values, [0.1586552539, 0.025, 0.8413447461, 0.975])
            ends = (float(low), float(high)), (float(wide_low), float(wide_high))
            drawn[name] = replace(one, stderr=float(np.std(values, ddof=1)), ci68=ends[0], ci95=ends[1], by=by)
    return replace(result, parameters=drawn)


def _silent(what: str, done: int, total: int) -> None:
    """No report."""


def result_of(name: str, model: str, problem: Problem, solutions: list[Solution], unit: str, report: Progress = _silent) -> FitResult:
    """The result of a problem's solutions, the best first; `unit` is that of y.

    A profile that goes below the best solution leads to a better one. `report` is called with each profile.
    """
    for _ in range(_ANEW):
        try:
            return _result_of(name, model, problem, solutions, unit, report)
        except LowerMinimum as found:
            solutions = [problem.solve(found.values, most=400), *solutions]
    return _result_of(name, model, problem, solutions, unit, report)


def _result_of(name: str, model: str, problem: Problem, solutions: list[Solution], unit: str, report: Progress) -> FitResult:
    units = {"": unit, "slope": f"{unit}/T", "curvature": f"{unit}/T^2", "scale": ""}
    solution = solutions[0]
    found = uncertainty(problem, solution)
    warnings = [one for each in found.structures for one in each.warnings]
    estimates: dict[str, Estimate] = {}
    one_sd, two_sd = found.deviations
    rescaled, limits = np.ones(found.values.size), []
    for k, label in enumerate(found.names):
        value, error = float(found.values[k]), float(found.stderr[k])
        if k >= len(problem.parameters):
            unit_of_it, rescaled[k] = _of_linear(problem, label, k, units)
            is_profiled = any(one.by == "profile" for one in estimates.values())
            estimates[label] = _linear(problem, solution, found, k, is_profiled).rescaled(float(rescaled[k]), unit_of_it)
            continue
        one = problem.parameters[k]
        if not wants_profile(problem, found, k) and not is_bent(problem, solution, found, k):
            estimates[label] = Estimate(value, error, about(value, error, one_sd), about(value, error, two_sd), one.unit)
            continue
        if problem.limited(solution.values)[k]:
            limits.append(f"{label} = {_text(value, one.unit)}")
            estimates[label] = Estimate(value, None, (None, None), (None, None), one.unit, at_bound=True, identifiable=False)
            continue
        estimates[label] = _profiled(problem, solution, found, k)
        report("profiles", k + 1, len(problem.parameters))
        if estimates[label].at_bound:
            warnings.append(f"{label} ended at its bound, {_text(value, one.unit)}: widen its bounds, or hold it")
        elif not estimates[label].identifiable:
            warnings.append(f"{label} is not determined by the data: hold it at a value known otherwise, or free less")
    if limits:
        warnings.append(
            f"the fit ended where the second law does, at {', '.join(limits)}: the data ask for more than a device can have: "
            "hold these, or try another model"
        )
    warnings += [f"only a combination of {', '.join(names)} is determined: hold one of them" for names in found.undetermined]
    known = np.array([estimates[one.name].identifiable for one in problem.parameters])
    if (other := rival(problem, solutions, found, known)) is not None:
        named = {one.name: float(x) for one, x, differs in zip(problem.parameters, other.values, other.differs, strict=True) if differs}
        there = ", ".join(f"{label} = {_text(x, estimates[label].unit)}" for label, x in named.items())
        good = "as good" if other.rise < 1e-3 else f"nearly as good (chi^2 higher by {other.rise:.2g})"
        warnings.append(f"a second minimum is {good}: {there}")
        reached = [other.rise < times**2 for times in found.deviations]
        estimates |= {label: reaching(estimates[label], x, *reached) for label, x in named.items()}
    if not solution.success:
        warnings.append(f"the fit did not converge: {solution.message}")
    chi2 = sum(float(np.sum(one.residual**2)) for one in solution.curves)
    n = sum(one.points for one in found.structures)
    compared = criteria(chi2 * found.effective / n, found.effective, found.values.size, found.is_known)
    return FitResult(
        name=name,
        model=model,
        parameters=estimates,
        ssr=sum(float(np.sum((curve.points.y - one.model) ** 2)) for curve, one in zip(problem.curves, solution.curves, strict=True)),
        n=n,
        n_effective=found.effective,
        dof=found.dof,
        covariance=found.covariance * np.outer(rescaled, rescaled),
        correlation=found.correlation,
        success=solution.success,
        message=solution.message,
        warnings=tuple(dict.fromkeys(warnings)),
        aicc=compared["aicc"],
        bic=compared["bic"],
        noise=found.noise,
        unit=unit,
        problem=problem,
        solution=solution,
    )


def _of_linear(problem: Problem, label: str, k: int, units: dict[str, str]) -> tuple[str, float]:
    """Unit of a linear parameter, and the factor that brings it to SI."""
    at = len(problem.parameters)
    for curve in problem.curves:
        if k < at + len(curve.linear):
            key = curve.linear[k - at]
            per = dict(zip(curve.names, background_units(curve.names, curve.points), strict=True)).get(key, 1.0)
            return units.get(key, units.get("", "")), 1 / per
        at += len(curve.linear)
    raise AssertionError(label)


def _text(value: float, unit: str) -> str:
    return f"{value:.4g} {unit}".rstrip()
