"""Curves of parallel and antiparallel magnets, made one."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..text import with_prefix
from .errors import DataError

#: Rows that a curve has at least.
FEWEST = 4


class Curve(NamedTuple):
    """A curve in SI: fields, signals, standard deviations, the rows of the table that they come from, direction, and what was done."""

    x: np.ndarray
    y: np.ndarray
    sigma: np.ndarray | None
    rows: np.ndarray
    direction: str | None
    notes: tuple[str, ...]

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
    sign = -1.0 if combine == "difference" else 1.0
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
        notes = (
            *notes,
            f"y2 was interpolated to the {len(inside)} fields of y" + (f", {beyond} of y lie outside and were left out" if beyond else ""),
        )
        one = one.at(inside)
        fields, inverse, counts = np.unique(other.x, return_inverse=True, return_counts=True)
        y = np.interp(one.x, fields, np.bincount(inverse, other.y) / counts)
        # Between two points the errors' weighted mean, rather than their root of squares: points between the same two share their errors.
        sigma = None if other.sigma is None else np.interp(one.x, fields, np.sqrt(np.bincount(inverse, other.sigma**2)) / counts)
        other = Curve(one.x, y, sigma, one.rows, one.direction, ())
    require_enough(len(one.x), name, "common to y and y2", notes)
    sigma = None if one.sigma is None or other.sigma is None else np.hypot(one.sigma, other.sigma) / 2
    return one._replace(y=(one.y + sign * other.y) / 2, sigma=sigma, notes=notes)
