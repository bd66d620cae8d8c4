"""Where the linear model is strained: warnings, not refusals."""

import dataclasses
import math
from typing import Any

import numpy as np

from ..constants import e, k_B
from ..curve import HanleCurve
from ..observables.half_width import width_of
from ..physics import Contact, Device, Field, VoltageBias
from ..physics.nonmagnets import Lumped
from ..solvers import Problem, closed
from ..text import number_text, with_prefix

#: What counts as small against k_B T_0 or T_0.
SMALL = 0.1
#: What rounding leaves of terms that cancel.
ROUNDING = 1e-12


def warnings_for(curve: HanleCurve, uniform: float | None = None, *, has_temperature: bool = True, has_voltage: bool = True) -> list[str]:
    """What about a curve lies outside linear response, one sentence each.

    The tunnel equations are linear in V, Δμ, ΔT_s and ΔT_0: e V against k_B T_0, and the accumulations against k_B T_0 and T_0;
    nothing is held against a T_0 that nobody gave, and no voltage that an infinite R_tun makes of the current. `uniform` is what
    `uniform_injection` says.
    """
    T_0 = float(curve.device.injector.junction.T_0) if has_temperature else math.inf
    thermal = k_B * T_0 / e
    V = float(np.max(np.abs(curve.V))) if has_voltage else 0.0
    Delta_mu = float(np.max(np.linalg.norm(curve.u, axis=-1)))
    Delta_T_s = float(np.max(np.linalg.norm(curve.T, axis=-1)))
    Delta_T_0 = abs(float(curve.device.injector.drive.Delta_T_0))
    found = []
    if thermal < V:
        found.append(
            f"the voltage across the junction, {_volts(V)}, is above k_B T_0/e = {_volts(thermal)}: tunnelling is not linear there"
        )
    if Delta_mu > SMALL * thermal:
        found.append(f"the spin accumulation, {_volts(Delta_mu)}, is not small against k_B T_0/e = {_volts(thermal)}")
    if Delta_T_s > SMALL * T_0:
        found.append(f"the spin heat accumulation, {number_text(Delta_T_s, 3)} K, is not small against T_0 = {number_text(T_0, 3)} K")
    nonmagnet: Any = curve.device.nonmagnet
    if nonmagnet.has_local_back_flow:
        across, R_tun = float(nonmagnet.material.rho * nonmagnet.width**2), float(curve.device.injector.junction.R_tun)
        if across > SMALL * R_tun:
            square, tunnel = (number_text(resistance * 1e12, 3) for resistance in (across, R_tun))
            found.append(
                f"R_sq w^2 = {square} ohm um^2 is not small against R_tun = {tunnel} ohm um^2: the current crowds at the contact's edge, "
                "which is left out here"
            )
    if uniform is not None and abs(uniform) > SMALL / 10:
        found.append(f"spins flow back unevenly under the contact: uniform injection would put the signal at B = 0 off by {uniform:+.1%}")
    if Delta_T_0 > SMALL * T_0:
        found.append(f"Delta_T_0 = {number_text(Delta_T_0, 3)} K is not small against T_0 = {number_text(T_0, 3)} K")
    return found + _about_contacts(curve.device)


def _about_contacts(device: Device) -> list[str]:
    """Numbers of a junction that are allowed and seldom meant."""
    found = []
    for home, contact in zip(device.nonmagnet.contacts, device.contacts, strict=True):
        junction, bias = contact.junction, contact.drive
        eta, P_G, P_L = float(junction.eta_mix), float(junction.P_G), float(junction.P_L)
        if eta < 1:
            found.append(
                f"{home}: eta_mix = {eta:.4g} is below 1, which scattering theory does not allow: take it as a phenomenological number"
            )
        # At open circuit V = S ΔT_0, and P_G G V + P_L L ΔT_0 = (P_G − P_L) G S ΔT_0.
        if float(bias.Delta_T_0) and bias.feeds_back and abs(P_G - P_L) < SMALL * max(abs(P_G), abs(P_L)):
            found.append(
                f"{home}: P_L = {P_L:.4g} is close to P_G = {P_G:.4g}, and the spin current that Delta_T_0 drives goes with P_L - P_G: "
                "nearly no spins are injected by heat"
            )
    return found


