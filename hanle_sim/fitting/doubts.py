"""What is to be doubted of many curves: minima beside others, and devices that break the second law."""

import numpy as np

from ..physics.second_law import TOLERANCE
from ..runtime import double_precision
from .diagnostics import Fitted, Reason, Task
from .lockstep import CONVERGED, End
from .rivals import NEARLY, differ


def is_beyond(task: Task, which: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Whether devices break the second law, of some curves by their numbers, [curves], at z, [curves, n]."""
    if task.lockstep.margins is None or not which.size:
        return np.zeros(which.size, bool)
    with double_precision():
        return np.any(np.asarray(task.lockstep.margins(task.frame.values(z, np), task.given[which])) < -TOLERANCE, 1)


def variance_of(task: Task, end: End) -> np.ndarray:
    """What Σ r² is to be divided by, so that it counts noise variances, [curves]."""
    points, free = task.frame.x.size, end.z.shape[1] + end.linear.shape[1]
    return np.ones(len(end.z)) if task.sigma is not None else end.squares / max(points - free, 1)


def with_rivals(task: Task, kept: np.ndarray, found: Fitted, end: End, others: End, curve: np.ndarray) -> Fitted:
    """What was found of many curves, where other minima are nearly as good: what differs there is not determined.

    Arguments:
        task: the curves.
        kept: those that were fitted.
        found: of these, in the order of `end`.
        end: their best minima.
        others: further minima under the same weights, [others].
        curve: whose they are, [others].
    """
    n = end.z.shape[1]
    with np.errstate(invalid="ignore"):
        is_near = (others.squares - end.squares[curve] < NEARLY * variance_of(task, end)[curve]) & (others.status == CONVERGED)
    is_near &= ~is_beyond(task, kept[curve], others.z)
    values = task.frame.values(others.z, np)
    best = found.values[curve, :n]
    # Signs alone are no other minimum: many curves keep those of their starts.
    is_turned = np.all(np.abs(np.abs(values) - np.abs(best)) <= 1e-3 * np.abs(best), 1)
    differs = (is_near & ~is_turned)[:, None] & differ(best, values, found.stderr[curve, :n])
    is_open = np.zeros_like(found.identifiable)
    np.logical_or.at(is_open, curve, np.pad(differs, ((0, 0), (0, is_open.shape[1] - n))))
    return found._replace(
        identifiable=found.identifiable & ~is_open,
        stderr=np.where(is_open, np.nan, found.stderr),
        second_minimum=np.any(is_open, 1),
    )


def with_law(task: Task, kept: np.ndarray, found: Fitted, end: End) -> Fitted:
    """What was found of many curves, `kept` of all, where devices break the second law: nothing of these is determined.

    Their numbers stay, with the reason not to believe them.
    """
    is_lost = is_beyond(task, kept, end.z)
    hangs = is_lost[:, None] & (np.arange(found.values.shape[1]) < end.z.shape[1])
    return found._replace(
        identifiable=found.identifiable & ~hangs,
        stderr=np.where(hangs, np.nan, found.stderr),
        reason=np.where(is_lost & (found.reason == Reason.fitted), Reason.beyond_law, found.reason),
    )
