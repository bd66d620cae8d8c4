"""Widths of a Hanle curve, as properties of the exact curve rather than of a grid of fields."""

import functools
import math
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ._checks import is_concrete
from ._types import Scalar
from .constants import hbar, mu_B
from .curve import HanleCurve
from .device import Device, NaturalUnits
from .drive import AbstractDrive
from .field import Field
from .precision import warn_of_single
from .solvers import closed, exact_method, linear, steady_state
from .solvers._behind import AbstractBehind, InjectorBehind
from .solvers._response import Response
from .vectors import Scalars, array_module

# The search for the crossing: each round narrows the bracket 255-fold, from some forty decades to rounding.
_POINTS, _ROUNDS = 256, 9
# The same on a curve that takes longer; always as many fields at once, so that one compilation serves.
_LINE_POINTS, _LINE_ROUNDS = 24, 11
#: A field so strong that only the component along it is left, in units of ħ/(g μ_B τ); what remains is one over its root.
DEPHASING = 1e18


def half_width(device: Device, drive: AbstractDrive, field: Field) -> Scalar:
    """Half width at half maximum: the smallest |B| at which ΔV_Hanle has gone half way from its value at B = 0 to that at
    |B| → ∞ [T]; NaN where the curve doesn't depend on B, or never goes so far.

    Found on the exact closed form and differentiable (the implicit function theorem, by one Newton step from the root). With
    exchange, stray fields, a magnetisation that tilts, or a g-tensor, and for what has no closed form, it is found on the curve
    itself, half way to what complete dephasing would leave of it without the tilt.

    Arguments:
        device, drive: what is measured.
        field: only its direction counts, and what it adds to the applied field.

    Raises:
        ValueError: a direction that changes along the sweep; relaxation or a bulk Seebeck coefficient that only finite volumes
            cover; traced numbers where it is found on the curve.

    Warns:
        SinglePrecisionWarning: JAX arrays, traced or not, in single precision; plain numbers are computed in double throughout.
    """
    if array_module(device, drive, field) is not np:
        warn_of_single("half_width", device, drive, field)
    if field.direction.ndim > 1:
        raise ValueError("half_width: the field's direction changes along the sweep: give one direction")
    natural = NaturalUnits.of(device, drive, field)
    method = exact_method(natural)
    if method != "closed" or not is_one_direction(natural, field):
        return half_width_of_signal(LineShape.of(device, drive, field, method))
    response, around = closed.prepared(natural)
    tesla = hbar / mu_B / natural.time
    if array_module(response, around, tesla) is np:  # plain numbers: double precision, and nothing to compile
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            return float(_half_width(response, around, natural, tesla))
    return _compiled_half_width(response, around, natural, tesla)


def half_width_or_nan(device: Device, drive: AbstractDrive, field: Field, method: str) -> tuple[float, float]:
    """`half_width` and the signal as |B| → ∞ [T], [V], on plain numbers; NaN where a sweep has none, or a method doesn't tell."""
    if field.direction.ndim > 1:
        return math.nan, math.nan
    limit = LineShape.of(device, drive, field, method).limit
    return float(half_width(device, drive, field)) if math.isfinite(limit) else math.nan, limit


def is_one_direction(natural: NaturalUnits, field: Field) -> bool:
    """Whether spins and magnetisation keep their axes along a sweep: nothing adds to the applied field or turns with it."""
    return field.is_plain and field.B_sat is None and natural.direction.ndim == 1 and getattr(natural.larmor, "ndim", 0) == 0


