"""A nonmagnet as segments along one coordinate, with the positions of its contacts, for the numerical solution."""

from typing import Literal

import equinox as eqx

from ...numerics.types import Scalar
from .material import Material

End = Literal["reflecting", "absorbing", "infinite"]


class Segment(eqx.Module):
    """A stretch of one material.

    Attributes:
        material: the material, with resistivities as the line's currents need them (ρ, R_sq or R_sq/W).
        length: its length [m]; None for a semi-infinite stretch, which only the first or the last segment may be.
        velocity: drift velocity, towards larger coordinates [m s⁻¹]: flux = −D u′ + v u, of spin and of heat.
        contact: number of the contact that covers it evenly, injecting a current density per length; None for none.
    """

    material: Material
    length: Scalar | None
    velocity: Scalar = 0.0
    contact: int | None = eqx.field(default=None, static=True)


class Geometry1D(eqx.Module):
    """Segments side by side.

    Attributes:
        segments: from left to right.
        left, right: what happens at the two ends: "reflecting" (no current), "absorbing" (u = T = 0), or "infinite".
        points: for each contact the number of the boundary at which it injects, 0 being the left end; None for a contact that
            covers a segment.
    """

    segments: tuple[Segment, ...]
    left: End = eqx.field(static=True)
    right: End = eqx.field(static=True)
    points: tuple[int | None, ...] = eqx.field(static=True)
