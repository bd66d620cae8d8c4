"""What is found of many curves at once: errors, and what is to be said of each curve."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from .lockstep import NO_VALUE, RUNNING, End, Frame, Lockstep, State
from .points import Points
from .solve import Parameter
from .statistics import _CORRELATED, _SHARE, criteria, structure
from .uncertainty import _ILL, _LARGE, _UNKNOWN, _WITHIN

#: So near to a bound of ln θ, or of θ over its size, a parameter is at it.
_WIDTH = 1e-4


class Reason(IntEnum):
    """Why a curve has no numbers, or none to be believed."""

    fitted = 0
    not_finite = 1
    constant = 2
    cannot_exist = 3
    no_value = 4
    not_converged = 5


#: What the codes say in a table.
MEANINGS = {
    Reason.fitted: "fitted",
    Reason.not_finite: "a point is no number, or its sigma is not positive",
    Reason.constant: "all points are alike",
    Reason.cannot_exist: "a start or a number of the curve is not allowed",
    Reason.no_value: "the model has no value at the start",
    Reason.not_converged: "not converged",
}


@dataclass(frozen=True)
class Task:
    """Curves to fit.

    Attributes:
        lockstep: the compiled model.
        parameters: of every curve, the same bounds for all.
        linear: names of the linear parameters.
        frame: what the curves share.
        y, sigma: signals, and their standard errors or None, [curves, points].
        given: numbers of the model that belong to each curve, [curves, numbers].
        starts: values to start from [SI], the best guess first, [starts, curves, n].
        reason: why a curve can't be fitted, [curves].
    """

    lockstep: Lockstep
    parameters: Sequence[Parameter]
    linear: Sequence[str]
    frame: Frame
    y: np.ndarray
    sigma: np.ndarray | None
    given: np.ndarray
    starts: np.ndarray
    reason: np.ndarray


class Fitted(NamedTuple):
    """What was found of many curves; the linear parameters after the others, NaN for what a curve has not.

    Attributes:
        values, stderr: [curves, all]; intervals of 68 % are as wide as `factor` standard errors to each side, [curves].
        factor: of a Gaussian where σ is known, else Student's t.
        at_bound, identifiable: whether a parameter ended at a bound, and whether the data determine it, [curves, all].
        wants_profile: whether an error is so large that a profile would give another interval, [curves].
        model: in y's unit, [curves, points].
        ssr, effective, dof, neighbours, aicc: Σ (y − model)²; how many independent points there are; degrees of freedom; correlation of
            neighbouring residuals; the criterion, [curves].
        reason: code, [curves].
    """

    values: np.ndarray
    stderr: np.ndarray
    factor: np.ndarray
    at_bound: np.ndarray
    identifiable: np.ndarray
    wants_profile: np.ndarray
    model: np.ndarray
    ssr: np.ndarray
    effective: np.ndarray
    dof: np.ndarray
    neighbours: np.ndarray
    aicc: np.ndarray
    reason: np.ndarray


def neighbours_of(r: np.ndarray) -> np.ndarray:
    """Correlation of neighbouring residuals, [curves]."""
    r = r - np.mean(r, 1, keepdims=True)
    power = np.sum(r**2, 1)
    return np.sum(r[:, 1:] * r[:, :-1], 1) / np.where(power > 0, power, 1.0)


def _effective(x: np.ndarray, y: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Effective number of points and correlation of neighbouring residuals, [curves]: `structure`, of those curves alone that have any."""
    order = np.argsort(x, kind="stable")
    x, y, r = x[order], y[:, order], r[:, order]
    effective, neighbours = np.full(y.shape[0], float(x.size)), neighbours_of(r)
    partner = np.minimum(np.searchsorted(x, -x), x.size - 1)
    has_one = (x[partner] == -x) & (x != 0)
    is_mirrored = np.sum((y[:, partner] == y) & has_one, 1) > _SHARE * max(np.sum(has_one), 1)
    steps = np.diff(y) / np.where(np.diff(x) == 0, np.inf, np.diff(x))
    is_straight = np.mean(np.abs(np.diff(steps)) <= 1e-9 * np.max(np.abs(steps), 1, keepdims=True), 1) > _SHARE
    for k in np.flatnonzero(is_mirrored | is_straight | (neighbours > _CORRELATED / np.sqrt(x.size))):
        effective[k] = structure(Points(x, y[k], None, ""), r[k]).effective
    return effective, neighbours


