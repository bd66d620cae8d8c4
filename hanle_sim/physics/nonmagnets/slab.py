"""A layer of finite thickness between its two faces, at B = 0 and what a field changes of it, in which nothing cancels."""

from typing import NamedTuple

from ...numerics.complex_functions import expm1_of_minus_double, falling, reciprocal, root, tanh
from ...numerics.types import Numbers, Scalar
from ...numerics.vectors import array_module

# Below this |κd|² the change of tanh(κd)/κd is taken from its continued fraction, of so many terms.
_SMALL, _TERMS = 0.25, 9


class Slab(NamedTuple):
    """A layer of thickness d, x = κd: what it lets through and what it resists, in units of 1/(ρd) and ρd.

    An admittance y behind it is seen through it as (y + T)/(1 + y S), with ρd = 1.

    Attributes:
        T, S: x tanh x and tanh(x)/x at B = 0.
        screening: 1/cosh² x at B = 0, which is 1 − T S.
        change_of_T, change_of_S: what the field adds.
    """

    T: Scalar
    S: Scalar
    screening: Scalar
    change_of_T: Numbers
    change_of_S: Numbers


def slab(thickness: Scalar, diffusion_length: Scalar, q: Numbers) -> Slab:
    """A layer in a field, κ = √(1 + q)/λ.

    Arguments:
        thickness, diffusion_length: d and λ [m].
        q: iω_Lτ with the layer's own τ.
    """
    x_0 = thickness / diffusion_length
    change = x_0 * q * reciprocal(root(1 + q) + 1)  # of x, √(1 + q) − 1 = q/(√(1 + q) + 1)
    x = x_0 + change
    t_0, t = tanh(x_0), tanh(x)
    # tanh x − tanh x_0 = tanh(x − x_0) (1 − tanh x tanh x_0), with e = e^(−2x) and its like for x_0
    decay_0, decay = expm1_of_minus_double(x_0), expm1_of_minus_double(x)
    change_of_t = tanh(change) * 2 * (falling(2 * x_0) + falling(2 * x)) * reciprocal((2 + decay_0) * (2 + decay))
    return Slab(
        T=x_0 * t_0,
        S=t_0 / x_0,
        screening=4 * falling(2 * x_0) / (2 + decay_0) ** 2,
        change_of_T=change * t + x_0 * change_of_t,
        change_of_S=_change_of_S(x_0, x, q, x_0 * change_of_t - change * t_0),
    )


def _change_of_S(x_0: Scalar, x: Numbers, q: Numbers, numerator: Numbers) -> Numbers:
    """tanh(x)/x − tanh(x_0)/x_0, the numerator over x x_0; of thin layers that numerator cancels.

    There tanh(x)/x = 1/(1 + x²/(3 + x²/(5 + …))), Lambert's continued fraction (NIST DLMF 4.39.1). Every step f ← n + p/f, p = x²,
    carries its own change, δf ← (δp − p_0 δf/f_0)/f.
    """
    xp = array_module(x, q)
    is_thin = abs(x) ** 2 < _SMALL
    p_0 = xp.where(is_thin, x_0**2, 0.0)
    change_of_p = xp.where(is_thin, x_0**2 * q, 0.0)
    p, f_0, f, change = p_0 + change_of_p, 2.0 * _TERMS + 1, 2.0 * _TERMS + 1, 0.0 * change_of_p
    for n in range(2 * _TERMS - 1, 0, -2):
        inverse = reciprocal(f)
        change = (change_of_p - p_0 * change / f_0) * inverse
        f_0, f = n + p_0 / f_0, n + p * inverse
    thin = -change * reciprocal(f) / f_0
    return xp.where(is_thin, thin, numerator * reciprocal(xp.where(is_thin, 1.0, x) * x_0))
