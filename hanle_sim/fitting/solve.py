"""The least-squares problem of a fit, and its solution from several starts."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from .projection import Curve, Projected, projected
from .signs import as_started, in_order, signs_of

#: Changes of the sum of squares, and of the parameters, below which a fit has converged.
_TOLERANCE = 1e-12
#: Evaluations from a start that is not the first.
_TRIED = 50


class Parameter(NamedTuple):
    """A parameter of a fit.

    Attributes:
        name: as the user writes it.
        start: where it starts [SI].
        low, high: its bounds [SI].
        unit: its SI unit.
        scale: what a change of it is measured by where it may be negative [SI].
        prior: mean and standard deviation of what is known of it [SI]; None for nothing.
    """

    name: str
    start: float
    low: float = -math.inf
    high: float = math.inf
    unit: str = ""
    scale: float = 1.0
    prior: tuple[float, float] | None = None

    @property
    def is_logarithmic(self) -> bool:
        """Whether a fit looks for its logarithm: it can't be negative."""
        return self.low >= 0 and self.start > 0

    def inner(self, value: float) -> float:
        """The number that a fit looks for."""
        return math.log(max(value, 1e-300) / self.start) if self.is_logarithmic else value / self.scale

    def outer(self, inner: float) -> float:
        """The value of the parameter [SI]."""
        return self.start * math.exp(min(inner, 700.0)) if self.is_logarithmic else inner * self.scale

    def slope(self, value: float) -> float:
        """∂value/∂inner."""
        return value if self.is_logarithmic else self.scale

    @property
    def bounds(self) -> tuple[float, float]:
        """Bounds of the inner number."""
        if not self.is_logarithmic:
            return self.low / self.scale, self.high / self.scale
        return (
            math.log(self.low / self.start) if self.low > 0 else -math.inf,
            math.log(self.high / self.start) if math.isfinite(self.high) else math.inf,
        )


class Solution(NamedTuple):
    """What a fit found.

    Attributes:
        values: of the parameters, [parameters].
        curves: each curve there.
        chi2: Σ r², weights and priors included.
        success, message: whether it converged, and how it ended.
    """

    values: np.ndarray
    curves: list[Projected]
    chi2: float
    success: bool
    message: str