class LineShape(NamedTuple):
    """A device's signal as a function of the field's signed magnitude along one direction, on plain numbers.

    Attributes:
        signal: ΔV_Hanle [V], [n], at fields [T], [n].
        limit: ΔV_Hanle as |B| → ∞ [V], the magnetisation at rest.
        unit: the field below which precession does nothing any faster [T].
    """

    signal: Callable[[np.ndarray], np.ndarray]
    limit: float
    unit: float

    @classmethod
    def of(cls, device: Device, drive: AbstractDrive, field: Field, method: str) -> "LineShape":
        """The line of a device by a method, along the direction of a field. Raises ValueError for traced numbers."""
        if not is_concrete(*jax.tree.leaves((device, drive, field))):
            raise ValueError("half_width: found on the curve itself here, which needs plain numbers: don't trace it")
        nonmagnet, unit = device.nonmagnet, float(NaturalUnits.of(device, drive, field).narrowest)

        def natural(B: np.ndarray, field: Field) -> NaturalUnits:
            return NaturalUnits.of(device, drive, field.along(np.asarray(B, dtype=np.float64)))

        def signal(B: np.ndarray) -> np.ndarray:
            units = natural(B, field)
            if method == "closed" and field.stray is None:
                found = np.asarray(closed.signal(units))
                return np.broadcast_to(found, units.omega.shape)
            if method == "linear" and field.stray is None:
                y = linear.solve(units)
            else:
                with jax.enable_x64(True):
                    y = np.asarray(steady_state(units, method))
            curve = HanleCurve.from_natural(units, y, device=device, drive=drive, field=field.along(np.asarray(B)))
            return np.asarray(curve.Delta_V_Hanle)

        still = natural(np.array([DEPHASING * unit]), Field(np.ones(1), field.direction))
        if method in ("closed", "linear") and nonmagnet.is_isotropic:
            limit = closed.dephased_signal(still)
        elif method == "linear":
            curve = HanleCurve.from_natural(
                still, linear.solve(still), device=device, drive=drive, field=Field(np.ones(1), field.direction)
            )
            limit = curve.Delta_V_Hanle
        else:
            # Isotropic relaxation leaves nothing of what lies across a strong field; in general finite volumes don't tell.
            nothing_left = nonmagnet.is_isotropic and abs(float(device.magnetisation @ field.direction)) < 1e-12
            limit = 0.0 if nothing_left else np.nan
        return cls(signal, float(np.ravel(limit)[0]), unit)


def half_width_of_signal(line: LineShape) -> float:
    """The smallest |B| at which a line has gone half way from its value at B = 0 to its limit [T]; NaN where it doesn't."""
    with np.errstate(all="ignore"):
        top = float(line.signal(np.zeros(_LINE_POINTS))[0])
        fall = top - line.limit
        if not math.isfinite(fall) or abs(fall) <= 1e-12 * abs(top):
            return math.nan

        low, high = math.log(1e-6 * line.unit), math.log(1e14 * line.unit)
        for _ in range(_LINE_ROUNDS):
            grid = np.linspace(low, high, _LINE_POINTS)
            below = (line.signal(np.exp(grid)) - line.limit) / fall <= 0.5
            if not below.any() or below[0]:
                return math.nan
            first = int(np.argmax(below))
            low, high = grid[first - 1], grid[first]
        return math.exp((low + high) / 2)


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
        if isinstance(around, InjectorBehind):
            return (closed.signal_of(response, around, natural, omega) - limit_signal) / (top - limit_signal) - 0.5
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
        root = _search(missing, outer, np)
    else:
        root = jax.lax.custom_root(
            missing, outer[0], lambda function, _: _search(function, outer, jnp), lambda linear, y: y / linear(jnp.ones_like(y))
        )
    inside = (root > outer[0]) & (root < outer[1]) & (response.sine_squared > 0) & (nonmagnet.g != 0)
    return xp.where(inside, xp.exp(root) * tesla / xp.where(inside, abs(nonmagnet.g), 1.0), xp.nan)


_compiled_half_width = jax.jit(_half_width)


def _search(function: Callable[[Scalars], Scalars], outer: tuple[Scalar, Scalar], xp: ModuleType) -> Scalar:
    """Where a function first changes its sign: the first such interval of an even grid, again and again."""

    def narrowed(_: Any, bracket: tuple[Scalar, Scalar]) -> tuple[Scalar, Scalar]:
        grid = bracket[0] + (bracket[1] - bracket[0]) * xp.linspace(0.0, 1.0, _POINTS)
        first = xp.argmax(function(grid) <= 0)  # 0 where the sign never changes: the bracket then closes on its low end
        return grid[xp.maximum(first - 1, 0)], grid[first]

    if xp is np:
        low, high = functools.reduce(lambda bracket, _: narrowed(0, bracket), range(_ROUNDS), outer)
    else:
        low, high = jax.lax.fori_loop(0, _ROUNDS, narrowed, outer)
    return (low + high) / 2
