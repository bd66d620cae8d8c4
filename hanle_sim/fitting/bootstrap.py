"""Uncertainties by fitting again and again: data made of the model and of residuals drawn anew."""

import math
from dataclasses import replace

import numpy as np

from ..runtime import Progress
from .solve import Problem, Solution
from .statistics import correlation_time
from .uncertainty import Uncertainty


def bootstrap(problem: Problem, solution: Solution, found: Uncertainty, times: int, report: Progress) -> np.ndarray:
    """Values of all parameters from so many sets of data: the model, and residuals drawn with replacement.

    Residuals are drawn in blocks of neighbours as long as their correlation lasts, singly where there is none (H. R. Künsch, Ann. Stat.
    17, 1217 (1989)), in units of σ where it was given, and made larger by √(n/(n − p)), by which a fit of p parameters makes them small.
    Points known to be worth less than one are drawn singly, and made so much larger.

    Arguments:
        problem, solution: the fit.
        found: its uncertainties.
        times: how many sets of data.
        report: called with each.

    Returns:
        Values, in the order of `found.names`, [times, all]; NaN for a fit that did not converge.
    """
    rng, drawn = np.random.default_rng(0), np.full((times, len(found.names)), np.nan)
    points = sum(curve.points.x.size for curve in problem.curves)
    growth = math.sqrt(points / max(points - len(found.names), 1))
    for number in range(times):
        curves = []
        for curve, one in zip(problem.curves, solution.curves, strict=True):
            order = np.argsort(curve.points.x, kind="stable")
            sigma = np.ones(order.size) if curve.points.sigma is None else curve.points.sigma
            residual = ((curve.points.y - one.model) / sigma)[order]
            y = np.empty(order.size)
            worth = curve.points.worth
            y[order] = residual[_drawn(residual, rng) if worth == 1.0 else rng.integers(0, order.size, order.size)] * growth / worth**0.5
            curves.append(curve._replace(points=curve.points._replace(y=one.model + sigma * y)))
        again = replace(problem, curves=curves).solve(solution.values)
        if again.success:
            drawn[number] = np.concatenate([again.values, *(one.linear for one in again.curves)])
        report("bootstrap", number + 1, times)
    return drawn


def _drawn(residual: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Which residuals are drawn, in blocks, [points]."""
    block = max(round(correlation_time(residual)), 1)
    starts = rng.integers(0, residual.size, -(-residual.size // block))
    return ((starts[:, None] + np.arange(block)) % residual.size).ravel()[: residual.size]
