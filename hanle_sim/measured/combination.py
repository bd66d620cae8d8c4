"""Curves of parallel and antiparallel magnets, made one."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..text import with_prefix
from .errors import DataError

#: Rows that a curve has at least.
FEWEST = 4
#: Points that are worth less than this share of one are said to be.
_COUNTED = 0.95


class Curve(NamedTuple):
    """A curve in SI: fields, signals, standard deviations, the rows of the table that they come from, direction, and what was done.

    Of `worth` says `Measured` more.
    """

    x: np.ndarray
    y: np.ndarray
    sigma: np.ndarray | None
    rows: np.ndarray
    direction: str | None
    notes: tuple[str, ...]
    worth: float = 1.0

    def at(self, points: np.ndarray, **changes: Any) -> "Curve":
        """Some of its points."""
        sigma = None if self.sigma is None else self.sigma[points]
        return self._replace(x=self.x[points], y=self.y[points], sigma=sigma, rows=self.rows[points], **changes)


def require_enough(count: int, where: str, what: str, notes: Sequence[str]) -> None:
    """Raise DataError where there are fewer rows than a curve has; the last of the notes says why."""
    if count < FEWEST:
        reason = f" ({notes[-1]})" if notes else ""
        rows = "row" if count == 1 else "rows"
        raise DataError(f"{where}: {count} {rows} {what}{reason}: at least {FEWEST} are needed: give another file or other columns")


def combined(ones: list[Curve], others: list[Curve], combine: str, name: str, same: bool) -> list[Curve]:
    """The curves of y and y2 of the same direction, half their difference or sum.

    Arguments:
        ones, others: curves of y and of y2.
        combine: "difference" or "mean".
        name: of the file or files.
        same: whether rows of both are the same points; otherwise y2 is interpolated to the fields of y.

    Raises:
        DataError: no direction, or no fields, in common.
    """
    partners = {curve.direction: curve for curve in others}
    found = [_pair(one, partners[one.direction], combine, name, same) for one in ones if one.direction in partners]
    if not found:
        raise DataError(f'{name}: combine = "{combine}": y and y2 have no direction in common: combine them as "none"')
    return found


def _pair(one: Curve, other: Curve, combine: str, name: str, same: bool) -> Curve:
    sign, worth = -1.0 if combine == "difference" else 1.0, 1.0
    notes = tuple(dict.fromkeys((*one.notes, *other.notes)))
    if same:
        _, first, second = np.intersect1d(one.rows, other.rows, return_indices=True)
        order = np.argsort(first)
        one, other = one.at(first[order]), other.at(second[order])
    if not same and not np.array_equal(one.x, other.x):
        lowest, highest = other.x.min(), other.x.max()
        if one.x.min() > highest or one.x.max() < lowest:
            spans = [f"from {with_prefix(curve.x.min(), 'T')} to {with_prefix(curve.x.max(), 'T')}" for curve in (one, other)]
            raise DataError(
                f'{name}: combine = "{combine}": y goes {spans[0]} and y2 {spans[1]}: their fields must overlap: combine them as "none"'
            )
        inside = np.flatnonzero((one.x >= lowest) & (one.x <= highest))
        beyond = len(one.x) - len(inside)
        one = one.at(inside)
        other, worth = _interpolated(other, one)
        left_out = f", {beyond} of y lie outside and were left out" if beyond else ""
        counted = f"; neighbours share errors: the {len(inside)} points count as {worth * len(inside):.0f}" if worth < _COUNTED else ""
        notes = (*notes, f"y2 was interpolated to the {len(inside)} fields of y{left_out}{counted}")
    require_enough(len(one.x), name, "common to y and y2", notes)
    sigma = None if one.sigma is None or other.sigma is None else np.hypot(one.sigma, other.sigma) / 2
    return one._replace(y=(one.y + sign * other.y) / 2, sigma=sigma, notes=notes, worth=worth)


def _interpolated(other: Curve, one: Curve) -> tuple[Curve, float]:
    """A curve on straight lines between its points, at the fields of another, and what a point of both together is worth.

    With y2' = M y2 an average over many points of (y ± y2')/2 has the variance (Σ_i σ_i² + Σ_j σ_j² (Σ_i M_ij)²)/4n², while the points'
    own variances would give (Σ_i σ_i² + Σ_ij M_ij² σ_j²)/4n²: the ratio is what a point is worth, at most 1.
    """
    fields, inverse, counts = np.unique(other.x, return_inverse=True, return_counts=True)
    require_enough(fields.size, "y2", "at fields that differ", other.notes)
    variance = np.bincount(inverse, np.ones(other.x.size) if other.sigma is None else other.sigma**2) / counts**2
    y = np.bincount(inverse, other.y) / counts
    left = np.clip(np.searchsorted(fields, one.x, side="right") - 1, 0, fields.size - 2)
    share = (one.x - fields[left]) / (fields[left + 1] - fields[left])
    own = (1 - share) ** 2 * variance[left] + share**2 * variance[left + 1]
    columns = np.bincount(left, 1 - share, fields.size) + np.bincount(left + 1, share, fields.size)
    alone = one.x.size if one.sigma is None or other.sigma is None else np.sum(one.sigma**2)
    worth = (alone + np.sum(own)) / (alone + np.sum(variance * columns**2))
    sigma = None if other.sigma is None else np.sqrt(own)
    value = (1 - share) * y[left] + share * y[left + 1]
    return Curve(one.x, value, sigma, one.rows, one.direction, ()), min(float(worth), 1.0)
