"""Changes of the parameters to first order, and tried on the curve itself: beyond first order a Jacobian need not hold."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..model.model import Model
from ..model.parameters import Parameter

#: A rule is tried by factors of this exponent; it holds where they change less of the peak than this.
_TRIED, _UNCHANGED = 0.4, 1e-5
#: What rounding leaves of a curve, of its peak.
_ROUNDING = 1e-12
#: Changes are tried from this exponent to this one, each twice the one before, and then narrowed so often.
_FIRST, _LAST, _NARROWED = 0.02, 20.0, 10


@dataclass(frozen=True)
class Measurement:
    """What a measurement detects of changes θ_i → θ_i e^(ε p_i).

    Attributes:
        A: ∂ΔV/∂ ln θ, or a triangular factor of it [V], [k, parameters].
        parameters: the free ones.
        noise: standard deviation of every point [V].
        model: the curve, to try changes on; without one every result holds to first order.
    """

    A: np.ndarray
    parameters: Sequence[Parameter]
    noise: float
    model: Model | None

    def powers(self, v: np.ndarray) -> dict[str, float]:
        """The components of a direction that are not zero, by name."""
        return {parameter.name: float(power) for parameter, power in zip(self.parameters, v, strict=True) if power}

    def effect(self, v: np.ndarray) -> float:
        """What a direction does to the curve, to first order, as the root of a sum of squares [V]."""
        return float(np.linalg.norm(self.A @ v))

    def can_be_tried(self, powers: Mapping[str, float]) -> bool:
        """Whether there is a curve to try these changes on, and no parameter among them is zero, which no factor changes."""
        return self.model is not None and not self.has_zeros(powers)

    def leaves_the_curve(self, powers: Mapping[str, float]) -> bool:
        """Whether a change by ε = ±0.4 leaves the curve as it is, to 1e-5 of its peak and within the noise; False where one is zero."""
        if self.model is None or not self.can_be_tried(powers):
            return self.model is None
        changes = [self.model.changed(_times(powers, sign * _TRIED)) for sign in (1, -1)]
        finite = [change for change in changes if math.isfinite(change.share)]
        unseen = [change.share < _UNCHANGED and (change.norm < self.noise or change.share < _ROUNDING) for change in finite]
        return bool(unseen) and all(unseen)

    def shows_from(self, powers: Mapping[str, float], first: float) -> float:
        """The least ε of which either sign changes the curve by one standard deviation of the noise.

        It is good to a few per cent, or to some ten where few fields stand for the sweep.

        `first` is the same to first order, which is good for small changes. Infinite where no such change is allowed, up to factors
        of e^20.
        """
        if first < _FIRST:
            return first
        assert self.model is not None
        return min(self._shows_from(self.model, _times(powers, sign)) for sign in (1, -1))

    def has_zeros(self, powers: Mapping[str, float]) -> bool:
        """Whether a parameter among these is zero, which no factor changes."""
        return any(parameter.value == 0 for parameter in self.parameters if powers.get(parameter.name))

    def _shows_from(self, model: Model, powers: Mapping[str, float]) -> float:
        def is_refused(size: float) -> bool:
            return not model.is_allowed(_times(powers, size))

        def is_seen(size: float) -> bool:
            return model.changed(_times(powers, size)).norm >= self.noise

        unseen, size = 0.0, _FIRST
        while True:
            is_allowed = not is_refused(size)
            if not is_allowed:  # up to the edge of what is
                size = _between(unseen, size, is_refused)[0]
            if size and is_seen(size):
                return _between(unseen, size, is_seen)[1]
            if size >= _LAST or not is_allowed:
                return math.inf
            unseen, size = size, min(2 * size, _LAST)


def _times(powers: Mapping[str, float], size: float) -> dict[str, float]:
    return {name: size * power for name, power in powers.items()}


def _between(low: float, high: float, holds: Callable[[float], bool]) -> tuple[float, float]:
    """A bracket of where a condition begins to hold that does not at `low` and does at `high`."""
    for _ in range(_NARROWED):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return low, high
