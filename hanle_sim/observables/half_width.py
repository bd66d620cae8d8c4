"""Widths of a Hanle curve, as properties of the exact curve rather than of a grid of fields."""

import math
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from ..constants import hbar, mu_B
from ..numerics.crossing import first_crossing, search
from ..numerics.elementary import exponential
from ..numerics.types import Scalar
from ..numerics.vectors import Scalars, array_module
from ..physics.device import Device
from ..physics.dimensionless import NaturalUnits
from ..physics.field import Field
from ..runtime import warn_of_single
from ..solvers import Problem, closed
from ..solvers.closed.admittance import AbstractAdmittance
from ..solvers.closed.modes import FallenQuotient, fallen_quotient
from ..solvers.closed.response import Response
from .line import LineShape, is_one_direction

#: Of the fall, what is left at the half width.
HALF = 0.5
# Points of the grid on which the closed form is searched; and of a traced search, with how often it narrows: for one device, for many.
_POINTS = 256
ONE, MANY = (256, 2), (16, 1)
# How far beyond the rates a traced search looks closely: a factor of 30.
_CLOSE = math.log(30)


def half_width(device: Device, field: Field) -> Scalar:
    """Half width at half maximum: the smallest |B|, on either side, at which ΔV_Hanle has gone half way from its value at B = 0 to
    what complete dephasing leaves of it [T]; NaN where the curve doesn't depend on B, or never goes so far.

    What complete dephasing leaves is the signal as |B| → ∞; with B_sat, that of the magnetisation at rest: the half width is that
    of the dip, after which the signal rises again as the magnetisation turns into the field.

    Found on the exact closed form and differentiable (the implicit function theorem, by one Newton step from the root). With
    exchange, stray fields, a magnetisation that tilts, or a g-tensor, and for what has no closed form, it is found on the curve
    itself.

    Arguments:
        device: what is measured.
        field: only its direction counts, and what it adds to the applied field.

    Raises:
        ValueError: a direction that changes along the sweep; traced numbers where it is found on the curve.

    Warns:
        SinglePrecisionWarning: JAX arrays, traced or not, in single precision; plain numbers are computed in double throughout.

    Example:
        >>> from hanle_sim import Contact, Device, CurrentBias, Field, Junction, Lumped, half_width
        >>> contact = Contact(Junction.from_resistance(R_tun=1.0, P_G=0.5), CurrentBias(1e6))
        >>> device = Device(contact, Lumped.of_spin(r_s=25e-12, tau_s=1e-9))
        >>> f"{half_width(device, Field([0.0])):.4g} T"  # ħ/(g μ_B τ_s)
        '0.005686 T'
    """
    if array_module(device, field) is not np:
        warn_of_single("half_width", device, field)
    if field.direction.ndim > 1:
        raise ValueError("half_width: the field's direction changes along the sweep: give one direction")
    return width_of(Problem.of(device, field))


def width_of(problem: Problem, share: float = HALF, line: LineShape | None = None) -> Scalar:
    """|B| at which a share of the fall is left [T]: on the closed form where that has one direction, else on the line."""
    if problem.exact.is_closed_form and is_one_direction(problem):
        return _closed_width(problem, share)
    return width_of_line(line or LineShape.of(problem), share)


def widths_or_nan(problem: Problem, shares: Sequence[float] = (HALF,), line: LineShape | None = None) -> tuple[dict[float, float], float]:
    """|B| at which shares of the fall are left [T], by share, and the line's limit [V], on plain numbers; NaN where a sweep has none,
    or a method doesn't tell.
    """
    if problem.field.direction.ndim > 1:
        return dict.fromkeys(shares, math.nan), math.nan
    line = line or LineShape.of(problem)
    if not math.isfinite(line.limit):
        return dict.fromkeys(shares, math.nan), line.limit
    return {share: float(width_of(problem, share, line)) for share in shares}, line.limit


def width_of_line(line: LineShape, share: float = HALF) -> float:
    """The smallest |B| at which a share of a line's fall from B = 0 to its limit is left [T]; NaN where it never falls so far."""
    with np.errstate(all="ignore"):
        top = float(line.signal(np.zeros(1))[0])
        fall = top - line.limit
        if not math.isfinite(fall) or abs(fall) <= 1e-12 * abs(top):
            return math.nan
        sides = (1.0,) if line.is_even else (1.0, -1.0)
        return first_crossing(
            _above(lambda B: (line.signal(B.ravel()).reshape(B.shape) - line.limit) / fall, share, sides), line.magnitudes
        )


def apparent_tau(hwhm: Scalar, g: Scalar) -> Scalar:
    """The relaxation time that a single Lorentzian of this half width stands for, τ = ħ/(|g| μ_B hwhm) [s]; hwhm in T.

    Example:
        >>> from hanle_sim import apparent_tau
        >>> f"{apparent_tau(5.68563e-3, g=2.0):.4g} s"
        '1e-09 s'
    """
    return hbar / (abs(g) * mu_B * hwhm)


def _above(left: Callable[[Scalars], Scalars], share: Scalar, sides: tuple[float, ...]) -> Callable[[Scalars], Scalars]:
    """What every search finds the first zero of: by how much more than a share is left of the fall, on the side where that is less."""

    def above(field: Scalars) -> Scalars:
        xp = array_module(field)
        return left(xp.stack([side * field for side in sides])).min(0) - share

    return above


