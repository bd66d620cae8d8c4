"""The magnetic field: a sweep of applied fields, the turning of the magnetisation, exchange and stray fields."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ..constants import hbar, mu_B
from ..numerics.checks import is_concrete, require_finite, require_plain, require_positive
from ..numerics.types import AnyArray, ArrayLike, Real, Scalar
from ..numerics.vectors import Vectors, array_module, dot, perpendicular, times, towards_z, unit, unit_of
from ..text import number_text
from .description import AbstractDescribed, in_unit, vector_text
from .stray import AbstractStray

_Z = np.array([0.0, 0.0, 1.0])


def _as_array(B: ArrayLike | Sequence[float]) -> AnyArray:
    """Fields as an array: one number or a list becomes one."""
    return B if hasattr(B, "shape") and B.shape else np.atleast_1d(np.asarray(B, dtype=np.float64))


class Field(AbstractDescribed):
    """A sweep of applied fields, each a signed magnitude B times a direction, and the device's own fields.

    The magnetisation turns towards the component of the applied field across it, m·n = |B_⊥|/B_sat up to 1, with it injection and
    detection. Spins precess about the applied field, an exchange field along the magnetisation, and a static stray field.

    Arguments:
        B: signed magnitudes [T], shape [points].
        direction: the field's direction b, [3], or one for every point, [points, 3]; any length, it is normalised; z unless given.
        B_sat: field at which the magnetisation lies along the field's component across it [T]; None if it stays where it is.
        exchange_field: field along the magnetisation that acts on the spins alone [T]; None for none.
        stray: distribution of local fields; None for none.

    Raises:
        ValueError: no points, a field that isn't finite, a direction without length, or B_sat that isn't positive.

    Example:
        >>> from hanle_sim import Field
        >>> field = Field.sweep(-0.04, 0.04, 5)
        >>> field
        Field(5 fields from -40 mT to 40 mT along z)
        >>> field.B
        array([-0.04, -0.02,  0.  ,  0.02,  0.04])
    """

    B: Real[AnyArray, " points"] = eqx.field(converter=_as_array)
    direction: Real[AnyArray, "*#points 3"] = eqx.field(default_factory=_Z.copy, converter=partial(unit, "field: direction"))
    B_sat: Scalar | None = None
    exchange_field: Scalar | None = None
    stray: AbstractStray | None = None

    def __check_init__(self) -> None:
        require_plain("field: B", self.B)
        if self.B.shape == (0,):
            raise ValueError("field: B has no points: give at least one field")
        if is_concrete(self.B) and not np.all(np.isfinite(np.asarray(self.B))):
            raise ValueError("field: B must be finite at every point")
        if self.B_sat is not None:
            require_positive("field: B_sat", self.B_sat)
        if self.exchange_field is not None:
            require_finite("field: exchange_field", self.exchange_field)

    def description(self) -> str:
        B = np.asarray(self.B, dtype=np.float64)
        ends = (B[0], B[-1]) if np.all(np.diff(B) > 0) or np.all(np.diff(B) < 0) else (B.min(), B.max())
        low, high = (in_unit(end, "T") for end in ends)
        text = f"{B.size} fields from {low} to {high}" if B.size > 1 else f"1 field of {low}"
        text += f" along {vector_text(self.direction)}" if self.direction.ndim == 1 else " in changing directions"
        text += "" if self.B_sat is None else f", B_sat = {in_unit(self.B_sat, 'T')}"
        text += "" if self.exchange_field is None else f", exchange_field = {in_unit(self.exchange_field, 'T')}"
        return text if self.stray is None else f"{text}, stray = {self.stray}"

    @classmethod
    def sweep(cls, start: float, stop: float, points: int, direction: ArrayLike | Sequence[float] = (0.0, 0.0, 1.0)) -> "Field":
        """Equidistant fields from start to stop, both included [T], along `direction` (any length, [3]).

        Raises ValueError for a direction without a length.
        """
        return cls(np.linspace(start, stop, points), np.asarray(direction))

    @classmethod
    def at_angle(
        cls, B: ArrayLike | Sequence[float], theta: ArrayLike, magnetisation: ArrayLike | Sequence[float] = (1.0, 0.0, 0.0)
    ) -> "Field":
        """Fields B [T], [points], at the angle theta [rad] to the magnetisation [3], turned towards z's part across it.

        Where the magnetisation is along z, towards x: it matters only where relaxation, g, stray fields or a detector have axes of
        their own, and fields of a given `direction` say what is meant.

        One angle, or one for every point, [points]. The magnetisation is x unless given. Raises ValueError for angles beyond 2π: they
        are in degrees.
        """
        require_plain("field: theta", theta)
        require_plain("field: B", B)
        if is_concrete(theta) and np.any(np.abs(np.asarray(theta, dtype=np.float64)) > 2 * np.pi * (1 + 1e-12)):
            largest = number_text(float(np.max(np.abs(np.asarray(theta)))))
            raise ValueError(
                f"field: theta = {largest}: must lie between -2 pi and 2 pi, in radians: from degrees, take numpy.deg2rad({largest})"
            )
        m = unit("magnetisation", magnetisation)
        known = is_concrete(B, theta)
        xp = np if known else jnp
        angle = xp.asarray(theta, dtype=np.float64)
        cosine, sine = (_exact_at_right_angles(x) for x in (xp.cos(angle), xp.sin(angle)))
        magnitude = np.asarray(B, dtype=np.float64) if known else jnp.asarray(B)
        axes = (m.reshape((1,) * angle.ndim + (3,)) for m in (m, towards_z(m)))
        return cls(magnitude, sum(part[..., None] * axis for part, axis in zip((cosine, sine), axes, strict=True)))

    @classmethod
    def path(cls, vectors: ArrayLike | Sequence[Sequence[float]]) -> "Field":
        """Fields along a path [T], [points, 3]; B is their magnitude. Raises ValueError for what isn't a list of vectors."""
        require_plain("field: path", vectors)
        array = np.asarray(vectors, dtype=np.float64)
        if array.ndim != 2 or array.shape[1] != 3:
            raise ValueError(f"field: path has the shape {array.shape}: must be a list of vectors, [[x, y, z], ...]")
        size = np.linalg.norm(array, axis=-1)
        return cls(size, np.where(size[:, None] > 0, array, np.array([0.0, 0.0, 1.0])))

    def along(self, B: Real[AnyArray, " points"], index: AnyArray | slice | None = None) -> "Field":
        """Other magnitudes B [T] with all else as it is; `index` picks the directions that go with them."""
        direction = self.direction if self.direction.ndim == 1 or index is None else self.direction[index]
        return Field(B, direction, self.B_sat, self.exchange_field, self.stray)

    def part(self, index: AnyArray | slice) -> "Field":
        """Some of the points."""
        return self.along(self.B[index], index)

    @property
    def vectors(self) -> Vectors:
        """Applied fields [T], [points, 3]."""
        return self.B[:, None] * (self.direction[None, :] if self.direction.ndim == 1 else self.direction)

    @property
    def is_plain(self) -> bool:
        """Whether the spins precess about the applied field alone."""
        return self.exchange_field is None and self.stray is None

    def magnetisation(self, m: Real[AnyArray, "3"]) -> Real[AnyArray, "*#points 3"]:
        """Magnetisation m [3] as the applied field turns it: [3] where it doesn't, else [points, 3]."""
        if self.B_sat is None:
            return m
        xp = array_module(self, m)
        applied = self.vectors
        across = applied - times(dot(applied, m), m[None, :])
        size, n = unit_of(across, perpendicular(m))
        sine = xp.minimum(size / self.B_sat, 1.0)
        # (1 − s)(1 + s) rather than 1 − s², and a root with a derivative where it vanishes.
        left = (1 - sine) * (1 + sine)
        cosine = xp.where(left > 0, xp.sqrt(xp.where(left > 0, left, 1.0)), 0.0)
        return times(cosine, m[None, :]) + times(sine, n)

    def total(self, m: Real[AnyArray, "*#points 3"]) -> Vectors:
        """Fields that the spins precess about, stray fields left out [T], [points, 3]; m is the turned magnetisation."""
        applied = self.vectors
        return applied if self.exchange_field is None else applied + self.exchange_field * (m[None, :] if m.ndim == 1 else m)

    def larmor_frequency(self, g: Scalar) -> Real[AnyArray, " points"]:
        """Signed Larmor frequency ω_L = g μ_B B/ħ in the applied field [rad s⁻¹], shape [points], for a number g."""
        return (g * (mu_B / hbar)) * self.B


def _exact_at_right_angles(x: Any) -> Any:
    """A cosine or sine as exact as the angle's own rounding allows: 90 deg is perpendicular. The derivative stays."""
    if isinstance(x, jax.Array):
        return x - jax.lax.stop_gradient(jnp.where(abs(x) < 1e-15, x, 0.0))
    return np.where(abs(x) < 1e-15, 0.0, x)
