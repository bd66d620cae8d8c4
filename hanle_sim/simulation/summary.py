"""What a simulation found, as `summary.json` holds it."""

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._version import __version__
from ..configuration import Configuration
from ..curve import HanleCurve
from ..observables.half_width import HALF
from ..observables.reading import Reading
from ..observables.table import read_off
from ..observables.two_lorentzians import TwoLorentzians
from ..physics import Device, effective_g
from ..solvers import Problem
from ..solvers.closed import modes
from .validity import ROUNDING, uniform_injection, warnings_about_width, warnings_for

#: Where two ways to the same curve are said to disagree, relative to the peak.
DISAGREEMENT = 1e-6


@dataclass(frozen=True)
class Findings:
    """What a run computed.

    Attributes:
        method: the method of the curve.
        at_zero: the curve at B = 0.
        analysis: bare and dressed modes, where there are two.
        hwhm: half width [T], NaN for none.
        limit: what complete dephasing leaves of the signal, the magnetisation at rest [V], NaN if unknown.
        sizes: of the spin and the heat term, as `validity.size_of_terms` has them [V].
        agreement: by method, its largest difference from the exact curve relative to the peak; None where it wasn't asked, or can't
            tell, and None if the run was not checked.
        remarks: what it can't tell, one sentence each.
        checked: at how many fields of the sweep.
        stray_error: stated error of the average over stray fields, relative to the peak; None without.
        lorentzians: the paper's approximation; None on a lateral channel.
    """

    method: str
    at_zero: HanleCurve
    analysis: modes.ModeAnalysis | None
    hwhm: float
    limit: float
    sizes: tuple[float, float]
    agreement: dict[str, float | None] | None
    remarks: list[str]
    checked: int
    stray_error: float | None
    lorentzians: TwoLorentzians | None


def summary_of(configuration: Configuration, problem: Problem, findings: Findings) -> dict[str, Any]:
    """What summary.json holds."""
    device, junction, nonmagnet = problem.device, problem.device.injector.junction, problem.device.nonmagnet
    direction = problem.field.direction
    at_zero, analysis, hwhm = findings.at_zero, findings.analysis, findings.hwhm
    has_heat, is_open = configuration.has_heat, configuration.is_open
    g = float(effective_g(nonmagnet.g, direction)) if direction.ndim == 1 else 0.0
    is_lateral = device.is_nonlocal
    area = None if is_lateral else configuration.junction.contact_area
    sizes = findings.sizes
    rounding, uniform = ROUNDING * sum(sizes), uniform_injection(problem, sum(sizes))
    terms = (at_zero.Delta_V_Hanle, sum(sizes)), (at_zero.Delta_V_spin, sizes[0]), (at_zero.Delta_V_heat, sizes[1])
    signal, spin, heat = (0.0 if abs(term[0]) <= ROUNDING * size else float(term[0]) for term, size in terms)
    has_signal = signal != 0 and math.isfinite(hwhm)
    found = read_off(Reading(signal, widths={HALF: hwhm} if has_signal else None, g=abs(g) or None))
    V_0, I_0 = float(np.ravel(at_zero.V)[0]), float(np.ravel(at_zero.I)[0])
    per_area = 1.0 if not is_lateral else float(configuration.junction.contact_area.value)  # type: ignore[union-attr]
    kappa_el, R_tun = configuration.junction.kappa_el, math.inf if is_open else float(junction.R_tun)
    margin = min(float(contact.junction.second_law_margin) for contact in device.contacts)
    amplitudes = None if findings.lorentzians is None else findings.lorentzians.amplitudes
    summary = {
        "name": configuration.name,
        "model": configuration.nonmagnet.model,
        "method": findings.method,
        "Delta_V_0_V": found["Delta_V_0"],
        "Delta_V_spin_0_V": spin,
        "Delta_V_heat_0_V": heat,
        "Delta_V_infinity_V": 0.0 if abs(findings.limit) <= max(1e-14 * abs(signal), 1e-2 * rounding) else findings.limit,
        "R_nl_0_ohm": float(np.ravel(at_zero.R_nl)[0]) if is_lateral else None,
        "Delta_I_0_A_per_m2": -float(junction.G) * signal if not device.injector.drive.feeds_back and not is_lateral else None,
        "V_0_V": math.inf if is_open else V_0,
        "I_0_A_per_m2": I_0 / per_area,
        "hwhm_T": found.get("hwhm"),
        "tau_apparent_s": found.get("tau_apparent"),
        "tau_s_s": float(nonmagnet.tau_s),
        "tau_Q_s": float(nonmagnet.tau_Q) if has_heat else None,
        "Delta_mu_over_e_0_V": float(at_zero.Delta_mu_over_e[0]),
        "Delta_T_s_0_K": float(at_zero.Delta_T_s[0]),
        "eq14_Delta_V_0_V": None if amplitudes is None else float(sum(amplitudes)),
        "eq14_Delta_V_spin_0_V": None if amplitudes is None else float(amplitudes[0]),
        "eq14_Delta_V_heat_0_V": None if amplitudes is None else float(amplitudes[1]),
        "modes": _listed(None if analysis is None else analysis.dressed, has_heat),
        "bare_modes": _listed(None if analysis is None else analysis.bare, has_heat),
        "second_law_margin": (0.0 if abs(margin) < ROUNDING else margin) if has_heat else None,
        "alpha": float(device.alpha) if has_heat else None,
        "r_s_over_R_tun": 0.0 if is_open else float(device.mismatch_s),
        "r_Q_kappa_el": None if not has_heat else 0.0 if is_open and kappa_el is None else float(device.mismatch_Q),
        "R_tun_ohm": R_tun / area.value if area else R_tun if is_lateral else None,
        "r_s_ohm": float(nonmagnet.r_s) / area.value if area else float(nonmagnet.r_s) if is_lateral else None,
        "I_0_A": I_0 * area.value if area else I_0 if is_lateral else None,
        "uniform_injection_off": uniform,
        "stray_error": findings.stray_error,
        "agreement": findings.agreement,
        "warnings": _warnings(configuration, problem, findings, hwhm if has_signal else math.nan, uniform),
        "hanle_sim": __version__,
    }
    return without_nan(summary)


