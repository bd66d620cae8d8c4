"""Widths of a Hanle curve, as properties of the exact curve rather than of a grid of fields."""

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..constants import hbar, mu_B
from ..curve import HanleCurve
from ..numerics.checks import is_concrete
from ..numerics.types import Scalar
from ..numerics.vectors import Scalars, array_module
from ..physics.device import Device, NaturalUnits
from ..physics.drives import AbstractDrive
from ..physics.field import Field
from ..runtime import warn_of_single
from ..solvers import closed, exact_method, linear, steady_state
from ..solvers.closed.admittance import AbstractBehind, InjectorBehind
from ..solvers.closed.response import Response
from ..solvers.dephased import dephased_signal
from .field_grid import AT_ONCE, first_crossing, magnitudes, search

#: A field so strong that only the component along it is left, in units of ħ/(g μ_B τ); what remains is one over its root.
DEPHASING = 1e18
# Points of the grid on which the closed form is searched; and how far two sides of a curve that is even may differ, of its fall:
# with stray fields, whose average has an error of its own, and without.
_POINTS, _ODD, _ODD_STRAY = 256, 1e-11, 1e-6


def half_width(device: Device, drive: AbstractDrive, field: Field) -> Scalar:
    """Half width at half maximum: the smallest |B|, on either side, at which ΔV_Hanle has gone half way from its value at B = 0 to
    what complete dephasing leaves of it [T]; NaN where the curve doesn't depend on B, or never goes so far.

    What complete dephasing leaves is the signal as |B| → ∞; with B_sat, that of the magnetisation at rest: the half width is that
    of the dip, after which the signal rises again as the magnetisation turns into the field.

    Found on the exact closed form and differentiable (the implicit function theorem, by one Newton step from the root). With
    exchange, stray fields, a magnetisation that tilts, or a g-tensor, and for what has no closed form, it is found on the curve
    itself.

    Arguments:
        device, drive: what is measured.
        field: only its direction counts, and what it adds to the applied field.

    Raises:
        ValueError: a direction that changes along the sweep; traced numbers where it is found on the curve.

    Warns:
        SinglePrecisionWarning: JAX arrays, traced or not, in single precision; plain numbers are computed in double throughout.
    """
    if array_module(device, drive, field) is not np:
        warn_of_single("half_width", device, drive, field)
    if field.direction.ndim > 1:
        raise ValueError("half_width: the field's direction changes along the sweep: give one direction")
    natural = NaturalUnits.of(device, drive, field)
    method = exact_method(natural)
    if not _in_closed_form(natural, field, method):
        return half_width_of_signal(LineShape.of(device, drive, field, method))
    response, around = closed.prepared(natural)
    tesla = hbar / mu_B / natural.time
    if array_module(response, around, tesla) is np:  # plain numbers: double precision, and nothing to compile
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            return float(_half_width(response, around, natural, tesla))
    return _compiled_half_width(response, around, natural, tesla)


def half_width_or_nan(device: Device, drive: AbstractDrive, field: Field, method: str) -> tuple[float, float]:
    """`half_width` and the line's limit [T], [V], on plain numbers; NaN where a sweep has none, or a method doesn't tell."""
    if field.direction.ndim > 1:
        return math.nan, math.nan
    line = LineShape.of(device, drive, field, method)
    if not math.isfinite(line.limit):
        return math.nan, line.limit
    natural = NaturalUnits.of(device, drive, field)
    width = float(half_width(device, drive, field)) if _in_closed_form(natural, field, method) else half_width_of_signal(line)
    return width, line.limit


def _in_closed_form(natural: NaturalUnits, field: Field, method: str) -> bool:
    return method == "closed" and is_one_direction(natural, field)


def is_one_direction(natural: NaturalUnits, field: Field) -> bool:
    """Whether spins and magnetisation keep their axes along a sweep: nothing adds to the applied field or turns with it."""
    return field.is_plain and field.B_sat is None and natural.direction.ndim == 1 and getattr(natural.larmor, "ndim", 0) == 0


def side(line: "LineShape", width: float) -> float:
    """The sign of the field at which a line has its half width: 1, or −1 where it reaches the half level on that side alone."""
    level = (float(line.signal(np.zeros(1))[0]) + line.limit) / 2
    off = np.abs(line.signal(np.array([width, -width])) - level)
    return 1.0 if off[0] <= off[1] else -1.0


