"""Where the linear model is strained: warnings, not refusals."""

import math

import numpy as np

from ._text import number_text, with_prefix
from .constants import e, k_B
from .curve import HanleCurve
from .device import Device, NaturalUnits
from .field import Field
from .nonmagnets import AbstractNonmagnet, Contact, Lumped
from .solvers import closed

#: What counts as small against k_B T_0 or T_0.
SMALL = 0.1


def warnings_for(curve: HanleCurve, *, has_temperature: bool = True, has_voltage: bool = True) -> list[str]:
    """What about a curve lies outside linear response, one sentence each.

    The tunnel equations are linear in V, Δμ, ΔT_s and ΔT_0: e V against k_B T_0, and the accumulations against k_B T_0 and T_0;
    nothing is held against a T_0 that nobody gave, and no voltage that an infinite R_tun makes of the current.
    """
    T_0 = float(curve.device.junction.T_0) if has_temperature else math.inf
    thermal = k_B * T_0 / e
    V = float(np.max(np.abs(curve.V))) if has_voltage else 0.0
    Delta_mu = float(np.max(np.linalg.norm(curve.u, axis=-1)))
    Delta_T_s = float(np.max(np.linalg.norm(curve.T, axis=-1)))
    Delta_T_0 = abs(float(curve.drive.Delta_T_0))
    found = []
    if thermal < V:
        found.append(
            f"the voltage across the junction, {_volts(V)}, is above k_B T_0/e = {_volts(thermal)}: tunnelling is not linear there"
        )
    if Delta_mu > SMALL * thermal:
        found.append(f"the spin accumulation, {_volts(Delta_mu)}, is not small against k_B T_0/e = {_volts(thermal)}")
    if Delta_T_s > SMALL * T_0:
        found.append(f"the spin heat accumulation, {number_text(Delta_T_s, 3)} K, is not small against T_0 = {number_text(T_0, 3)} K")
    nonmagnet = curve.device.nonmagnet
    if isinstance(nonmagnet, Contact):
        across, R_tun = float(nonmagnet.material.rho * nonmagnet.width**2), float(curve.device.junction.R_tun)
        if across > SMALL * R_tun:
            square, tunnel = (number_text(resistance * 1e12, 3) for resistance in (across, R_tun))
            found.append(
                f"R_sq w^2 = {square} ohm um^2 is not small against R_tun = {tunnel} ohm um^2: the current crowds at the contact's edge, "
                "which is left out here"
            )
        off = uniform_injection(curve)
        if off is not None and abs(off) > SMALL / 10:
            found.append(f"spins flow back unevenly under the contact: uniform injection would put the signal at B = 0 off by {off:+.1%}")
    if Delta_T_0 > SMALL * T_0:
        found.append(f"Delta_T_0 = {number_text(Delta_T_0, 3)} K is not small against T_0 = {number_text(T_0, 3)} K")
    return found


def uniform_injection(curve: HanleCurve) -> float | None:
    """How far uniform injection is from a contact with local back-flow: ΔV_Hanle at B = 0 with it, relative to what it is, less one.

    It is what the impedance f(z) of the physics note's table means, exact for R_tun → ∞. None for another nonmagnet, or where
    there is no closed form to compare with.
    """
    device = curve.device
    if not isinstance(device.nonmagnet, Contact):
        return None
    even = Lumped(device.nonmagnet.r_s, device.nonmagnet.r_Q, device.nonmagnet.tau_s, device.nonmagnet.tau_Q)
    still = Field(np.zeros(1), np.array([0.0, 0.0, 1.0]))
    try:
        exact, approximate = (
            float(np.ravel(closed.signal(NaturalUnits.of(_with_nonmagnet(device, nonmagnet), curve.drive, still)))[0])
            for nonmagnet in (device.nonmagnet, even)
        )
    except ValueError:
        return None
    return approximate / exact - 1 if exact else None


def _with_nonmagnet(device: Device, nonmagnet: AbstractNonmagnet) -> Device:
    return Device(device.junction, nonmagnet, device.magnetisation, device.L_0)


def _volts(value: float) -> str:
    return with_prefix(value, "V", 3)
