"""What a fit's residuals say: noise, the effective number of points, their structure, and the criteria by which models are compared."""

import math
from typing import Any, NamedTuple

import numpy as np

from .points import Points

#: Beyond so many standard errors a correlation of neighbouring residuals is none of chance.
_CORRELATED = 4.0
#: A point is an outlier so many times farther from its neighbours than the usual one, if no more than this share of the points is.
_ALONE, _FEW = 20.0, 0.05
#: From this share on, points count as copies of others.
_SHARE = 0.5


class Structure(NamedTuple):
    """Structure of a curve's residuals.

    Attributes:
        points, effective: how many points there are, and how many independent ones they are worth.
        neighbours: correlation of neighbouring residuals.
        warnings: what the points are, in sentences.
    """

    points: int
    effective: float
    neighbours: float
    warnings: tuple[str, ...]


def structure(points: Points, residual: np.ndarray) -> Structure:
    """Whether points are mirrored or interpolated, and how their residuals, in the order of the fields, hang together."""
    order = np.argsort(points.x, kind="stable")
    x, y, r = points.x[order], points.y[order], residual[order]
    warnings, worth, n = [], points.worth, x.size
    if _mirrored(x, y) > _SHARE:
        worth /= 2
        warnings.append(f"{points.name}: the values at +B and -B are the same numbers: the curve was mirrored, and half its points count")
    steps = np.diff(y) / np.where(np.diff(x) == 0, np.inf, np.diff(x))
    size = np.max(np.abs(steps), initial=0.0)
    apart = np.diff(x) > 0  # points at one field lie on no line
    straight = float(np.mean((np.abs(np.diff(steps)) <= 1e-9 * size) & apart[1:] & apart[:-1])) if size and n > 4 else 0.0
    if straight > _SHARE:
        worth *= 1 - straight
        warnings.append(f"{points.name}: {straight:.0%} of the points lie on straight lines between others: they were interpolated")
    neighbours = _correlation(r, 1)
    if worth == points.worth and neighbours > _CORRELATED / math.sqrt(n):
        worth = min(worth, 1 / correlation_time(r))
        if worth < 0.8 * points.worth:
            warnings.append(
                f"{points.name}: neighbouring residuals are alike (correlation {neighbours:.2f}): the data are smoothed or oversampled, "
                f"or the model misses their shape; they count as {max(worth * n, 1):.0f} points of {n}"
            )
    return Structure(n, max(worth * n, 1.0), neighbours, tuple(warnings))


def _mirrored(x: np.ndarray, y: np.ndarray) -> float:
    """Share of the points away from B = 0 whose value at −B is the same number."""
    by_field = {float(field): float(value) for field, value in zip(x, y, strict=True) if field}
    return float(np.mean([by_field.get(-field) == value for field, value in by_field.items()])) if len(by_field) > 4 else 0.0


def _correlation(r: np.ndarray, lag: int) -> float:
    r = r - np.mean(r)
    power = float(np.sum(r**2))
    return float(np.sum(r[lag:] * r[:-lag])) / power if power > 0 and r.size > lag else 0.0


def correlation_time(r: np.ndarray) -> float:
    """Integrated autocorrelation time, 1 + 2 Σ ρ_k up to the first pair of correlations whose sum isn't positive (Geyer)."""
    total = 1.0
    for lag in range(1, r.size // 2, 2):
        pair = _correlation(r, lag) + _correlation(r, lag + 1)
        if pair <= 0:
            break
        total += 2 * pair
    return max(total, 1.0)


def outliers(points: Points) -> np.ndarray:
    """Which points stand alone, far from the median of the four beside them in field, [points]."""
    order = np.argsort(points.x, kind="stable")
    y = points.y[order]
    if y.size < 9:
        return np.zeros(y.size, dtype=bool)
    beside = np.stack([np.roll(np.pad(y, 2, mode="reflect"), shift)[2:-2] for shift in (-2, -1, 1, 2)])
    off = np.abs(y - np.median(beside, 0))
    found = np.zeros(y.size, dtype=bool)
    # The peak of a narrow line is far from its neighbours as well, but they are far from each other too.
    found[order] = (off > _ALONE * max(float(np.median(off)), 1e-300)) & (off > 3 * np.ptp(beside, 0))
    return found if np.mean(found) < _FEW else np.zeros(y.size, dtype=bool)


#: Probabilities of the intervals: that of one standard deviation, and 95 %.
_WITHIN = (0.682689492137086, 0.95)


def deviations(is_known: bool, dof: Any) -> tuple[Any, Any]:
    """How many standard errors the intervals of 68 and of 95 % reach: Student's t of so many degrees where σ is that of the residuals."""
    from scipy.special import ndtri, stdtrit  # SciPy's distributions take a quarter of a second to import

    one, two = (ndtri(p) + 0.0 * dof if is_known else stdtrit(dof, p) for p in ((1 + within) / 2 for within in _WITHIN))
    return one, two


def criteria(chi2: Any, n: Any, parameters: int, is_known: bool) -> dict[str, Any]:
    """AICc and BIC, of known noise or of noise that is a parameter as well.

    Arguments:
        chi2: Σ r² over σ², or Σ r² where σ is not known; of many fits an array.
        n: effective number of points, likewise.
        parameters: how many were fitted.
        is_known: whether σ is known.
    """
    k = parameters + (not is_known)
    likelihood = chi2 if is_known else n * np.log(np.maximum(chi2, 1e-300) / n)
    corrected = np.where(n > k + 1, 2 * k * (k + 1) / np.maximum(n - k - 1, 1e-300), np.inf)[()]
    return {"aicc": likelihood + 2 * k + corrected, "bic": likelihood + k * np.log(n)}
