"""Start values of Lorentzians, from a scan of their widths: everything else in them is linear."""

import numpy as np

from .projection import Curve, projected
from .shapes import Lorentzians

#: Widths that are tried, in shares of the largest |B|, and how many.
_NARROWEST, _WIDEST, _TRIED = 1 / 300, 3.0, 40


def lorentzian_times(curve: Curve, shape: Lorentzians) -> np.ndarray:
    """Times of one or two Lorentzians whose squares are least on a grid, field offset zero, [parameters]."""
    largest = float(np.max(np.abs(curve.points.x))) or 1.0
    closest = np.min(np.diff(np.unique(np.abs(curve.points.x))), initial=largest)
    widths = np.geomspace(max(_NARROWEST * largest, closest / 2), _WIDEST * largest, _TRIED)
    times = 1 / (shape.per_tesla * widths)
    rest = [0.0] * (len(shape.names) - shape.count)
    if shape.count == 1:
        tried = [[tau, *rest] for tau in times]
    else:
        tried = [[long, short, *rest] for k, long in enumerate(times[::2]) for short in times[::2][k + 1 :]]
    sums = [float(np.sum(projected(curve, np.array(values)).residual ** 2)) for values in tried]
    return np.array(tried[int(np.argmin(sums))])
