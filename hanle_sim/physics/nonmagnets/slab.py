"""A layer of finite thickness between its two faces, at B = 0 and what a field changes of it, in which nothing cancels."""

from typing import NamedTuple

from ...numerics.complex_functions import exponential_of_minus_double, moderate_reciprocal, reciprocal, root_less_1, size
from ...numerics.stages import stage
from ...numerics.types import Numbers, Scalar
from ...numerics.vectors import array_module


def _tangent_series(count: int) -> list[float]:
    """The coefficients a_n of tanh(x)/x = Σ a_n x^(2n), from tanh′ = 1 − tanh²."""
    found = [1.0]
    for n in range(1, count):
        found.append(-sum(found[k] * found[n - 1 - k] for k in range(n)) / (2 * n + 1))
    return found


# Below this |κd| the change of tanh(κd)/κd is taken from its series, which converges to |κd| = π/2.
_SMALL = 0.5
_SERIES = _tangent_series(17)


class Slab(NamedTuple):
    """A layer of thickness d, x = κd: what it lets through and what it resists, in units of 1/(ρd) and ρd.

    With an admittance y at its far side, its admittance at the near side is (y + T)/(1 + y S), with ρd = 1.

    Attributes:
        T, S: x tanh x and tanh(x)/x at B = 0.
        screening: 1/cosh² x at B = 0, which is 1 − T S.
        change_of_T, change_of_S: what the field adds.
        S_in_field: S and what the field adds.
    """

    T: Scalar
    S: Scalar
    screening: Scalar
    change_of_T: Numbers
    change_of_S: Numbers
    S_in_field: Numbers


def slab(thickness: Scalar, diffusion_length: Scalar, q: Numbers) -> Slab:
    """A layer in a field, κ = √(1 + q)/λ.

    Arguments:
        thickness, diffusion_length: d and λ [m].
        q: iω_Lτ with the layer's own τ.
    """
    x_0 = thickness / diffusion_length
    change = x_0 * stage(root_less_1)(q)  # of x
    _, fallen = stage(exponential_of_minus_double)(change)
    x, (e_0, less_0) = x_0 + change, exponential_of_minus_double(x_0)
    # With e = e^(−2x), tanh x = (1 − e)/(1 + e), and tanh x − tanh x_0 = −2 (e − e_0)/((1 + e)(1 + e_0)).
    rise = e_0 * fallen
    inverse_0, inverse = 1 / (2 + less_0), stage(moderate_reciprocal)(2 + less_0 + rise)
    t_0, t, change_of_t = -less_0 * inverse_0, -(less_0 + rise) * inverse, -2 * rise * inverse_0 * inverse
    change_of_S, S_in_field = _of_S(x_0, x, q, x_0 * change_of_t - change * t_0, t_0, t)
    return Slab(
        T=x_0 * t_0,
        S=t_0 / x_0,
        screening=4 * e_0 * inverse_0**2,
        change_of_T=change * t + x_0 * change_of_t,
        change_of_S=change_of_S,
        S_in_field=S_in_field,
    )


def _of_S(x_0: Scalar, x: Numbers, q: Numbers, numerator: Numbers, t_0: Scalar, t: Numbers) -> tuple[Numbers, Numbers]:
    """tanh(x)/x − tanh(x_0)/x_0, the numerator over x x_0, and tanh(x)/x itself; of thin layers that numerator cancels.

    There the series Σ a_n p^n of tanh(x)/x in p = x² is divided by p − p_0 term by term, b_n = a_n + p_0 b_(n+1), which leaves
    Σ b_(n+1) p^n.
    """
    xp = array_module(x, q)
    is_thin = size(x) < _SMALL
    p_0 = xp.where(is_thin, x_0**2, 0.0)
    p = p_0 * (1 + q)
    b, quotient = 0.0 * p_0, 0.0 * p
    for coefficient in reversed(_SERIES[1:]):
        b = coefficient + p_0 * b
        quotient = b + p * quotient
    inverse = reciprocal(xp.where(is_thin, 1.0, x))
    change = xp.where(is_thin, p_0 * q * quotient, numerator * inverse / x_0)
    return change, xp.where(is_thin, t_0 / x_0 + change, t * inverse)
