"""One parameter of a fit: its value and intervals."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """One parameter of a fit, in SI.

    Attributes:
        value: the best one.
        stderr: its standard error; None where that says nothing: at a bound, or where the data do not determine it.
        ci68, ci95: intervals; an end that is None is open.
        unit: SI.
        at_bound: whether it ended at a bound.
        identifiable: whether the data determine it.
        by: what the intervals are from: "covariance", "profile", "bootstrap" or "posterior".
        trail: the profile, [points, 2], value and Δχ².
    """

    value: float
    stderr: float | None
    ci68: tuple[float | None, float | None]
    ci95: tuple[float | None, float | None]
    unit: str
    at_bound: bool = False
    identifiable: bool = True
    by: str = "covariance"
    trail: np.ndarray | None = None

    def rescaled(self, factor: float, unit: str) -> "Estimate":
        """The same in another unit, which is smaller by a positive factor."""

        def times(one: float | None) -> float | None:
            return None if one is None else one * factor

        return replace(
            self,
            value=self.value * factor,
            stderr=times(self.stderr),
            ci68=(times(self.ci68[0]), times(self.ci68[1])),
            ci95=(times(self.ci95[0]), times(self.ci95[1])),
            unit=unit,
            trail=None if self.trail is None else self.trail * [factor, 1.0],
        )

    def as_dict(self) -> dict[str, Any]:
        """As fit.json has it."""
        keys = ("value", "stderr", "ci68", "ci95", "unit", "at_bound", "identifiable", "by")
        return {key: list(found) if isinstance(found := getattr(self, key), tuple) else found for key in keys}


def about(value: float, error: float | None, times: float) -> tuple[float | None, float | None]:
    """An interval of so many standard errors; open where there is no error."""
    return (None, None) if error is None else (float(value - times * error), float(value + times * error))


def reaching(one: Estimate, other: float, is_in_narrow: bool, is_in_wide: bool) -> Estimate:
    """A parameter that has another value at a minimum nearly as good: its intervals reach there if χ² there is within them."""
    ends = [
        (None if low is None else min(low, other), None if high is None else max(high, other)) if reaches else (low, high)
        for (low, high), reaches in ((one.ci68, is_in_narrow), (one.ci95, is_in_wide))
    ]
    return replace(one, stderr=None, ci68=ends[0], ci95=ends[1], identifiable=False)
