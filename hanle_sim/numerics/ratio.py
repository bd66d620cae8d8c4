"""Quotients whose denominator may be zero, exactly or up to rounding."""

import numpy as np

from .types import Any
from .vectors import array_module

#: Rounding error of a sum of cancelling terms, in units of the last place: a smaller sum has no significant digit.
_PLACES = 64


def ratio(numerator: Any, denominator: Any, *terms: Any) -> Any:
    """numerator/denominator, and NaN where the denominator is within the rounding error of the terms it is the sum of.

    Arguments:
        numerator, denominator: numbers or arrays of one shape.
        terms: what the denominator is the sum of; only their sizes count.
    """
    xp = array_module(numerator, denominator, *terms)
    denominator = xp.asarray(denominator, dtype=None if hasattr(denominator, "dtype") else float)
    smallest = _PLACES * np.finfo(denominator.dtype).eps * sum(abs(term) for term in terms)
    exists = abs(denominator) > smallest
    return xp.where(exists, numerator / xp.where(exists, denominator, 1.0), xp.nan)[()]
