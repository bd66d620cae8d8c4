"""The magnetic field: a sweep of fields, each a signed magnitude times a direction."""

from collections.abc import Sequence
from functools import partial

import equinox as eqx
import numpy as np

from ._checks import is_concrete
from ._types import AnyArray, ArrayLike, Real, Scalar
from .constants import hbar, mu_B
from .vectors import perpendicular, unit


class Field(eqx.Module):
    """A sweep of the field's signed magnitude B along one direction.

    Arguments:
        B: signed magnitudes [T], shape [points].
        direction: the field's direction b, shape [3]; any length, it is normalised.

    Raises:
        ValueError: no points, or a field that isn't finite.
    """

    B: Real[AnyArray, " points"]
    direction: Real[AnyArray, "3"] = eqx.field(converter=partial(unit, "field: direction"))

    def __check_init__(self) -> None:
        if self.B.shape == (0,):
            raise ValueError("field: B has no points: give at least one field")
        if is_concrete(self.B) and not np.all(np.isfinite(np.asarray(self.B))):
            raise ValueError("field: B must be finite at every point")

    @classmethod
    def sweep(cls, start: float, stop: float, points: int, direction: ArrayLike | Sequence[float] = (0.0, 0.0, 1.0)) -> "Field":
        """Equidistant fields from start to stop, both included [T], along `direction` (any length, [3]).

        Raises ValueError for a direction without a length.
        """
        return cls(np.linspace(start, stop, points), np.asarray(direction))

    @classmethod
    def at_angle(cls, B: ArrayLike | Sequence[float], theta: float, magnetisation: ArrayLike | Sequence[float]) -> "Field":
        """Fields B [T], [points], at the angle theta [rad] to the magnetisation [3], turned towards z (towards x where m is z)."""
        m = unit("magnetisation", magnetisation)
        # cos and sin of a right angle as exact as the angle's own rounding allows: 90 deg is perpendicular.
        cosine = 0.0 if abs(np.cos(theta)) < 1e-15 else np.cos(theta)
        return cls(np.asarray(B, dtype=np.float64), cosine * m + np.sin(theta) * perpendicular(m))

    def larmor_frequency(self, g: Scalar) -> Real[AnyArray, " points"]:
        """Signed Larmor frequency ω_L = g μ_B B/ħ [rad s⁻¹], shape [points]."""
        return (g * (mu_B / hbar)) * self.B