def _listed(group: modes.Modes | None, has_heat: bool) -> list[dict[str, float]]:
    """Both modes, or without spin heat the spins' own, which is the slower one."""
    if group is None:
        return []
    listed = [{"tau_s": float(tau), "weight_V": float(weight)} for tau, weight in zip(group.tau, group.weight, strict=True)]
    return listed if has_heat else listed[:1]


def _warnings(configuration: Configuration, problem: Problem, findings: Findings, hwhm: float, uniform: float | None) -> list[str]:
    given = {"has_temperature": configuration.nonmagnet.T_0 is not None, "has_voltage": not configuration.is_open}
    found = warnings_for(findings.at_zero, uniform, **given)
    if math.isfinite(hwhm) and problem.field.direction.ndim == 1:
        found += warnings_about_width(problem, hwhm)
    found += warnings_about_lines(configuration, problem.device) + findings.remarks
    agreement = findings.agreement or {}
    for way, difference in agreement.items():
        if difference is not None and not difference <= DISAGREEMENT:
            found.append(f"the methods disagree: {way} differs by {difference:.1e} of the peak")
    points = np.asarray(problem.field.B).size
    if findings.checked < points and agreement.get("integrate") is not None:
        found.append(f"the Bloch equations were integrated at {findings.checked} of the {points} fields")
    if findings.stray_error is not None and not findings.stray_error <= DISAGREEMENT:
        found.append(f"the average over stray fields is uncertain by {findings.stray_error:.1e} of the peak")
    return found


def warnings_about_lines(configuration: Configuration, device: Device) -> list[str]:
    """Contacts of a lateral channel that are longer than what they are taken as, lines across it."""
    nonmagnet: Any = device.nonmagnet
    width, found = configuration.nonmagnet.value_of("channel_width"), []
    if device.is_nonlocal and width is not None:
        for home, section in (("junction", configuration.junction), ("detector", configuration.detecting)):
            assert section.contact_area is not None
            length = section.contact_area.value / width.value
            for name, limit in (("lambda_s", nonmagnet.material.lambda_s), ("distance", nonmagnet.distance)):
                if length > float(limit) * (1 + 1e-9):
                    found.append(
                        f"{home}: contacts are taken as lines across the channel, but contact_area/channel_width = {length * 1e6:.3g} um "
                        f"is more than {name} = {float(limit) * 1e6:.3g} um"
                    )
                    break
    return found


def without_nan(value: Any) -> Any:
    """JSON has no NaN and no infinity: what is neither a number nor meaningful is null."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def summary_json(summary: dict[str, Any]) -> str:
    """The summary as JSON text."""
    return json.dumps(summary, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