def omega_of_width(
    response: Response,
    admittance: AbstractAdmittance,
    natural: NaturalUnits,
    share: Scalar = HALF,
    search_size: tuple[int, int] = ONE,
    outer: tuple[float, float] | None = None,
) -> Scalar:
    """|ω_L|τ_s at which a share of the fall is left of a closed form; on plain numbers, or traced for one device or a batch.

    Arguments:
        response, admittance, natural: the device.
        share: what is left of the fall.
        search_size: of a traced search, points of its grid, and how often it narrows.
        outer: ln ω_Lτ_s between which it is searched; all that the device's rates may need unless given.
    """
    nonmagnet = natural.device.nonmagnet
    xp = array_module(response, admittance, natural.larmor)
    has_width = (response.sine_squared > 0) & (natural.larmor != 0)
    if nonmagnet.is_well_mixed:
        return xp.where(has_width, lumped_omega_of_width(fallen_quotient(response), share), xp.nan)
    if natural.device.is_nonlocal:  # two magnetisations may tell the sign of the field
        top, limit = (
            closed.signal_of(response, admittance, natural, 0.0 * response.cosine),
            closed.dephased_signal_of(response, admittance, natural),
        )

        def left(omega: Scalars) -> Scalars:
            return (closed.signal_of(response, admittance, natural, omega) - limit) / (top - limit)

    else:

        def left(omega: Scalars) -> Scalars:
            fallen, limit = closed.fallen_share(response, admittance, omega)
            return 1 - fallen / limit

    above = _above(left, share, (1.0, -1.0) if natural.device.is_nonlocal else (1.0,))
    # The rates run from the slowest relaxation to the fastest way out, which a square root of z may have to reach. Widths lie
    # between them, or a little beyond where a thermal bias gives two modes weights of opposite sign.
    slowest = 1 / xp.maximum(nonmagnet.tau_s, nonmagnet.tau_Q)
    way_out = xp.maximum(
        (response.across.ss + response.along.ss) / response.relaxation.ss,
        (response.across.QQ + response.along.QQ) / response.relaxation.QQ,
    ) / xp.minimum(nonmagnet.tau_s, nonmagnet.tau_Q)
    beyond = 80.0 if xp.result_type(slowest) == np.float32 else 600.0

    ends: tuple[Scalar, Scalar] = outer or (xp.log(1e-9 * slowest), xp.minimum(2 * xp.log(way_out) + math.log(1e18), beyond))
    if xp is np:
        root = np.log(first_crossing(above, np.exp(np.linspace(*ends, _POINTS))))
    else:
        points, rounds = search_size
        close = ends if outer else (jnp.log(slowest) - _CLOSE, 2 * jnp.log(way_out) + _CLOSE)
        at_knots = np.array([0, points // 8, 7 * points // 8, points - 1])
        shapes = [np.interp(np.arange(points), at_knots, one) for one in np.eye(4)]
        grid = sum(jnp.clip(knot, *ends) * shape for knot, shape in zip((ends[0], *close, ends[1]), shapes, strict=True))

        def at(log_omega: Scalars) -> Scalars:
            left = jnp.clip(above(exponential(log_omega)[0]) + share, 0.0, 1.0)
            # −tanh of half the logarithm of (1 − left)/left over what it is at the share: of a Lorentzian that is ln (ω_Lτ)².
            return (left - share) / (left + share - 2 * left * share)

        root = jax.lax.custom_root(  # which may hand `at` on for one number only
            at, xp.asarray(ends[0]), lambda _, start: search(at, grid, rounds), lambda linear, y: y / linear(jnp.ones_like(y))
        )
    return xp.where(has_width & (root > ends[0]) & (root < ends[1]), xp.exp(root), xp.nan)


def lumped_omega_of_width(fallen: FallenQuotient, share: Scalar) -> Scalars:
    """|ω_L|τ_s at which a share of a lumped device's fall is left, of one device or many; NaN without one.

    X = (ω_Lτ_s)² is the one positive root of s d_2 X² + [p_1 d_2/p_2 − (1 − s) d_1] X − (1 − s) = 0, where the fall is
    (p_1 X + p_2 X²)/(1 + d_1 X + d_2 X²).
    """
    xp = array_module(fallen)
    falls = fallen.square != 0
    slope = fallen.linear * fallen.product / xp.where(falls, fallen.square, 1.0) - (1 - share) * fallen.total
    root = xp.sqrt(slope**2 + 4 * share * (1 - share) * fallen.product)
    # The form of the root in which nothing cancels.
    X = xp.where(slope >= 0, 2 * (1 - share) / (abs(slope) + root), (abs(slope) + root) / (2 * share * fallen.product))
    return xp.where(falls, xp.sqrt(X), xp.nan)


def _closed_width(problem: Problem, share: float) -> Scalar:
    natural = problem.natural
    response, admittance = closed.prepared(natural, problem.admittance)
    if array_module(response, admittance, natural.larmor) is np:  # plain numbers: double precision, and nothing to compile
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            return float(_tesla(response, admittance, natural, share))
    return _compiled_tesla(response, admittance, natural, share)


def _tesla(response: Response, admittance: AbstractAdmittance, natural: NaturalUnits, share: Scalar) -> Scalar:
    omega, xp = omega_of_width(response, admittance, natural, share), array_module(response, admittance, natural.larmor)
    return omega / abs(xp.where(natural.larmor != 0, natural.larmor, 1.0))


_compiled_tesla = jax.jit(_tesla)
