"""Widths of a Hanle curve, as properties of the exact curve rather than of a grid of fields."""

import math

import jax
import jax.numpy as jnp
import numpy as np

from ..constants import hbar, mu_B
from ..numerics.crossing import first_crossing, search
from ..numerics.types import Scalar
from ..numerics.vectors import Scalars, array_module
from ..physics.device import Device
from ..physics.dimensionless import NaturalUnits
from ..physics.field import Field
from ..runtime import warn_of_single
from ..solvers import AbstractMethod, closed, exact_method
from ..solvers.closed.admittance import AbstractAdmittance, ChannelAdmittance
from ..solvers.closed.response import Response
from .line import LineShape, is_one_direction

# Points of the grid on which the closed form is searched.
_POINTS = 256


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
    natural = NaturalUnits.of(device, field)
    method = exact_method(natural)
    if not _in_closed_form(natural, field, method):
        return half_width_of_signal(LineShape.of(device, field, method))
    response, admittance = closed.prepared(natural)
    tesla = hbar / mu_B / natural.time
    if array_module(response, admittance, tesla) is np:  # plain numbers: double precision, and nothing to compile
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            return float(_half_width(response, admittance, natural, tesla))
    return _compiled_half_width(response, admittance, natural, tesla)


def half_width_or_nan(device: Device, field: Field, method: AbstractMethod) -> tuple[float, float]:
    """`half_width` and the line's limit [T], [V], on plain numbers; NaN where a sweep has none, or a method doesn't tell."""
    if field.direction.ndim > 1:
        return math.nan, math.nan
    line = LineShape.of(device, field, method)
    if not math.isfinite(line.limit):
        return math.nan, line.limit
    natural = NaturalUnits.of(device, field)
    width = float(half_width(device, field)) if _in_closed_form(natural, field, method) else half_width_of_signal(line)
    return width, line.limit


def _in_closed_form(natural: NaturalUnits, field: Field, method: AbstractMethod) -> bool:
    return method.is_closed_form and is_one_direction(natural, field)


def half_width_of_signal(line: LineShape) -> float:
    """The smallest |B| at which a line has gone half way from its value at B = 0 to its limit [T]; NaN where it doesn't."""
    with np.errstate(all="ignore"):
        top = float(line.signal(np.zeros(1))[0])
        fall = top - line.limit
        if not math.isfinite(fall) or abs(fall) <= 1e-12 * abs(top):
            return math.nan
        is_even = line.is_even

        def missing(B: np.ndarray) -> np.ndarray:
            """Share of the fall that is still missing to one half, on the side where that is less."""
            if is_even:
                return np.asarray((line.signal(B) - line.limit) / fall - 0.5)
            both = (line.signal(np.concatenate([B, -B])) - line.limit) / fall - 0.5
            return np.minimum(both[: B.size], both[B.size :])

        return first_crossing(missing, line.magnitudes)


def apparent_tau(hwhm: Scalar, g: Scalar) -> Scalar:
    """The relaxation time that a single Lorentzian of this half width stands for, τ = ħ/(|g| μ_B hwhm) [s]; hwhm in T.

    Example:
        >>> from hanle_sim import apparent_tau
        >>> f"{apparent_tau(5.68563e-3, g=2.0):.4g} s"
        '1e-09 s'
    """
    return hbar / (abs(g) * mu_B * hwhm)


def _half_width(response: Response, admittance: AbstractAdmittance, natural: NaturalUnits, tesla: Scalar) -> Scalar:
    nonmagnet = natural.device.nonmagnet
    xp = array_module(response, admittance, tesla)
    if isinstance(admittance, ChannelAdmittance):
        top = closed.signal_of(response, admittance, natural, 0.0 * tesla)
        limit_signal = closed.dephased_signal_of(response, admittance, natural)

    def missing(log_omega: Scalars) -> Scalars:
        """Share of the fall that is still missing to one half: positive at B = 0, negative at B → ∞."""
        omega = xp.exp(log_omega)
        if isinstance(admittance, ChannelAdmittance):  # two magnetisations may tell the sign of the field
            both = (closed.signal_of(response, admittance, natural, sign * omega) for sign in (1, -1))
            return xp.minimum(*((one - limit_signal) / (top - limit_signal) - 0.5 for one in both))
        fallen, limit = closed.fallen_share(response, admittance, omega)
        return 0.5 - fallen / limit

    # The rates run from the slowest relaxation to the fastest way out, which a square root of z may have to reach. Widths lie
    # between them, or a little beyond where a thermal bias gives two modes weights of opposite sign.
    slowest = 1 / xp.maximum(nonmagnet.tau_s, nonmagnet.tau_Q)
    way_out = xp.maximum(
        (response.across.ss + response.along.ss) / response.relaxation.ss,
        (response.across.QQ + response.along.QQ) / response.relaxation.QQ,
    ) / xp.minimum(nonmagnet.tau_s, nonmagnet.tau_Q)
    outer = xp.log(1e-9 * slowest), xp.minimum(2 * xp.log(way_out) + math.log(1e18), 80.0 if xp.result_type(tesla) == np.float32 else 600.0)
    if xp is np:
        root = np.log(first_crossing(lambda omega: missing(np.log(omega)), np.exp(np.linspace(*outer, _POINTS))))
    else:
        root = jax.lax.custom_root(
            missing, outer[0], lambda function, _: search(function, outer), lambda linear, y: y / linear(jnp.ones_like(y))
        )
    inside = (root > outer[0]) & (root < outer[1]) & (response.sine_squared > 0) & (nonmagnet.g != 0)
    return xp.where(inside, xp.exp(root) * tesla / xp.where(inside, abs(nonmagnet.g), 1.0), xp.nan)


_compiled_half_width = jax.jit(_half_width)
