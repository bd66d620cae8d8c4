"""What one reads off a line: curvature, tail, and the relaxation time that each model would make of its width."""

import math
from typing import Any, NamedTuple

import numpy as np
import scipy.optimize

from ..constants import hbar, mu_B
from ..numerics.types import AnyArray, Array, Scalar
from ..numerics.vectors import array_module
from ..physics import Contact, CurrentBias, Device, Field, Junction
from ..physics.nonmagnets import AbstractExtended
from ..physics.nonmagnets.material import Material
from ..physics.nonmagnets.vertical import DIFFUSIVE_HALF_WIDTH
from .half_width import apparent_tau, half_width
from .reading import Reading

#: Where the tail's exponent is read, in half widths.
TAIL = 1e4
# Steps, in half widths or in the narrowest feature there may be, and in ln B, that leave neither rounding nor the next orders a
# part in 1e9 of the curvature; and what is left of the signal in its tail that is more than rounding.
_CURVATURE_STEP, _TAIL_STEP, _LEFT = 5e-3, 0.1, 1e-13


class ApparentTimes(NamedTuple):
    """Relaxation times that stand for a half width [s], NaN for none.

    Attributes:
        lumped: ħ/(g μ_B hwhm): read as a Lorentzian.
        diffusive: read as one contribution in a semi-infinite nonmagnet.
        own: read as one contribution in the device's own geometry, D and lengths as they are.
    """

    lumped: float
    diffusive: float
    own: float


def curvature_fields(hwhm: Scalar, narrowest: Scalar) -> AnyArray:
    """Steps h, 2h, 4h and −h, −2h, −4h of the half width, or of what is narrower within it [T], [6]."""
    return array_module(hwhm, narrowest).minimum(hwhm, narrowest) * _CURVATURE_STEP * np.array([1.0, 2.0, 4.0, -1.0, -2.0, -4.0])


def curvature(at: Reading) -> Scalar:
    """Coefficient of (ω_Lτ_s)² in ΔV/ΔV(0) at B = 0: −1 for a Lorentzian, −3/8 for a semi-infinite nonmagnet.

    Second differences at steps h, 2h and 4h, extrapolated to h = 0 (Richardson, even powers of h).
    """
    B, signal = at.at("curvature")
    slopes = ((signal[:3] + signal[3:]) / 2 - at.top) / at.top / (B[:3] * (at.g * mu_B / hbar * at.tau_s)) ** 2
    first = (4 * slopes[:2] - slopes[1:]) / 3
    return (16 * first[0] - first[1]) / 15


def tail_fields(hwhm: Scalar, narrowest: Scalar) -> AnyArray:
    """Two fields on either side of 10⁴ half widths [T], [4]."""
    return TAIL * hwhm * np.exp(_TAIL_STEP * np.array([-2.0, -1.0, 1.0, 2.0]))


def tail_exponent(at: Reading) -> Scalar:
    """d ln|ΔV − ΔV(∞)|/d ln B at 10⁴ half widths: −2 for a Lorentzian, −1/2 for diffusion; NaN where nothing is left there."""
    left = at.at("tail_exponent")[1] - at.limit
    xp = array_module(left)
    exists = xp.all(abs(left) > _LEFT * abs(at.top)) & xp.all(xp.sign(left) == xp.sign(left[0]))
    if at.quotient is not None:
        return xp.where(exists, two_lorentzian_tail(at.quotient, TAIL * at.hwhm), xp.nan)
    logs = xp.log(abs(xp.where(exists, left, 1.0)))
    return xp.where(exists, (8 * (logs[2] - logs[1]) - (logs[3] - logs[0])) / (12 * _TAIL_STEP), xp.nan)


def two_lorentzian_tail(quotient: Array, B: Scalar) -> Scalar:
    """The tail's exponent of ΔV = (n_0 + n_1 X + n_2 X²)/(1 + d_1 X + d_2 X²) at X = B², of n_0, n_1, n_2, d_1 and d_2: what is left of the
    limit n_2/d_2 is a quotient too, in which nothing cancels.
    """
    n_0, n_1, n_2, d_1, d_2 = quotient
    X, limit = B**2, n_2 / d_2
    left_0, left_1 = n_0 - limit, n_1 - limit * d_1
    return 2 * X * (left_1 / (left_0 + left_1 * X) - (d_1 + 2 * d_2 * X) / (1 + (d_1 + d_2 * X) * X))


def apparent_times(device: Device, hwhm: float, g: float) -> ApparentTimes:
    """Relaxation times that a half width [T] stands for, by model."""
    if not math.isfinite(hwhm) or g == 0:
        return ApparentTimes(math.nan, math.nan, math.nan)
    lorentzian = float(apparent_tau(hwhm, g))
    return ApparentTimes(lorentzian, DIFFUSIVE_HALF_WIDTH * lorentzian, _own_time(device, hwhm, g, lorentzian))


def _own_time(device: Device, hwhm: float, g: float, lorentzian: float) -> float:
    nonmagnet: Any = device.nonmagnet
    if nonmagnet.omega_at_half_width is not None or not nonmagnet.has_extent:
        return lorentzian * (nonmagnet.omega_at_half_width or math.nan)

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
