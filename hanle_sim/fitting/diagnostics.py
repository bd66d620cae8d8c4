"""What is found of many curves at once: errors, and what is to be said of each curve."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import NamedTuple

import numpy as np

from .lockstep import LOGARITHMIC, NO_VALUE, RUNNING, End, Frame, Lockstep
from .points import Points
from .solve import Parameter
from .statistics import _CORRELATED, criteria, deviations, structure
from .uncertainty import _ILL, _LARGE

#: So near to a bound of ln θ, or of θ over its size, a parameter is at it.
_WIDTH = 1e-4
#: Curves with relative errors above this are looked at beside their solutions.
_CHECKED = 0.1
#: By so much Δχ² one standard error away may differ from 1: more than where a profile is made of what differs.
_BENT = 0.5
#: Of parameters with such a correlation to one whose interval is not to be believed it is neither.
_TIED = 0.5
#: How many points of a curve are looked at for copies.
_LOOKED_AT = 24


class Reason(IntEnum):
    """Why a curve has no numbers, or none to be believed."""

    fitted = 0
    not_finite = 1
    constant = 2
    cannot_exist = 3
    no_value = 4
    not_converged = 5
    beyond_law = 6


#: What the codes say in a table.
MEANINGS = {
    Reason.fitted: "fitted",
    Reason.not_finite: "a point is no number, or its sigma is not positive",
    Reason.constant: "all points are alike",
    Reason.cannot_exist: "a start or a number of the curve is not allowed",
    Reason.no_value: "the model has no value at the start",
    Reason.not_converged: "not converged",
    Reason.beyond_law: "the device breaks the second law",
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
        start: values to start from [SI], [curves, n].
        further: how many further starts curves have whose residuals leave a doubt.
        reason: why a curve can't be fitted, [curves].
    """

    lockstep: Lockstep
    parameters: Sequence[Parameter]
    linear: Sequence[str]
    frame: Frame
    y: np.ndarray
    sigma: np.ndarray | None
    given: np.ndarray
    start: np.ndarray
    further: int
    reason: np.ndarray


class Fitted(NamedTuple):
    """What was found of many curves; the linear parameters after the others, NaN for what a curve has not.

    Attributes:
        values, stderr: [curves, all]; intervals of 68 % are as wide as `factor` standard errors to each side, [curves].
        factor: of a Gaussian where σ is known, else Student's t.
        at_bound, identifiable: whether a parameter ended at a bound, and whether the data determine it, as far as can be told without a
            profile, [curves, all].
        second_minimum: whether another minimum is nearly as good, where parameters differ beyond their errors, [curves].
        wants_profile: whether an error is so large that a profile would give another interval, [curves].
        ssr, effective, dof, neighbours, aicc: Σ (y − model)²; how many independent points there are; degrees of freedom; correlation of
            neighbouring residuals; the criterion, [curves].
        reason: code, [curves].
    """

    values: np.ndarray
    stderr: np.ndarray
    factor: np.ndarray
    at_bound: np.ndarray
    identifiable: np.ndarray
    second_minimum: np.ndarray
    wants_profile: np.ndarray
    ssr: np.ndarray
    effective: np.ndarray
    dof: np.ndarray
    neighbours: np.ndarray
    aicc: np.ndarray
    reason: np.ndarray