def diagnosed(task: Task, kept: np.ndarray, state: State, end: End, weight: np.ndarray) -> Fitted:
    """Errors and diagnostics of the curves that were fitted, as `uncertainty` has them of one."""
    from scipy.stats import norm, t

    curves, n, m = state.z.shape[0], state.z.shape[1], end.linear.shape[1]
    points, known = task.frame.x.size, task.sigma is not None
    effective, neighbours = _effective(task.frame.x, task.y[kept], end.residual)
    dof = np.maximum(effective - (n + m), 1.0)
    variance = np.ones(curves) if known else state.cost / max(points - n - m, 1)
    R = np.where(np.isfinite(end.triangle), end.triangle, 0.0)
    scale = np.linalg.norm(R, axis=1)
    is_flat = scale == 0
    scale = np.where(is_flat, 1.0, scale)
    _, singular, Vt = np.linalg.svd(R / scale[:, None, :])
    lost = singular < np.maximum(singular[:, :1], 1e-300) / _ILL
    inverse = np.sum(Vt**2 / np.where(lost, np.inf, singular)[:, :, None] ** 2, 1)
    involved = np.any(lost[:, :, None] & (np.abs(Vt) > 1e-3), 1) | is_flat
    error = np.sqrt(inverse * (variance * points / effective)[:, None]) / scale
    error = np.roll(np.where(involved, np.inf, error), n, 1)  # the linear ones last
    values, slopes = task.frame.values(state.z, np), np.ones((curves, n + m)) * np.append(task.frame.size, np.ones(m))
    slopes[:, :n] = np.where(task.frame.is_log, values, slopes[:, :n])
    stderr, values = error * np.abs(slopes), np.concatenate([values, end.linear], 1)
    at_bound = np.zeros((curves, n + m), bool)
    at_bound[:, :n] = (state.z - task.frame.low < _WIDTH) | (task.frame.high - state.z < _WIDTH)
    sizes = np.where(task.frame.is_log | (values[:, :n] != 0), np.abs(values[:, :n]), task.frame.size)
    identifiable = np.isfinite(stderr) & ~at_bound
    identifiable[:, :n] &= stderr[:, :n] < _UNKNOWN * sizes
    reason = np.where(state.status == NO_VALUE, Reason.no_value, np.where(state.status == RUNNING, Reason.not_converged, Reason.fitted))
    chi2 = state.cost if known else state.cost * np.var(task.y[kept], 1)
    aicc = [criteria(one * worth / points, worth, n + m, known)["aicc"] for one, worth in zip(chi2, effective, strict=True)]
    return Fitted(
        values=values,
        stderr=np.where(identifiable, stderr, np.nan),
        factor=np.broadcast_to((norm if known else t(dof)).ppf((1 + _WITHIN[0]) / 2), curves),
        at_bound=at_bound,
        identifiable=identifiable,
        wants_profile=np.any(at_bound | ~(error < _LARGE), 1, where=np.arange(n + m) < n) | np.any(lost, 1),
        model=task.y[kept] - end.residual / weight,
        ssr=np.sum((end.residual / weight) ** 2, 1),
        effective=effective,
        dof=dof,
        neighbours=neighbours,
        aicc=np.array(aicc),
        reason=reason,
    )


def among_all(task: Task, kept: np.ndarray, found: Fitted) -> Fitted:
    """The numbers of the curves that were fitted, among all."""
    has_numbers = found.reason != Reason.no_value

    def whole_of(one: np.ndarray) -> np.ndarray:
        whole = (
            np.zeros((task.y.shape[0], *one.shape[1:]), one.dtype)
            if one.dtype == bool
            else np.full((task.y.shape[0], *one.shape[1:]), np.nan)
        )
        whole[kept[has_numbers]] = one[has_numbers]
        return whole

    reason = task.reason.copy()
    reason[kept] = found.reason
    return Fitted._make([*(whole_of(one) for one in found[:-1]), reason])
