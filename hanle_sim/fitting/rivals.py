"""Another minimum nearly as good as the best, which leaves open what differs there: of one fit, and of many curves."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .diagnostics import Fitted, Task
from .lockstep import CONVERGED, End
from .solve import Problem, Solution
from .uncertainty import Uncertainty

#: Minima whose χ² differ by less, in noise variances, but whose parameters by more than so many standard errors, are told.
_NEARLY, _APART = 4.0, 3.0


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


def _differs(best: np.ndarray, other: np.ndarray, stderr: np.ndarray) -> np.ndarray:
    """Which parameters differ beyond their errors, [..., n]; none where both are the same but for signs."""
    with np.errstate(invalid="ignore"):
        is_far = np.abs(other - best) > _APART * np.maximum(stderr, 1e-6 * np.abs(best))
        is_turned = np.all(np.abs(np.abs(other) - np.abs(best)) <= 1e-3 * np.abs(best), -1, keepdims=True)
    return is_far & ~is_turned


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
        rise, differs = (other.chi2 - best.chi2) * scale, known & _differs(best.values, other.values, stderr)
        if other.success and rise < _NEARLY and np.any(differs):
            return Rival(other.values, differs, rise)
    return None


def with_rivals(task: Task, found: Fitted, end: End, others: End, curve: np.ndarray) -> Fitted:
    """What was found of many curves, where other minima are nearly as good: what differs there is not determined.

    Arguments:
        task: the curves.
        found: of those that were fitted, in the order of `end`.
        end: their best minima.
        others: further minima under the same weights, [others].
        curve: whose they are, [others].
    """
    n = end.z.shape[1]
    variance = np.ones(len(end.z)) if task.sigma is not None else end.squares / max(task.frame.x.size - n - end.linear.shape[1], 1)
    with np.errstate(invalid="ignore"):
        is_near = (others.squares - end.squares[curve] < _NEARLY * variance[curve]) & (others.status == CONVERGED)
    values = task.frame.values(others.z, np)
    differs = is_near[:, None] & _differs(found.values[curve, :n], values, found.stderr[curve, :n])
    is_open = np.zeros_like(found.identifiable)
    np.logical_or.at(is_open, curve, np.pad(differs, ((0, 0), (0, is_open.shape[1] - n))))
    return found._replace(
        identifiable=found.identifiable & ~is_open,
        stderr=np.where(is_open, np.nan, found.stderr),
        second_minimum=np.any(is_open, 1),
    )
