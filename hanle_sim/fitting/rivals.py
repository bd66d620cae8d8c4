"""Another minimum nearly as good as the best, which leaves open what differs there."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .solve import Problem, Solution
from .uncertainty import Uncertainty

#: Minima whose χ² differ by less, in noise variances, but whose parameters by more than so many standard errors, are told.
NEARLY, _APART = 4.0, 3.0


class Rival(NamedTuple):
    """Another minimum.

    Attributes:
        values: of the parameters there, [parameters].
        differs: which of them are elsewhere, beyond their errors, [parameters].
        rise: by how many noise variances χ² is higher.
    """

    values: np.ndarray
    differs: np.ndarray
    rise: float


def differ(best: np.ndarray, other: np.ndarray, stderr: np.ndarray) -> np.ndarray:
    """Which parameters differ beyond their errors, [..., n]."""
    with np.errstate(invalid="ignore"):
        return np.abs(other - best) > _APART * np.maximum(stderr, 1e-6 * np.abs(best))


def rival(problem: Problem, solutions: Sequence[Solution], found: Uncertainty, known: np.ndarray) -> Rival | None:
    """The lowest minimum but the first that is nearly as good, and elsewhere.

    Arguments:
        problem, solutions: of the fit, the best first.
        found: the uncertainties of the first.
        known: which parameters are determined there, [parameters].
    """
    best, stderr = solutions[0], found.stderr[: solutions[0].values.size]
    if not np.all(np.isfinite(stderr)):
        return None
    scale = problem.noise**2 / (1.0 if found.is_known else found.noise**2)
    for other in solutions[1:]:
        rise, differs = (other.chi2 - best.chi2) * scale, known & differ(best.values, other.values, stderr)
        # Signs alone are no other minimum: those of the start stand.
        is_turned = not np.any(known & differ(np.abs(best.values), np.abs(other.values), stderr))
        if other.success and rise < NEARLY and np.any(differs) and not is_turned:
            return Rival(other.values, differs, rise)
    return None