@dataclass(frozen=True)
class Problem:
    """Curves that share parameters.

    Attributes:
        parameters: all of them.
        curves: what is measured and how it is modelled.
        noise: what residuals are divided by: 1 where σ is given, else the size of the points, and their standard error once it is known.
    """

    parameters: Sequence[Parameter]
    curves: Sequence[Curve]
    noise: float

    @property
    def is_known(self) -> bool:
        """Whether σ is given everywhere."""
        return all(curve.points.sigma is not None for curve in self.curves)

    @classmethod
    def of(cls, parameters: Sequence[Parameter], curves: Sequence[Curve]) -> "Problem":
        """The problem before anything is known of the noise."""
        spread = float(np.std(np.concatenate([curve.points.y for curve in curves])))
        problem = cls(parameters, curves, spread or 1.0)
        return replace(problem, noise=1.0) if problem.is_known else problem

    def knowing(self, solution: Solution, is_robust: bool = False) -> "Problem":
        """The problem with the noise, and the trust in each point, that a solution leaves.

        Arguments:
            solution: of this problem.
            is_robust: whether points count less the farther they are off, as by the loss 2 (√(1 + r²) − 1): weights 1/√(1 + r²).
        """
        residuals = [one.residual / (one_curve.points.trust if one_curve.points.trust is not None else 1.0)
                     for one, one_curve in zip(solution.curves, self.curves, strict=True)]  # fmt: skip
        together = np.concatenate(residuals)
        count = len(self.parameters) + sum(len(curve.linear) for curve in self.curves)
        if self.is_known:
            noise = 1.0
        elif is_robust:
            noise = 1.4826 * float(np.median(np.abs(together))) or self.noise
        else:
            noise = math.sqrt(float(np.sum(together**2)) / max(together.size - count, 1)) or self.noise
        if not is_robust:
            return replace(self, noise=noise)
        trusts = [(1 + (r / noise) ** 2) ** -0.25 for r in residuals]
        curves = [curve._replace(points=curve.points._replace(trust=trust)) for curve, trust in zip(self.curves, trusts, strict=True)]
        return replace(self, curves=curves, noise=noise)

    def holding(self, k: int, value: float) -> "Problem":
        """The problem with a linear parameter held, by its place among those of all curves."""
        curves = list(self.curves)
        for number, curve in enumerate(curves):
            if k < len(curve.linear):
                curves[number] = curve._replace(held={**curve.held, k: value})
                break
            k -= len(curve.linear)
        return replace(self, curves=curves)

    def limited(self, values: np.ndarray) -> np.ndarray:
        """Which parameters could go no farther for another reason than their bounds, [parameters]."""
        return np.zeros(values.size, dtype=bool)

    def outer(self, inner: np.ndarray) -> np.ndarray:
        """Values of the parameters [SI]."""
        return np.array([one.outer(z) for one, z in zip(self.parameters, inner, strict=True)])

    def inner(self, values: np.ndarray) -> np.ndarray:
        """The numbers that the fit looks for."""
        return np.array([one.inner(x) for one, x in zip(self.parameters, values, strict=True)])

    def at(self, values: np.ndarray) -> list[Projected]:
        """Every curve at values of the parameters."""
        return [projected(curve, values) for curve in self.curves]

    def residual(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """All residuals over the noise, priors included, and their derivatives by the inner numbers."""
        found = self.at(values)
        r = np.concatenate([one.residual for one in found]) / self.noise
        slopes = np.array([one.slope(x) for one, x in zip(self.parameters, values, strict=True)])
        J = np.concatenate([one.jacobian for one in found]) / self.noise * slopes
        known = [(k, one.prior) for k, one in enumerate(self.parameters) if one.prior is not None]
        if known:
            rows = np.zeros((len(known), values.size))
            for row, (k, (_, sd)) in enumerate(known):
                rows[row, k] = slopes[k] / sd
            r = np.concatenate([r, [(values[k] - mean) / sd for k, (mean, sd) in known]])
            J = np.concatenate([J, rows])
        return r, J

    def solve(self, start: np.ndarray | None = None, held: dict[int, float] | None = None, most: int = 200) -> Solution:
        """The nearest minimum.

        Arguments:
            start: values to start from [SI]; the parameters' starts unless given.
            held: parameters that are held, by index, at values [SI].
            most: evaluations.
        """
        from scipy.optimize import least_squares

        held = held or {}
        values = np.array([one.start for one in self.parameters]) if start is None else np.array(start, dtype=float)
        for k, value in held.items():
            values[k] = value
        free = [k for k in range(values.size) if k not in held]
        lows, highs = np.array([self.parameters[k].bounds for k in free]).reshape(-1, 2).T
        inside = self.inner(values)
        if not free:
            found = self.at(values)
            return Solution(values, found, float(np.sum(self.residual(values)[0] ** 2)), True, "nothing is free")
        kept: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}

        def evaluated(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            key = z.tobytes()
            if key not in kept:
                kept.clear()
                at = inside.copy()
                at[free] = z
                outside = self.outer(at)
                for k, value in held.items():
                    outside[k] = value
                with np.errstate(all="ignore"):
                    r, J = self.residual(outside)
                # Where a derivative has no value the step is refused, as where the residual has none.
                kept[key] = (r if np.all(np.isfinite(J)) else np.full_like(r, np.nan), J)
            return kept[key]

        z_0 = np.clip(inside[free], lows, highs)
        span = np.where(np.isfinite(highs - lows), highs - lows, 1.0)
        z_0 = np.where(z_0 <= lows, lows + 1e-6 * span, np.where(z_0 >= highs, highs - 1e-6 * span, z_0))
        if not np.all(np.isfinite(evaluated(z_0)[0])):
            return Solution(values, self.at(values), math.inf, False, "the model has no value at the start")
        with np.errstate(all="ignore"):  # along a flat direction steps grow without end
            solved: Any = least_squares(
                lambda z: evaluated(z)[0],
                z_0,
                lambda z: evaluated(z)[1][:, free],
                bounds=(lows, highs),
                method="trf",
                x_scale="jac",
                ftol=_TOLERANCE,
                xtol=_TOLERANCE,
                gtol=_TOLERANCE,
                max_nfev=most,
            )
        at = inside.copy()
        at[free] = solved.x
        outside = self.outer(at)
        for k, value in held.items():
            outside[k] = value
        return Solution(outside, self.at(outside), float(2 * solved.cost), bool(solved.status > 0), str(solved.message))

    def start(self, number: int) -> np.ndarray:
        """Values to start from [SI]: the given ones first, then random ones about them, one to three decades up and down for what can't
        be negative, else one scale; the sign of a start stands where the bounds are symmetric.
        """
        rng, values = np.random.default_rng(number), []
        for one in self.parameters:
            value = one.start
            if number == 0:
                pass
            elif one.is_logarithmic:
                value = one.start * 10.0 ** (min(number, 3) * rng.uniform(-1, 1))
            elif one.start and one.low == -one.high and math.isfinite(one.high):
                value = math.copysign(rng.uniform(0.05, 0.95) * one.high, one.start)
            else:
                value = one.start + one.scale * rng.normal()
            values.append(float(np.clip(value, one.low, one.high)))
        return np.array(values)

    def minima(
        self, starts: int, is_robust: bool, report: Callable[[int], object] = lambda done: None, first: Sequence[np.ndarray] = ()
    ) -> list[tuple["Problem", Solution]]:
        """Minima from several starts, the lowest first: from `first`, from the given values, from random ones about them, and from the best
        with other signs where these make a difference. Where they make none, those of the given values stand.

        Arguments:
            starts: how many, but for `first`.
            is_robust: as `best` takes it.
            report: called with how many are done.
            first: values to start from before [SI].
        """
        tried = [
            *((at, 200) for at in first),
            *((self.start(number), _TRIED if number or first else 200) for number in range(max(starts, 1))),
        ]
        found = []
        for at, most in tried:
            found.append(self.best(at, is_robust, most))
            report(len(found))
        found.sort(key=lambda one: one[1].chi2)
        found += [self.best(found[0][1].values * factors, is_robust, _TRIED) for factors in signs_of(*found[0]).other]
        alike = signs_of(*found[0]).alike
        found = in_order([(problem, as_started(problem, solution, alike)) for problem, solution in found], self)
        if not found[0][1].success:
            found[0] = found[0][0].best(found[0][1].values, is_robust, 400)
        return found

    def best(self, start: np.ndarray, is_robust: bool = False, most: int = 200) -> tuple["Problem", Solution]:
        """The nearest minimum, once more with the noise that it leaves where priors or outliers make that count."""
        problem, solution = self, self.solve(start, most=most)
        has_priors = any(one.prior is not None for one in self.parameters)
        for _ in range(30 if is_robust else 3 if has_priors and not self.is_known else 0):
            if not math.isfinite(solution.chi2):
                break
            before, problem = solution.values, problem.knowing(solution, is_robust)
            solution = problem.solve(before)
            if np.allclose(solution.values, before, rtol=1e-9, atol=0.0):
                break
        return problem, solution
