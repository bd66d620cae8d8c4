"""Spin heat's share of a signal, by the profile of χ² and by the Fisher information."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..configuration import Configuration, build
from .facts import Fact, fact_of
from .law import Lawful
from .projection import Curve
from .ranking import Candidate
from .result import FitResult
from .shapes import DeviceShape
from .solve import Parameter, Solution
from .statistics import deviations
from .variants import lever_of

#: How closely a share is held, and how far it may be off to count as reached.
_HELD, _REACHED = 1e-4, 1e-3
#: The least share that is looked at.
_AGAINST = -10.0
#: How far from its best a parameter may go while the share is held.
_FAR = 1e4


@dataclass(frozen=True)
class _Held(Lawful):
    """A problem in which spin heat's share is held, by a residual that is steep."""

    share: Fact = field(default=lambda values: (np.zeros(()), np.zeros(values.size)))
    wanted: float = 0.0

    def residual(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        r, J = super().residual(values)
        found, by = self.share(values)
        slopes = np.array([one.slope(x) for one, x in zip(self.parameters, values, strict=True)])
        return np.append(r, (found - self.wanted) / _HELD), np.concatenate([J, (by * slopes / _HELD)[None, :]])


class ShareProfile:
    """χ² of a fit with spin heat by heat's share of the signal at B = 0, of the first curve.

    Arguments:
        model: the fit, whose heat is free.
        kernels: functions of curves and shares by what they depend on.
        other: a fit of the model with other signs, in place of its best.
    """

    def __init__(self, model: Candidate, kernels: dict[Any, Any], other: FitResult | None = None) -> None:
        result, fitted = other or model.results[0], model.fitted
        assert fitted is not None
        self.model, self.fitted, self.result = model, fitted, result
        self.names = [one.name for one in result.problem.parameters]
        lever = lever_of(dict.fromkeys(self.names))
        assert lever is not None
        self.lever = self.names.index(lever)
        near = [
            one if k == self.lever or not one.is_logarithmic else _near(one, float(value))
            for k, (one, value) in enumerate(zip(result.problem.parameters, result.solution.values, strict=True))
        ]
        self.problem = replace(result.problem, parameters=near, noise=result.noise)
        self._share = fact_of(self.problem.curves[0], kernels, "share", _share)
        self.best = result.solution.values
        self.at_best = self.share(self.best)
        self.within = float(deviations(self.problem.is_known, result.dof)[1]) ** 2
        self.least = float(np.sum(self.problem.residual(self.best)[0] ** 2))

    def share(self, values: np.ndarray) -> float:
        """Heat's share of the signal at B = 0."""
        return float(self._share(values)[0])

    def rise(self, wanted: float, start: np.ndarray) -> tuple[float, np.ndarray]:
        """Δχ² where the share is held, infinite where no device has it; and the parameters there."""
        assert isinstance(self.problem, Lawful)  # since heat's size is free
        one = self.problem
        held = _Held(one.parameters, one.curves, one.noise, one.margins, share=self._share, wanted=wanted)
        tries = [self._turned(start, wanted)]
        if "tau_Q" in self.names:  # a heat that was too small to matter may have lost its time
            again, k = tries[0].copy(), self.names.index("tau_Q")
            again[k] = self.problem.parameters[k].start
            tries.append(again)
        found = [(self._rise_of(solved, wanted), solved.values) for solved in (held.solve(one, most=60) for one in tries)]
        return min(found, key=lambda one: one[0])

    def _rise_of(self, solved: Solution, wanted: float) -> float:
        if not math.isfinite(solved.chi2):
            return math.inf
        off = self.share(solved.values) - wanted
        if not abs(off) < _REACHED:
            return math.inf
        return max((solved.chi2 - (off / _HELD) ** 2 - self.least) * self.result.n_effective / self.result.n, 0.0)

    def _turned(self, values: np.ndarray, wanted: float) -> np.ndarray:
        """Values with heat's size turned towards a share: share/(1 − share) goes with the square of S or P_L."""
        share = self.share(values)
        if not (0 < share < 1 and 0 < wanted < 1):
            return values
        one, moved = self.problem.parameters[self.lever], values.copy()
        size = moved[self.lever] * math.sqrt(wanted / (1 - wanted) * (1 - share) / share)
        moved[self.lever] = min(max(size, one.low), one.high)
        return moved

    def end(self, side: int) -> float:
        """Where Δχ² reaches that of 95 % above (1) or below (−1) the best share, or where devices end."""
        inside, values, step = self.at_best, self.best, 0.005
        # A thermal current, or cross coupling, may turn heat's part against the spins'.
        limit = 1 - _REACHED if side > 0 else 0.0 if inside >= 0 else _AGAINST
        outside: float | None = None
        while outside is None and inside * side < limit * side:
            to = side * min(side * (inside + side * step), side * limit)
            risen, moved = self.rise(to, values)
            if risen < self.within:
                inside, values, step = to, moved, 1.7 * step
            else:
                outside = to
        for _ in range(8):
            if outside is None:
                break
            middle = (inside + outside) / 2
            risen, moved = self.rise(middle, values)
            if risen < self.within:
                inside, values = middle, moved
            else:
                outside = middle
        return inside

    def error(self, values: np.ndarray, fields: float = 1.0, again: Mapping[str, float] | None = None) -> tuple[float, float]:
        """Standard error of the share by the Fisher information, and what of heat's line the others can't make up, a share of it.

        Arguments:
            values: of the parameters.
            fields: a factor of the fields, with as many points and their noise.
            again: numbers by `section.key` with which every curve is measured a second time.
        """
        curves = [_stretched(curve, values, fields) for curve in self.problem.curves]
        if again is not None:
            curves += [_stretched(_changed(curve, again), values, fields) for curve in self.problem.curves]
        problem = replace(self.problem, curves=curves)
        J, slopes = problem.residual(values)[1], np.array([one.slope(x) for one, x in zip(problem.parameters, values, strict=True)])
        g = self._share(values)[1] * slopes
        size = np.linalg.norm(J, axis=0)
        size = np.where(size > 0, size, 1.0)
        _, singular, Vt = np.linalg.svd(J / size, full_matrices=False)
        along, kept = Vt @ (g / size), singular > 1e-9 * singular[0]
        if np.any(np.abs(along[~kept]) > 1e-6 * np.linalg.norm(along)):
            return math.inf, 0.0
        worth = math.sqrt(self.result.n / self.result.n_effective)
        own = Vt[:, self.lever] / size[self.lever]
        alone = math.inf if np.any(np.abs(own[~kept]) > 1e-6 * np.linalg.norm(own)) else float(np.linalg.norm(own[kept] / singular[kept]))
        raw = 0.0
        for curve, found in zip(curves, problem.at(values), strict=True):
            where = np.flatnonzero(curve.which == self.lever)
            raw += float(np.sum((found.full[:, where] / problem.noise) ** 2))
        return worth * float(np.linalg.norm(along[kept] / singular[kept])), 1 / (math.sqrt(raw) * slopes[self.lever] * alone)


def _near(one: Parameter, best: float) -> Parameter:
    """A parameter with an end to its range: many decades from its start and its best."""
    low, high = min(one.start, best) / _FAR, max(one.start, best) * _FAR
    return one._replace(low=max(one.low, low), high=min(one.high, high))


def _changed(curve: Curve, numbers: Mapping[str, float]) -> Curve:
    """A curve of a device with other numbers."""
    old = curve.shape
    assert isinstance(old, DeviceShape)
    options: dict[str, Any] = {"current": old.current, "field_offset": old.has_offset, "scaled": bool(old.factors), "kernels": old.kernels}
    shape = DeviceShape(old.configuration, old.names, old.paths, {**old.given, **numbers}, **options)
    return curve._replace(shape=shape)


def _stretched(curve: Curve, values: np.ndarray, factor: float) -> Curve:
    """A curve without noise, at other fields."""
    x = curve.points.x * factor
    parts = curve.shape.parts(values[curve.which], x)
    y = parts.signal + parts.columns @ np.ones(parts.columns.shape[1])
    return curve._replace(points=curve.points._replace(x=x, y=y))


def _share(configuration: Configuration, paths: Sequence[str]) -> Callable[[Any], Any]:
    """Heat's share of a device's signal at B = 0, traced."""
    import jax
    import jax.numpy as jnp

    from ..model.model import Model
    from ..physics import NaturalUnits
    from ..runtime import double_precision
    from ..solvers.stray_average import average

    with double_precision():
        model = Model(configuration)

    def share(at: Any) -> Any:
        setup = build(configuration, dict(zip(paths, at, strict=True)))
        field = jax.tree.map(jnp.asarray, setup.field).part(jnp.zeros(1, dtype=int)).along(jnp.zeros(1), slice(None))
        natural = NaturalUnits.of(setup.device, field)
        y = model.covering.solve(natural) if natural.stray is None else average(natural, model.covering, model.level).y
        spin, heat = natural.device.detector.signals(y.reshape(1, -1, 2, 3)[:, -1])
        return heat[0] / (spin[0] + heat[0])

    return share
