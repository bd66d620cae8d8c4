"""What is to be doubted of many curves: minima beside others, and devices that break the second law."""

import numpy as np

from ..physics.second_law import TOLERANCE
from ..runtime import double_precision
from .diagnostics import Fitted, Reason, Task
from .lockstep import CONVERGED, End
from .rivals import NEARLY, differ


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
        is_near = (others.squares - end.squares[curve] < NEARLY * variance[curve]) & (others.status == CONVERGED)
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


def with_law(task: Task, kept: np.ndarray, found: Fitted) -> Fitted:
    """What was found of many curves, `kept` of all, where devices break the second law: nothing of these is determined.

    Their numbers stay, with the reason not to believe them.
    """
    n = len(task.parameters)
    if task.lockstep.margins is None or not kept.size:
        return found
    with double_precision():
        is_beyond = np.any(np.asarray(task.lockstep.margins(found.values[:, :n], task.given[kept])) < -TOLERANCE, 1)
    hangs = is_beyond[:, None] & (np.arange(found.values.shape[1]) < n)
    return found._replace(
        identifiable=found.identifiable & ~hangs,
        stderr=np.where(hangs, np.nan, found.stderr),
        reason=np.where(is_beyond & (found.reason == Reason.fitted), Reason.beyond_law, found.reason),
    )
