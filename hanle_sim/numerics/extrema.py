"""Largest values of smooth functions over a box: on a grid, and from there to rounding around every peak that may be the highest."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.ndimage import maximum_filter

#: Points of the first grid along each axis, in one and in two dimensions; of those that close in on a peak; and how often these do.
_FIRST, _POINTS, _ROUNDS = {1: 2001, 2: 61}, {1: 41, 2: 20}, 16
# Factor by which the box around a peak shrinks each time, and how many peaks are followed.
_SHRINK, _PEAKS = 0.3, 6


def largest(
    function: Callable[..., Any], box: Sequence[tuple[float, float]], start: Sequence[float] | None = None
) -> tuple[float, tuple[float, ...]]:
    """The largest value of a function over a box of one or two dimensions, edges included, and its place; NaN is never the largest.

    Arguments:
        function: the coordinates [n], one array a dimension → values [n].
        box: (low, high) of each coordinate.
        start: a place to close in from besides the grid's highest peaks.
    """
    n = len(box)
    places = _grid(box, _FIRST[n])
    values = _values(function, places)
    peaks = np.flatnonzero(values == maximum_filter(values.reshape((_FIRST[n],) * n), 3, mode="nearest").ravel())
    peaks = peaks[np.argsort(values[peaks])[::-1]][:_PEAKS]
    at = np.array([places[:, k] for k in peaks] + ([] if start is None else [start]))
    best, half = np.full(len(at), -np.inf), 1.5 * np.array([(high - low) / (_FIRST[n] - 1) for low, high in box])
    low, high = np.array(box).T
    # Around all peaks at once: as few calls as there are rounds.
    for _ in range(_ROUNDS):
        around = zip(np.maximum(low, at - half), np.minimum(high, at + half), strict=True)
        grids = [_grid(list(zip(*ends, strict=True)), _POINTS[n]) for ends in around]
        values = _values(function, np.concatenate(grids, 1)).reshape(len(at), -1)
        for peak, (found, grid) in enumerate(zip(values, grids, strict=True)):
            k = int(np.argmax(found))
            if found[k] > best[peak]:
                best[peak], at[peak] = found[k], grid[:, k]
        half = _SHRINK * half
    highest = int(np.argmax(best))
    return float(best[highest]), tuple(map(float, at[highest]))


def _grid(box: Sequence[tuple[float, float]], points: int) -> np.ndarray:
    """The points of an even grid, [dimensions, points...]."""
    return np.stack([one.ravel() for one in np.meshgrid(*(np.linspace(low, high, points) for low, high in box), indexing="ij")])


def _values(function: Callable[..., Any], places: np.ndarray) -> np.ndarray:
    """Values at some places, [dimensions, n], those that are NaN below all others, [n]."""
    values = np.asarray(function(*places), dtype=float)
    return np.where(np.isnan(values), -np.inf, values)