def warnings_about_width(problem: Problem, hwhm: float) -> list[str]:
    """What about a half width [T] hides the relaxation times or lies outside a sweep of the magnitude, one sentence each."""
    found = []
    B = np.unique(np.abs(np.asarray(problem.field.B)))
    if B.size > 2 and hwhm > B[-1]:
        found.append(f"the half width, {with_prefix(hwhm, 'T')}, lies outside the sweep, which ends at {with_prefix(B[-1], 'T')}")
    if B.size > 2 and hwhm < B[0]:
        found.append(f"the half width, {with_prefix(hwhm, 'T')}, lies outside the sweep, which begins at {with_prefix(B[0], 'T')}")
    device, times = problem.device, broadening(problem, hwhm)
    x = max(float(device.nonmagnet.r_s * contact.junction.G) for contact in device.contacts)
    if times is None and x > SMALL:
        found.append(f"r_s/R_tun = {x:.3g} is not small: spins flow back into the ferromagnet, and the half width does not give tau_s")
    elif times is not None and x < SMALL**2 and not 1 - SMALL < times < 1 + SMALL:
        found.append(f"the mixing conductance turns spins at the contact: the half width is {times:.3g} times that without back-flow")
    elif times is not None and not 1 - SMALL < times < 1 + SMALL:
        found.append(
            f"spins flow back into the ferromagnet (r_s/R_tun = {x:.3g}): the half width is {times:.3g} times that without back-flow, "
            "and so is a 1/tau_s read off it"
        )
    return found


def broadening(problem: Problem, hwhm: float) -> float | None:
    """The half width [T] relative to that of the same contact at so high a resistance that nothing flows back; None where unknown.

    Both along the field's direction, without what else turns spins or the magnetisation.
    """
    if not problem.exact.is_exact:
        return None
    device, field, plain = problem.device, problem.field, Field(np.zeros(1), problem.field.direction)
    alone = dataclasses.replace(problem, field=plain, natural=problem.natural.in_field(plain))
    own = hwhm if field.is_plain and field.B_sat is None else float(width_of(alone))
    tenuous = 1e-9 / max(float(device.mismatch_s), float(device.mismatch_Q))
    # Changed in natural units alone, from which a half width is read.
    natural = alone.natural.with_contacts(*_tunnelling(alone.natural.device, tenuous))
    free = float(width_of(dataclasses.replace(alone, natural=natural, admittance=None)))
    return own / free if np.isfinite(own) and np.isfinite(free) else None


def _tunnelling(device: Device, factor: float) -> list[Contact]:
    """Contacts whose conductances are multiplied by a factor, at given voltages; line shapes without back-flow do not depend on it."""
    injector, *others = device.contacts
    still = injector.under(VoltageBias(injector.open_voltage, injector.drive.Delta_T_0))
    return [dataclasses.replace(contact, junction=contact.junction.scaled(factor)) for contact in (still, *others)]


def size_of_terms(problem: Problem) -> tuple[float, float]:
    """What the spin and the heat term of ΔV_Hanle at B = 0 are sums of: their sizes as I (or V), the thermovoltage of ΔT_0 and ΔT_0
    itself would drive them one by one, summed [V]. `ROUNDING` of that is what is left where they cancel.
    """
    still = problem.natural.in_field(Field(np.zeros(1)))
    injector, *others = still.device.contacts
    spin, heat = 0.0, 0.0
    for source in injector.drive.sources(injector.junction):
        driven = still.with_contacts(injector.under(source), *others)
        y = np.asarray(problem.plain.solve(driven)).reshape(-1, 2, 3)[-1]
        terms = driven.device.detector.signals(y)
        spin, heat = spin + abs(float(np.ravel(terms[0])[0])), heat + abs(float(np.ravel(terms[1])[0]))
    return spin, heat


def uniform_injection(problem: Problem, terms: float) -> float | None:
    """How far uniform injection is from a contact with local back-flow: ΔV_Hanle at B = 0 with it, relative to what it is, less one.

    It is what the impedance f(z) of docs/derivations.md, section 3.4, means, exact for R_tun → ∞. None for another nonmagnet, where
    there is no closed form to compare with, and for a signal that is rounding of its terms, of all of `size_of_terms` [V].
    """
    still = problem.natural.in_field(Field(np.zeros(1)))
    nonmagnet = still.device.nonmagnet
    if not nonmagnet.has_local_back_flow or "closed" not in problem.covering:
        return None
    even = Lumped(nonmagnet.r_s, nonmagnet.r_Q, nonmagnet.tau_s, nonmagnet.tau_Q)
    exact = float(np.ravel(closed.signal(still, problem.admittance))[0])
    approximate = closed.signal(dataclasses.replace(still, device=dataclasses.replace(still.device, nonmagnet=even)))
    return float(np.ravel(approximate)[0]) / exact - 1 if abs(exact) > ROUNDING * terms else None


def _volts(value: float) -> str:
    return with_prefix(value, "V", 3)
