"""What one reads off a line: curvature, tail, and the relaxation time that each model would make of its width."""

import math
from typing import Any, NamedTuple

import numpy as np
import scipy.optimize

from ..physics.contact import Contact
from ..physics.device import Device
from ..physics.drives import CurrentBias
from ..physics.field import Field
from ..physics.junction import Junction
from ..physics.nonmagnets import AbstractExtended, Diffusive, Lumped
from ..physics.nonmagnets.material import Material
from .half_width import apparent_tau, half_width
from .line import LineShape

#: ω_Lτ at half width of one contribution in a semi-infinite nonmagnet, √(3 + 2√3) (docs/derivations.md, section 11).
DIFFUSIVE_HALF_WIDTH = math.sqrt(3 + 2 * math.sqrt(3))
#: Where the tail's exponent is read, in half widths.
TAIL = 1e4
#: Steps, in half widths or in the narrowest feature there may be, and in ln B, that leave neither rounding nor the next orders a
#: part in 1e9 of the curvature.
CURVATURE_STEP, _TAIL_STEP = 5e-3, 1e-2


class Readings(NamedTuple):
    """Relaxation times that stand for a half width [s], NaN for none.

    Attributes:
        lumped: ħ/(g μ_B hwhm): read as a Lorentzian.
        diffusive: read as one contribution in a semi-infinite nonmagnet.
        own: read as one contribution in the device's own geometry, D and lengths as they are.
    """

    lumped: float
    diffusive: float
    own: float


def curvature(line: LineShape, hwhm: float, tau_s: float, unit: float) -> float:
    """Coefficient of (ω_Lτ_s)² in ΔV/ΔV(0) at B = 0: −1 for a Lorentzian, −3/8 for a semi-infinite nonmagnet.

    Arguments:
        line: the line.
        hwhm: its half width [T]; the scale of the step, unless a line within the line is narrower.
        tau_s: spin relaxation time [s].
        unit: the field at which ω_L = 1 rad/s [T s].
    """
    steps = min(hwhm, line.unit) * CURVATURE_STEP * np.array([1.0, 2.0, 4.0])
    values = line.signal(np.concatenate([[0.0], steps, -steps]))
    top = values[0]
    slopes = ((values[1:4] + values[4:]) / 2 - top) / top / (steps / unit * tau_s) ** 2
    return float(extrapolated(slopes))


def extrapolated(slopes: Any) -> Any:
    """Second differences at steps h, 2h and 4h [3, ...], extrapolated to h = 0 (Richardson, even powers of h), [...]."""
    first = (4 * slopes[:2] - slopes[1:]) / 3
    return (16 * first[0] - first[1]) / 15


def tail_exponent(line: LineShape, hwhm: float) -> float:
    """d ln|ΔV − ΔV(∞)|/d ln B at 10⁴ half widths: −2 for a Lorentzian, −1/2 for diffusion; NaN where nothing is left there."""
    at = TAIL * hwhm * np.exp(_TAIL_STEP * np.array([-2.0, -1.0, 1.0, 2.0]))
    left = line.signal(at) - line.limit
    top = line.signal(np.zeros(1))[0] - line.limit
    if not np.all(np.abs(left) > 1e-13 * abs(top)) or np.any(np.sign(left) != np.sign(left[0])):
        return math.nan
    logs = np.log(np.abs(left))
    return float((8 * (logs[2] - logs[1]) - (logs[3] - logs[0])) / (12 * _TAIL_STEP))


def readings(device: Device, hwhm: float, g: float) -> Readings:
    """Relaxation times that a half width [T] stands for, by model."""
    if not math.isfinite(hwhm) or g == 0:
        return Readings(math.nan, math.nan, math.nan)
    lorentzian = float(apparent_tau(hwhm, g))
    return Readings(lorentzian, DIFFUSIVE_HALF_WIDTH * lorentzian, _own_reading(device, hwhm, g, lorentzian))


def _own_reading(device: Device, hwhm: float, g: float, lorentzian: float) -> float:
    nonmagnet = device.nonmagnet
    if isinstance(nonmagnet, Lumped):
        return lorentzian
    if isinstance(nonmagnet, Diffusive):
        return DIFFUSIVE_HALF_WIDTH * lorentzian
    if not isinstance(nonmagnet, AbstractExtended):
        return math.nan

    def excess(log_tau: float) -> float:
        return math.log(_one_contribution(nonmagnet, math.exp(log_tau), g) / hwhm)

    middle = math.log(float(nonmagnet.tau_s))
    for decades in (1, 3, 6):
        low, high = middle - decades * math.log(10), middle + decades * math.log(10)
        ends = excess(low), excess(high)
        if all(map(math.isfinite, ends)) and ends[0] * ends[1] < 0:
            return math.exp(scipy.optimize.brentq(excess, low, high, xtol=1e-12))
    return math.nan


def _one_contribution(nonmagnet: AbstractExtended, tau: float, g: float) -> float:
    """Half width [T] of spin accumulation alone, without back-flow, in a geometry with another relaxation time."""
    own = nonmagnet.material
    material = Material(own.rho, own.rho_Q, own.D, tau, tau, g)
    changed = nonmagnet.with_material(material)
    tunnelling = Junction.from_resistance(R_tun=1e12 * float(changed.r_s), P_G=1.0, T_0=300.0, per_area=changed.is_per_area)
    contacts = Contact(tunnelling, CurrentBias(1.0)), Contact(tunnelling)
    return float(half_width(Device(contacts[: len(changed.contacts)], changed), Field(np.zeros(1))))