class LineShape(NamedTuple):
    """A device's signal as a function of the field's signed magnitude along one direction, on plain numbers.

    Attributes:
        signal: ΔV_Hanle [V], [n], at fields [T], [n].
        limit: what complete dephasing leaves of it [V]: ΔV_Hanle as |B| → ∞, the magnetisation at rest; NaN where that isn't known.
        unit: the field below which precession does nothing any faster [T].
        magnitudes: |B| fine against every feature of the line [T], [points].
        scales: the fields that set its scales [T].
        has_stray: whether it is a numerical average over stray fields.
    """

    signal: Callable[[np.ndarray], np.ndarray]
    limit: float
    unit: float
    magnitudes: np.ndarray
    scales: tuple[float, ...]
    has_stray: bool

    @classmethod
    def of(cls, device: Device, drive: AbstractDrive, field: Field, method: str) -> "LineShape":
        """The line of a device by a method, along the direction of a field. Raises ValueError for traced numbers."""
        if not is_concrete(*jax.tree.leaves((device, drive, field))):
            raise ValueError("half_width: found on the curve itself here, which needs plain numbers: don't trace it")
        unit = float(NaturalUnits.of(device, drive, field).narrowest)

        def solved(B: np.ndarray) -> np.ndarray:
            at = field.along(np.asarray(B, dtype=np.float64))
            units = NaturalUnits.of(device, drive, at)
            if method == "closed" and field.stray is None:
                return np.broadcast_to(np.asarray(closed.signal(units)), units.omega.shape)
            if method == "linear" and field.stray is None:
                y = linear.solve(units)
            else:
                with jax.enable_x64(True):
                    y = np.asarray(steady_state(units, method))
            return np.asarray(HanleCurve.from_natural(units, y, device=device, drive=drive, field=at).Delta_V_Hanle)

        def signal(B: np.ndarray) -> np.ndarray:
            if field.stray is None:
                return solved(B)
            # So many at once, always: one compilation serves.
            padded = np.append(B, np.full(-B.size % AT_ONCE, B[-1]))
            return np.concatenate([solved(part) for part in np.split(padded, padded.size // AT_ONCE)])[: B.size]

        still = NaturalUnits.of(device, drive, Field(np.full(1, DEPHASING * unit), field.direction))
        with jax.enable_x64(True):
            limit = dephased_signal(still) if np.any(still.omega) else signal(np.zeros(1))
        grid, scales = magnitudes(still, field, unit)
        return cls(signal, float(np.ravel(limit)[0]), unit, grid, scales, field.stray is not None)

    @property
    def is_even(self) -> bool:
        """Whether both signs of the field give the same, as far as a few fields over all its scales tell."""
        B = np.geomspace(0.1 * min(self.scales), 10 * max(self.scales), AT_ONCE // 2)
        values = self.signal(np.concatenate([B, -B]))
        odd = np.max(np.abs(values[: B.size] - values[B.size :]))
        return bool(odd <= (_ODD_STRAY if self.has_stray else _ODD) * np.ptp(np.append(values, self.signal(np.zeros(1)))))


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
    """The relaxation time that a single Lorentzian of this half width stands for, τ = ħ/(|g| μ_B hwhm) [s]; hwhm in T."""
    return hbar / (abs(g) * mu_B * hwhm)


def _half_width(response: Response, around: AbstractBehind, natural: NaturalUnits, tesla: Scalar) -> Scalar:
    nonmagnet = natural.device.nonmagnet
    xp = array_module(response, around, tesla)
    if isinstance(around, InjectorBehind):
        top, limit_signal = closed.signal_of(response, around, natural, 0.0 * tesla), closed.dephased_signal_of(response, around, natural)

    def missing(log_omega: Scalars) -> Scalars:
        """Share of the fall that is still missing to one half: positive at B = 0, negative at B → ∞."""
        omega = xp.exp(log_omega)
        if isinstance(around, InjectorBehind):  # two magnetisations may tell the sign of the field
            both = (closed.signal_of(response, around, natural, sign * omega) for sign in (1, -1))
            return xp.minimum(*((one - limit_signal) / (top - limit_signal) - 0.5 for one in both))
        fallen, limit = closed.fallen_share(response, around, omega)
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
