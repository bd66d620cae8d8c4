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
    values, places = _on_grid(function, box, _FIRST[n])
    peaks = np.flatnonzero(values == maximum_filter(values, 3, mode="nearest"))
    peaks = peaks[np.argsort(values.ravel()[peaks])[::-1]][:_PEAKS]
    starts = [places[:, k] for k in peaks] + ([] if start is None else [np.array(start)])
    steps = np.array([(high - low) / (_FIRST[n] - 1) for low, high in box])
    found = [_closed_in(function, box, place, steps) for place in starts]
    return max(found, key=lambda one: one[0])


def _closed_in(
    function: Callable[..., Any], box: Sequence[tuple[float, float]], place: np.ndarray, steps: np.ndarray
) -> tuple[float, tuple[float, ...]]:
    best, half = (-np.inf, tuple(map(float, place))), 1.5 * steps
    for _ in range(_ROUNDS):
        around = [(max(low, x - h), min(high, x + h)) for (low, high), x, h in zip(box, best[1], half, strict=True)]
        values, places = _on_grid(function, around, _POINTS[len(box)])
        k = int(np.argmax(values))
        best = max(best, (float(values.ravel()[k]), tuple(map(float, places[:, k]))), key=lambda one: one[0])
        half = _SHRINK * half
    return best


def _on_grid(function: Callable[..., Any], box: Sequence[tuple[float, float]], points: int) -> tuple[np.ndarray, np.ndarray]:
    """Values on an even grid, [points, ...], and the coordinates of all its points, [dimensions, points...]."""
    grid = np.meshgrid(*(np.linspace(low, high, points) for low, high in box), indexing="ij")
    values = np.asarray(function(*(one.ravel() for one in grid)), dtype=float).reshape(grid[0].shape)
    return np.where(np.isnan(values), -np.inf, values), np.stack([one.ravel() for one in grid])
