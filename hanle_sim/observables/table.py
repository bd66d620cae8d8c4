"""The table of observables: what each is, what it is read from, and where it has no meaning. To add one is to add a row."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..numerics.types import AnyArray, Scalar
from ..numerics.vectors import array_module
from ..physics import effective_g
from ..solvers import Problem
from .half_width import HALF, apparent_tau, widths_or_nan
from .line import LineShape
from .line_shape import curvature, curvature_fields, tail_exponent, tail_fields
from .reading import Reading


@dataclass(frozen=True)
class Observable:
    """A number read off a curve. No observable has a meaning in a sweep whose direction turns.

    Attributes:
        name: what it is called in files and tables.
        unit: its SI unit.
        title: what it is called on a figure.
        meaning: what it is, in a sentence.
        unless: where it has no value, in a sentence.
        needs: the parts of a `Reading` without which it has none.
        read: its value.
        fields: of half width and narrowest feature [T], the fields at which it reads the signal [T]; they move with the half width.
        share: of the fall, the share at whose width it looks besides the half width.
    """

    name: str
    unit: str
    title: str
    meaning: str
    unless: str
    needs: tuple[str, ...]
    read: Callable[[Any], Any]
    fields: Callable[[Scalar, Scalar], AnyArray] | None = None
    share: float = HALF


_NO_WIDTH = "The signal doesn't depend on B, vanishes to rounding, or never falls so far; many devices at once need a closed form."
_NO_MODES = "Only lumped devices in a sweep of the magnitude, without stray or exchange fields, have modes; the second needs spin heat."

#: In the order in which they are listed.
TABLE = (
    Observable("Delta_V_0", "V", "signal at B = 0, ΔV", "ΔV_Hanle at B = 0.", "Always has a value.", ("top",), lambda at: at.top),
    Observable("Delta_V_spin_0", "V", "signal of Δμ at B = 0", "Part of it from Δμ, Eq. (6).", "Always has a value.", ("parts",),
               lambda at: at.parts[0]),
    Observable("Delta_V_heat_0", "V", "signal of ΔT_s at B = 0", "Part of it from ΔT_s, Eq. (6).", "Always has a value.", ("parts",),
               lambda at: at.parts[1]),
    Observable("hwhm", "T", "half width, B", "Half width at half maximum: the smallest |B|, on either side, at which half of the fall to "
               "the signal of complete dephasing is left.", _NO_WIDTH, ("widths",), lambda at: at.hwhm),
    Observable("tau_apparent", "s", "apparent relaxation time τ", "Relaxation time of one Lorentzian of this half width, ħ/(|g| μ_B hwhm).",
               _NO_WIDTH, ("widths", "g"), lambda at: apparent_tau(at.hwhm, at.g)),
    Observable("curvature", "", "curvature at B = 0", "Coefficient of (ω_Lτ_s)² in ΔV/ΔV(0) at B = 0: −1 for a Lorentzian, −3/8 for "
               "diffusion.", _NO_WIDTH, ("signal",), curvature, curvature_fields),
    Observable("tail_exponent", "", "exponent of the tail", "d ln|ΔV − ΔV(∞)|/d ln B at 10⁴ half widths: −2 for a Lorentzian, −1/2 for "
               "diffusion.", _NO_WIDTH + " Nor where rounding is all that is left of the signal there.", ("signal",),
               tail_exponent, tail_fields),
    Observable("tau_least_squares", "s", "fitted relaxation time τ",
               "Relaxation time of the least-squares Lorentzian A/(1 + (ω_Lτ)²) + C over the sweep's fields.",
               "The signal doesn't change, or the fields within the window have less than four different |B|; many devices at once "
               "need an exact method without stray fields.", ("fit",), lambda at: array_module(at.fit).exp(at.fit)),
    Observable("mode_tau_1", "s", "relaxation time of the slower mode", "Relaxation time of the slower mode.", _NO_MODES, ("mode_1",),
               lambda at: at.mode_1[0]),
    Observable("mode_tau_2", "s", "relaxation time of the faster mode", "Relaxation time of the faster mode.", _NO_MODES, ("mode_2",),
               lambda at: at.mode_2[0]),
    Observable("mode_weight_1", "V", "weight of the slower mode", "Part of the slower mode in ΔV(0).", _NO_MODES, ("mode_1",),
               lambda at: at.mode_1[1]),
    Observable("mode_weight_2", "V", "weight of the faster mode", "Part of the faster mode in ΔV(0).", _NO_MODES, ("mode_2",),
               lambda at: at.mode_2[1]),
)  # fmt: skip
#: By name.
OBSERVABLES = {row.name: row for row in TABLE}
#: Shares of the fall whose widths are read.
SHARES = tuple(sorted({HALF, *(row.share for row in TABLE)}))


def read_off(at: Reading) -> dict[str, Any]:
    """Every observable that a reading has, by name; NaN where it comes to nothing."""
    return {row.name: row.read(at) for row in TABLE if all(getattr(at, part) is not None for part in row.needs)}


def line_reading(problem: Problem, line: LineShape, top: float) -> Reading:
    """What is read off the line of one device on plain numbers: no more than its top where it has no half width.

    Arguments:
        problem: the device along one direction.
        line: its line.
        top: ΔV_Hanle at B = 0 [V].
    """
    g = abs(float(effective_g(problem.device.nonmagnet.g, problem.field.direction)))
    widths, limit = widths_or_nan(problem, SHARES, line)
    if not math.isfinite(widths[HALF]) or top == 0 or g == 0:
        return Reading(top)
    fields = fields_of(widths, line.unit)
    reading = Reading(top, limit, widths, g=g, tau_s=float(problem.device.nonmagnet.tau_s))
    return reading.of_signal(fields, line.signal(np.concatenate(list(fields.values()))))


def fields_of(widths: dict[float, Scalar], narrowest: Scalar) -> dict[str, AnyArray]:
    """The fields at which observables read the signal [T], by name."""
    return {row.name: row.fields(widths[HALF], narrowest) for row in TABLE if row.fields is not None}
