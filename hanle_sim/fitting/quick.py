"""The five-second job: one and two Lorentzians with offsets and a background, and which of them the data support."""

import dataclasses
from typing import NamedTuple

import numpy as np

from ..text import with_prefix
from .guess import lorentzian_times
from .points import Points
from .projection import Curve
from .result import FitResult, result_of
from .shapes import FIELD_OFFSET, Lorentzians
from .solve import Parameter, Problem
from .statistics import outliers

#: By so much AICc must fall for a second line to be believed.
_SUPPORT = 6.0
#: How many points two lines need.
_LEAST = 12
#: How far from zero a curve's centre is looked for, in shares of the largest |B|.
_CENTRE = 0.25


class QuickFit(NamedTuple):
    """One curve's quick fits.

    Attributes:
        one, two: with one and with two Lorentzians; None where there are too few points.
        supports_two: whether the data support the second line.
    """

    one: FitResult
    two: FitResult | None
    supports_two: bool

    @property
    def best(self) -> FitResult:
        """The fit that the data support."""
        return self.two if self.two is not None and self.supports_two else self.one


def quick_fit(points: Points, unit: str, *, g: float = 2.0) -> QuickFit:
    """Fit one and two Lorentzians to a curve, with a linear background, or a parabola where the data ask for it.

    Points that stand alone, far from their neighbours, are left out, and named.
    """
    alone = outliers(points)
    warnings: tuple[str, ...] = ()
    if np.any(alone):
        where = ", ".join(with_prefix(x, "T") for x in points.x[alone][:3]) + (", ..." if np.sum(alone) > 3 else "")
        warnings = (f"{points.name}: {np.sum(alone)} of {alone.size} points left out, far from their neighbours: at {where}",)
        kept = ~alone
        points = points._replace(x=points.x[kept], y=points.y[kept], sigma=None if points.sigma is None else points.sigma[kept])
    one = lorentzians(points, unit, 1, g=g)
    curved = lorentzians(points, unit, 1, g=g, background="parabola")
    background = "parabola" if one.aicc - curved.aicc > _SUPPORT else "linear"
    one = curved if background == "parabola" else one
    if points.x.size < _LEAST:
        return QuickFit(_warned(one, warnings), None, False)
    two = lorentzians(points, unit, 2, g=g, background=background)
    times = [two.parameters[name] for name in ("tau_1", "tau_2")]
    is_supported = one.aicc - two.aicc > _SUPPORT and all(time.identifiable for time in times)
    if is_supported:
        warnings += (f"{points.name}: two Lorentzians fit better: two relaxation times, or one that diffuses: fit a device to tell",)
    return QuickFit(_warned(one, warnings), _warned(two, warnings), bool(is_supported))


def _warned(result: FitResult, warnings: tuple[str, ...]) -> FitResult:
    return dataclasses.replace(result, warnings=(*warnings, *result.warnings))


def lorentzians(
    points: Points,
    unit: str,
    count: int,
    *,
    g: float = 2.0,
    background: str = "linear",
    offset: bool = True,
    field_offset: bool = True,
    is_robust: bool = False,
) -> FitResult:
    """Fit one or two Lorentzians to a curve, τ for the Landé factor g."""
    shape = Lorentzians(count, g, field_offset)
    curve = Curve.of(points, shape, range(len(shape.names)), offset, background)
    starts = lorentzian_times(curve, shape)
    parameters = line_parameters(shape, starts, points.x)
    problem, solution = Problem.of(parameters, [curve]).best(starts, is_robust)
    return result_of(points.name, ("one Lorentzian", "two Lorentzians")[count - 1], problem, [solution], unit)


def line_parameters(shape: Lorentzians, starts: np.ndarray, x: np.ndarray) -> list[Parameter]:
    """The parameters of one or two Lorentzians over fields x, with their bounds."""
    largest = float(np.max(np.abs(x))) or 1.0
    widest = 1 / (shape.per_tesla * 30 * largest)
    narrowest = 1e4 / (shape.per_tesla * largest)
    return [
        Parameter(name, float(start), -_CENTRE * largest, _CENTRE * largest, "T", 0.1 * largest)
        if name == FIELD_OFFSET
        else Parameter(name, float(start), widest, narrowest, "s")
        for name, start in zip(shape.names, starts, strict=True)
    ]