def in_order(x: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Points of many curves in the order of the fields x, [curves, points]."""
    return r if np.all(x[1:] >= x[:-1]) else r[:, np.argsort(x, kind="stable")]


def neighbours_of(r: np.ndarray) -> np.ndarray:
    """Correlation of neighbouring residuals, [curves]."""
    r = r - np.mean(r, 1, keepdims=True)
    power = np.einsum("cp,cp->c", r, r)
    return np.einsum("cp,cp->c", r[:, 1:], r[:, :-1]) / np.where(power > 0, power, 1.0)


def _effective(x: np.ndarray, y: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Effective number of points and correlation of neighbouring residuals, [curves]: `structure`, of those curves alone that have any."""
    order = np.argsort(x, kind="stable")
    effective, neighbours = np.full(y.shape[0], float(x.size)), neighbours_of(in_order(x, r))
    # A few points tell curves that may be mirrored or interpolated, since half of all points are then.
    rank = np.linspace(1, x.size - 2, min(_LOOKED_AT, x.size - 2)).astype(int)
    before, inner, after = order[rank - 1], order[rank], order[rank + 1]
    partner = order[np.minimum(np.searchsorted(x[order], -x[inner]), x.size - 1)]
    is_mirrored = np.any((y[:, partner] == y[:, inner]) & (x[partner] == -x[inner]) & (x[inner] != 0), 1)
    share = (x[inner] - x[before]) / np.where(x[after] > x[before], x[after] - x[before], np.inf)
    bend = y[:, inner] - y[:, before] - share * (y[:, after] - y[:, before])
    is_straight = np.any(np.abs(bend) <= 1e-9 * np.ptp(y, 1)[:, None], 1)
    for k in np.flatnonzero(is_mirrored | is_straight | (neighbours > _CORRELATED / np.sqrt(x.size))):
        effective[k] = structure(Points(x, y[k], None, ""), r[k]).effective
    return effective, neighbours


def _bent(task: Task, end: End, variance: np.ndarray, squares_at: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Where χ² is no parabola one standard error away, as `is_bent` has it of one curve, [curves, n].

    Arguments:
        task: what was fitted.
        end: the curves.
        variance: of a point, [curves].
        squares_at: Σ r² of the curves at other values, [curves, n] → [curves].
    """
    n, covariance, frame = end.z.shape[1], _covariance(end, variance), task.frame
    found = np.zeros(end.z.shape, bool)
    for k in range(n):
        step = covariance[:, :n, k] / np.sqrt(covariance[:, k, k])[:, None]
        for z in (end.z - step, end.z + step):
            is_inside = np.all((z > frame.low) & (z < frame.high), 1)
            rise = (squares_at(np.where(is_inside[:, None], z, end.z)) - end.squares) / variance
            found[:, k] |= ~(is_inside & (np.abs(rise - 1) < _BENT))
    return found


def _covariance(end: End, variance: np.ndarray) -> np.ndarray:
    """(RᵀR)⁻¹ times the variance of a point, the linear parameters last, [curves, all, all]."""
    size = np.linalg.norm(end.triangle, axis=1)
    size = np.where(size > 0, size, 1.0)
    inverse = np.linalg.pinv(end.triangle / size[:, None, :]) / size[:, :, None]
    return np.roll(inverse @ inverse.transpose(0, 2, 1), end.z.shape[1], (1, 2)) * variance[:, None, None]


def diagnosed(
    task: Task, y: np.ndarray, end: End, weight: np.ndarray, squares_at: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> Fitted:
    """Errors and diagnostics of the curves that were fitted, as `uncertainty` has them of one.

    Arguments:
        task: what was fitted.
        y: the signals, [curves, points].
        end: how the curves ended.
        weight: of their points, [curves, points].
        squares_at: Σ r² of some curves, by their numbers, at other values.
    """
    curves, n, m = end.z.shape[0], end.z.shape[1], end.linear.shape[1]
    points, known = task.frame.x.size, task.sigma is not None
    effective, neighbours = _effective(task.frame.x, y, end.residual)
    dof, squares = np.maximum(effective - (n + m), 1.0), end.squares
    variance = np.ones(curves) if known else squares / max(points - n - m, 1)
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
    values, slopes = task.frame.values(end.z, np), task.frame.slopes(end.z)
    stderr = error * np.concatenate([np.abs(slopes), np.ones((curves, m))], 1)
    is_log, scales = task.frame.kind == LOGARITHMIC, np.array([one.scale for one in task.parameters])
    low, high = np.array([(one.low, one.high) for one in task.parameters]).T
    with np.errstate(divide="ignore", invalid="ignore"):
        margins = [np.where(is_log, np.log(end[1] / end[0]), (end[1] - end[0]) / scales) for end in ((low, values), (values, high))]
    at_bound = np.zeros((curves, n + m), bool)
    at_bound[:, :n] = (margins[0] < _WIDTH) | (margins[1] < _WIDTH)
    share = stderr[:, :n] / np.where(is_log, np.abs(values), scales)
    identifiable = np.isfinite(stderr) & ~at_bound
    doubted = ~(share < _LARGE)
    looked_at = np.flatnonzero(np.any(share > _CHECKED, 1) & ~np.any(lost | is_flat, 1) & np.all(np.isfinite(error), 1))
    some, worth = End(*(one[looked_at] for one in end)), (variance * points / effective)[looked_at]
    if looked_at.size:
        doubted[looked_at] |= _bent(task, some, worth, partial(squares_at, looked_at))
        covariance = _covariance(some, worth)
        size = np.sqrt(np.einsum("cii->ci", covariance))
        tied = np.abs(covariance[:, :, :n]) > _TIED * size[:, :, None] * size[:, None, :n]
        identifiable[looked_at] &= ~np.any(tied & doubted[looked_at][:, None, :], 2)
    identifiable[:, :n] &= ~doubted
    wants_profile = np.any(at_bound[:, :n] | doubted, 1) | np.any(lost, 1)
    reason = np.where(end.status == NO_VALUE, Reason.no_value, np.where(end.status == RUNNING, Reason.not_converged, Reason.fitted))
    chi2 = squares if known else squares * np.var(y, 1)
    return Fitted(
        values=np.concatenate([values, end.linear], 1),
        stderr=np.where(identifiable, stderr, np.nan),
        factor=deviations(known, dof)[0],
        at_bound=at_bound,
        identifiable=identifiable,
        second_minimum=np.zeros(curves, bool),
        wants_profile=wants_profile,
        ssr=np.sum((end.residual / weight) ** 2, 1),
        effective=effective,
        dof=dof,
        neighbours=neighbours,
        aicc=criteria(chi2 * effective / points, effective, n + m, known)["aicc"],
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
