"""Method `linear`: the steady state of the 6×6 system, for everything the equations of motion cover."""

import jax
import jax.numpy as jnp
import numpy as np

from .._types import AnyArray, Array, Real
from ..bloch import bloch_equations
from ..device import NaturalUnits


def systems(
    natural: NaturalUnits,
) -> tuple[Real[AnyArray, "points 6 6"], Real[AnyArray, "6"]]:
    """A and s of y' = A y + s at every field of a sweep, with y = (u, T) in volts: `bloch_equations`, taken apart.

    The equations are affine: their value at rest is s, and without a drive their values at the six unit states are A's columns.
    On NumPy arrays nothing is compiled.
    """
    omega = natural.omega[:, None] * natural.direction[None, :]
    undriven = jax.tree.map(lambda number: 0 * number, natural.drive)
    columns = bloch_equations(np.eye(6).reshape(1, 6, 2, 3), natural.device, undriven, omega[:, None, :])
    s = bloch_equations(np.zeros((2, 3)), natural.device, natural.drive, np.zeros(3))
    return columns.reshape(-1, 6, 6).swapaxes(-1, -2), s.reshape(6)


def balanced(natural: NaturalUnits) -> tuple[Real[AnyArray, "points 6 6"], Real[AnyArray, "points 6 1"]]:
    """`systems` as equations, A y = −s, each divided by its largest coefficient: times that differ by decades cost no digits."""
    A, s = systems(natural)
    size = abs(A).max(-1, keepdims=True)
    return A / size, -s[None, :, None] / size


@jax.jit
def steady_state(natural: NaturalUnits) -> Real[Array, "points 2 3"]:
    """Steady state of every field of a sweep: A y = −s, one 6×6 solve a field.

    Covers relaxation tensors and Im G↑↓ as well. Returns u and T in volts, [points, 2, 3].
    """
    return jnp.linalg.solve(*balanced(natural)).reshape(-1, 2, 3)
