"""A lumped device's curve and all its derivatives as a short sum of known functions of B."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from ..numerics.two_by_two import Pair
from ..numerics.types import Array, Real, Scalar
from ..physics import NaturalUnits
from ..solvers.closed.modes import signal_quotient

#: n_0, n_1, n_2, d_1, d_2 of ΔV = (n_0 + n_1 X + n_2 X²)/(1 + d_1 X + d_2 X²).
Coefficients = Real[Array, "5"]


def coefficients(natural: NaturalUnits, unit: Scalar, weights: Pair = (1.0, 1.0)) -> Coefficients:
    """The curve ΔV = (n_0 + n_1 X + n_2 X²)/(1 + d_1 X + d_2 X²) in X = (B/unit)²; unit [T], n [V]. `weights` count Eq. (6)'s terms.

    Raises ValueError for a device or a sweep whose curve is no sum of two Lorentzians.
    """
    found = signal_quotient(natural, weights)
    X = (natural.larmor * unit) ** 2
    parts = found.at_zero, found.linear * X, found.constant * found.product * X * X, found.total * X, found.product * X * X
    return jnp.stack([jnp.asarray(part) for part in parts])


def value(coefficients: Any, X: Any) -> Any:
    """ΔV_Hanle [V] at X = (B/unit)², each coefficient a number, or an array that goes with X."""
    n_0, n_1, n_2, d_1, d_2 = coefficients
    return (n_0 + (n_1 + n_2 * X) * X) / (1 + (d_1 + d_2 * X) * X)


@jax.jit
def signal(coefficients: Coefficients, X: Real[Array, " points"]) -> Real[Array, " points"]:
    """ΔV_Hanle [V] at X = (B/unit)², [points]."""
    found: Array = value(coefficients, X)
    return found


@partial(jax.jit, donate_argnums=0)
def fill_jacobian(
    out: Real[Array, "parameters points"],
    coefficients: Coefficients,
    changes: Real[Array, "parameters 5"],
    X: Real[Array, " points"],
) -> Real[Array, "parameters points"]:
    """∂ΔV/∂θ at every field, into a buffer that is used again.

    ∂ΔV = [∂n_0 + ∂n_1 X + ∂n_2 X² − ΔV (∂d_1 X + ∂d_2 X²)]/(1 + d_1 X + d_2 X²): five functions of B, which every parameter
    weighs by the derivatives of the five coefficients.

    Arguments:
        out: a buffer, which is given away; its contents don't matter.
        coefficients: those of the curve.
        changes: their derivatives by each parameter, [parameters, 5].
        X: (B/unit)², [points].

    Returns:
        The Jacobian, in the buffer's memory, [parameters, points].
    """
    n_0, n_1, n_2, d_1, d_2 = coefficients
    damping = 1 / (1 + (d_1 + d_2 * X) * X)
    value = (n_0 + (n_1 + n_2 * X) * X) * damping

    def row(change: Real[Array, "5"]) -> Real[Array, " points"]:
        return (change[0] + (change[1] - value * change[3] + (change[2] - value * change[4]) * X) * X) * damping

    found = jax.vmap(row)(changes)
    return out.at[...].set(found)
